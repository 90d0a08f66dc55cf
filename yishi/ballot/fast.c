/* Products g^a y^b P^c over Ed25519, many at once: what checking sealed ballots spends its time on.
 *
 * VARIABLE TIME. Everything given to this file is public (ballots, proofs, public keys). Never pass
 * it a secret: what seals a ballot, signs or decrypts goes through libsodium.
 *
 * Written for this project after the published formulas: twisted Edwards coordinates with a = -1
 * (Hisil, Wong, Carter, Dawson 2008; complete for every point of the curve, those of small order
 * included), five limbs of 51 bits, Montgomery's shared inversion. The powers of one point share
 * their doublings: from the lowest bit on, 2^i P is added to or taken from the bucket of the digit
 * that each exponent has there (Yao 1976, with non-adjacent digits). The test of the subgroup, q P,
 * is one more exponent of the same run, so it is exact and costs little.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned __int128 wide;
typedef struct { uint64_t v[5]; } fe;                 /* an element modulo 2^255 - 19 */
typedef struct { fe x, y, z, t; } point;              /* x/z, y/z, xy = zt */
typedef struct { fe x, y, z, t; } done;               /* x/z, y/t, before it is brought together */
typedef struct { fe plus, minus, z2, t2d; } cached;   /* y+x, y-x, 2z, 2dt */
typedef struct { fe plus, minus, t2d; } flat;         /* the same with z = 1, in tables */

#define MASK ((1ULL << 51) - 1)
#define WINDOW 5
#define BUCKETS 8   /* odd digits 1, 3 .. 15 */
#define POSITIONS 256
#define BYTES 32    /* windows of eight bits in a table */
#define HALF 128    /* digits 1 .. 128 of such a window; negative ones are turned round */

typedef struct { flat at[BYTES][HALF]; } table;

static const fe ZERO = {{0, 0, 0, 0, 0}}, ONE = {{1, 0, 0, 0, 0}};
static const fe D = {{929955233495203, 466365720129213, 1662059464998953, 2033849074728123, 1442794654840575}};
static const fe D2 = {{1859910466990425, 932731440258426, 1072319116312658, 1815898335770999, 633789495995903}};
static const fe ROOT = {{1718705420411056, 234908883556509, 2233514472574048, 2117202627021982, 765476049583133}};
static const uint8_t ORDER[32] = {
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10};

/* --- the field --------------------------------------------------------------
 * Limbs stay below 2^52 after mul and sq, below 2^53 after one add of such, below 2^53.4 after sub,
 * below 2^54.5 after sub_wide. A product needs the two bounds to multiply to less than 2^108.
 */

static inline void add(fe *r, const fe *a, const fe *b) {
    for (int i = 0; i < 5; i++) r->v[i] = a->v[i] + b->v[i];
}

/* b below 2^53 - 76: 4p is added. */
static inline void sub(fe *r, const fe *a, const fe *b) {
    r->v[0] = a->v[0] + 0x1fffffffffffb4 - b->v[0];
    for (int i = 1; i < 5; i++) r->v[i] = a->v[i] + 0x1ffffffffffffc - b->v[i];
}

/* b below 2^54 - 152: 8p is added. */
static inline void sub_wide(fe *r, const fe *a, const fe *b) {
    r->v[0] = a->v[0] + 0x3fffffffffff68 - b->v[0];
    for (int i = 1; i < 5; i++) r->v[i] = a->v[i] + 0x3ffffffffffff8 - b->v[i];
}

/* Minus a, brought back below 2^52. */
static void negate(fe *r, const fe *a) {
    sub(r, &ZERO, a);
    for (int i = 0; i < 4; i++) { r->v[i + 1] += r->v[i] >> 51; r->v[i] &= MASK; }
    r->v[0] += 19 * (r->v[4] >> 51); r->v[4] &= MASK;
}

static inline void carry(fe *r, wide t0, wide t1, wide t2, wide t3, wide t4) {
    uint64_t c;
    uint64_t r0 = (uint64_t)t0 & MASK; c = (uint64_t)(t0 >> 51); t1 += c;
    uint64_t r1 = (uint64_t)t1 & MASK; c = (uint64_t)(t1 >> 51); t2 += c;
    uint64_t r2 = (uint64_t)t2 & MASK; c = (uint64_t)(t2 >> 51); t3 += c;
    uint64_t r3 = (uint64_t)t3 & MASK; c = (uint64_t)(t3 >> 51); t4 += c;
    uint64_t r4 = (uint64_t)t4 & MASK; c = (uint64_t)(t4 >> 51);
    r0 += c * 19; r1 += r0 >> 51; r0 &= MASK;
    r->v[0] = r0; r->v[1] = r1; r->v[2] = r2; r->v[3] = r3; r->v[4] = r4;
}

static inline void mul(fe *r, const fe *a, const fe *b) {
    uint64_t a0 = a->v[0], a1 = a->v[1], a2 = a->v[2], a3 = a->v[3], a4 = a->v[4];
    uint64_t b0 = b->v[0], b1 = b->v[1], b2 = b->v[2], b3 = b->v[3], b4 = b->v[4];
    uint64_t n1 = 19 * b1, n2 = 19 * b2, n3 = 19 * b3, n4 = 19 * b4;
    carry(r,
        (wide)a0 * b0 + (wide)a1 * n4 + (wide)a2 * n3 + (wide)a3 * n2 + (wide)a4 * n1,
        (wide)a0 * b1 + (wide)a1 * b0 + (wide)a2 * n4 + (wide)a3 * n3 + (wide)a4 * n2,
        (wide)a0 * b2 + (wide)a1 * b1 + (wide)a2 * b0 + (wide)a3 * n4 + (wide)a4 * n3,
        (wide)a0 * b3 + (wide)a1 * b2 + (wide)a2 * b1 + (wide)a3 * b0 + (wide)a4 * n4,
        (wide)a0 * b4 + (wide)a1 * b3 + (wide)a2 * b2 + (wide)a3 * b1 + (wide)a4 * b0);
}

static inline void sq(fe *r, const fe *a) {
    uint64_t a0 = a->v[0], a1 = a->v[1], a2 = a->v[2], a3 = a->v[3], a4 = a->v[4];
    uint64_t d0 = 2 * a0, d1 = 2 * a1, d2 = 2 * a2, n3 = 19 * a3, n4 = 19 * a4;
    carry(r,
        (wide)a0 * a0 + (wide)d1 * n4 + (wide)d2 * n3,
        (wide)d0 * a1 + (wide)d2 * n4 + (wide)a3 * n3,
        (wide)d0 * a2 + (wide)a1 * a1 + (wide)(2 * a3) * n4,
        (wide)d0 * a3 + (wide)d1 * a2 + (wide)a4 * n4,
        (wide)d0 * a4 + (wide)d1 * a3 + (wide)a2 * a2);
}

static void sq_times(fe *r, const fe *a, int n) {
    sq(r, a);
    while (--n) sq(r, r);
}

/* a^(2^250 - 1), and a^11 beside it: what both powers below begin with. */
static void ladder(fe *r, fe *eleven, const fe *a) {
    fe t, b5, b10, b20, b50;
    sq(&t, a); sq_times(r, &t, 2); mul(r, r, a);               /* 9 */
    mul(eleven, r, &t); sq(&t, eleven); mul(&b5, &t, r);        /* 2^5 - 1 */
    sq_times(&t, &b5, 5); mul(&b10, &t, &b5);
    sq_times(&t, &b10, 10); mul(&b20, &t, &b10);
    sq_times(&t, &b20, 20); mul(&t, &t, &b20);
    sq_times(&t, &t, 10); mul(&b50, &t, &b10);
    sq_times(&t, &b50, 50); mul(&b20, &t, &b50);                /* 2^100 - 1 */
    sq_times(&t, &b20, 100); mul(&t, &t, &b20);
    sq_times(&t, &t, 50); mul(r, &t, &b50);
}

static void invert(fe *r, const fe *a) {  /* a^(p - 2) */
    fe t, eleven;
    ladder(&t, &eleven, a);
    sq_times(&t, &t, 5); mul(r, &t, &eleven);
}

static void root_power(fe *r, const fe *a) {  /* a^((p - 5) / 8) */
    fe t, eleven;
    ladder(&t, &eleven, a);
    sq_times(&t, &t, 2); mul(r, &t, a);
}

static uint64_t load(const uint8_t *s) {
    uint64_t r = 0;
    for (int i = 7; i >= 0; i--) r = r << 8 | s[i];
    return r;
}

static void store(uint8_t *s, uint64_t x) {
    for (int i = 0; i < 8; i++, x >>= 8) s[i] = (uint8_t)x;
}

static void from_bytes(fe *r, const uint8_t *s) {
    uint64_t a = load(s), b = load(s + 8), c = load(s + 16), d = load(s + 24);
    r->v[0] = a & MASK;
    r->v[1] = (a >> 51 | b << 13) & MASK;
    r->v[2] = (b >> 38 | c << 26) & MASK;
    r->v[3] = (c >> 25 | d << 39) & MASK;
    r->v[4] = (d >> 12) & MASK;  /* without the sign of x */
}

/* The one encoding below p. */
static void to_bytes(uint8_t *s, const fe *a) {
    uint64_t v[5], c;
    memcpy(v, a->v, sizeof v);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 4; i++) { v[i + 1] += v[i] >> 51; v[i] &= MASK; }
        v[0] += 19 * (v[4] >> 51); v[4] &= MASK;
    }
    c = (v[0] + 19) >> 51;  /* 1 where the value is p or more */
    for (int i = 1; i < 5; i++) c = (v[i] + c) >> 51;
    v[0] += 19 * c;
    for (int i = 0; i < 4; i++) { v[i + 1] += v[i] >> 51; v[i] &= MASK; }
    v[4] &= MASK;
    store(s, v[0] | v[1] << 51);
    store(s + 8, v[1] >> 13 | v[2] << 38);
    store(s + 16, v[2] >> 26 | v[3] << 25);
    store(s + 24, v[3] >> 39 | v[4] << 12);
}

static int is_zero(const fe *a) {
    uint8_t s[32], any = 0;
    to_bytes(s, a);
    for (int i = 0; i < 32; i++) any |= s[i];
    return !any;
}

static int same(const fe *a, const fe *b) {
    uint8_t s[32], t[32];
    to_bytes(s, a); to_bytes(t, b);
    return !memcmp(s, t, 32);
}

static int is_odd(const fe *a) {
    uint8_t s[32];
    to_bytes(s, a);
    return s[0] & 1;
}

/* --- the curve --------------------------------------------------------------- */

static const point IDENTITY = {{{0}}, {{1}}, {{1}}, {{0}}};

static inline void settle(point *r, const done *a) {
    mul(&r->x, &a->x, &a->t); mul(&r->y, &a->y, &a->z); mul(&r->z, &a->z, &a->t); mul(&r->t, &a->x, &a->y);
}

static inline void to_cached(cached *r, const point *a) {
    add(&r->plus, &a->y, &a->x); sub(&r->minus, &a->y, &a->x);
    add(&r->z2, &a->z, &a->z); mul(&r->t2d, &a->t, &D2);
}

/* r = a + b, or a - b: of a turned point only y+x, y-x change places and t its sign. */
static inline void combine(point *r, const point *a, const cached *b, int minus) {
    fe p, m, c, d;
    done s;
    add(&p, &a->y, &a->x); sub(&m, &a->y, &a->x);
    mul(&p, &p, minus ? &b->minus : &b->plus); mul(&m, &m, minus ? &b->plus : &b->minus);
    mul(&c, &b->t2d, &a->t); mul(&d, &a->z, &b->z2);
    sub(&s.x, &p, &m); add(&s.y, &p, &m);
    if (minus) { sub(&s.z, &d, &c); add(&s.t, &d, &c); }
    else { add(&s.z, &d, &c); sub(&s.t, &d, &c); }
    settle(r, &s);
}

static inline void combine_flat(point *r, const point *a, const flat *b, int minus) {
    fe p, m, c, d;
    done s;
    add(&p, &a->y, &a->x); sub(&m, &a->y, &a->x);
    mul(&p, &p, minus ? &b->minus : &b->plus); mul(&m, &m, minus ? &b->plus : &b->minus);
    mul(&c, &b->t2d, &a->t); add(&d, &a->z, &a->z);
    sub(&s.x, &p, &m); add(&s.y, &p, &m);
    if (minus) { sub(&s.z, &d, &c); add(&s.t, &d, &c); }
    else { add(&s.z, &d, &c); sub(&s.t, &d, &c); }
    settle(r, &s);
}

static inline void sum(point *r, const point *a, const point *b) {
    cached c;
    to_cached(&c, b);
    combine(r, a, &c, 0);
}

/* t is not read, and left out of the answer where nobody needs it. */
static inline void twice(point *r, const point *a, int with_t) {
    fe xx, yy, zz, xy;
    done s;
    sq(&xx, &a->x); sq(&yy, &a->y); sq(&zz, &a->z); add(&zz, &zz, &zz);
    add(&xy, &a->x, &a->y); sq(&xy, &xy);
    add(&s.y, &yy, &xx); sub(&s.z, &yy, &xx); sub(&s.x, &xy, &s.y); sub_wide(&s.t, &zz, &s.z);
    mul(&r->x, &s.x, &s.t); mul(&r->y, &s.y, &s.z); mul(&r->z, &s.z, &s.t);
    if (with_t) mul(&r->t, &s.x, &s.y);
}

/* 1 where the bytes are the canonical encoding of a point of the curve (of any order). */
static int decode(point *r, const uint8_t *s) {
    uint8_t again[32];
    fe u, v, v3, x, check;
    from_bytes(&r->y, s);
    to_bytes(again, &r->y);
    again[31] |= s[31] & 0x80;
    if (memcmp(again, s, 32)) return 0;
    r->z = ONE;
    sq(&u, &r->y); mul(&v, &u, &D);
    sub(&u, &u, &ONE); add(&v, &v, &ONE);               /* x^2 = u / v */
    sq(&v3, &v); mul(&v3, &v3, &v);
    sq(&x, &v3); mul(&x, &x, &v); mul(&x, &x, &u);      /* u v^7 */
    root_power(&x, &x); mul(&x, &x, &v3); mul(&x, &x, &u);
    sq(&check, &x); mul(&check, &check, &v);
    if (!same(&check, &u)) {
        mul(&x, &x, &ROOT);
        sq(&check, &x); mul(&check, &check, &v);
        if (!same(&check, &u)) return 0;
    }
    if (is_odd(&x) != s[31] >> 7) {
        if (is_zero(&x)) return 0;                       /* minus nought */
        negate(&x, &x);
    }
    r->x = x;
    mul(&r->t, &r->x, &r->y);
    return 1;
}

/* Encode all with one inversion; `space` holds n elements. */
static void encode(uint8_t *out, const point *a, size_t n, fe *space) {
    fe all = ONE, x, y, one;
    for (size_t i = 0; i < n; i++) { space[i] = all; mul(&all, &all, &a[i].z); }
    invert(&all, &all);
    for (size_t i = n; i--;) {
        mul(&one, &all, &space[i]);
        mul(&all, &all, &a[i].z);
        mul(&x, &a[i].x, &one); mul(&y, &a[i].y, &one);
        to_bytes(out + 32 * i, &y);
        out[32 * i + 31] |= (uint8_t)(is_odd(&x) << 7);
    }
}

/* --- exponents --------------------------------------------------------------- */

/* Odd digits -15 .. 15, at least five places apart; the scalar is below 2^254. */
static void sparse(int8_t *digits, const uint8_t *scalar) {
    uint64_t x[5] = {load(scalar), load(scalar + 8), load(scalar + 16), load(scalar + 24), 0};
    int over = 0;
    memset(digits, 0, POSITIONS);
    for (int at = 0; at < POSITIONS;) {
        int word = at / 64, bit = at % 64;
        uint64_t bits = x[word] >> bit;
        if (bit > 64 - WINDOW) bits |= x[word + 1] << (64 - bit);
        int digit = over + (int)(bits & ((1 << WINDOW) - 1));
        if (!(digit & 1)) { at++; continue; }
        over = digit > 15;
        digits[at] = (int8_t)(over ? digit - 32 : digit);
        at += WINDOW;
    }
}

typedef struct { point sums[BUCKETS]; uint8_t full; int8_t digits[POSITIONS]; } power;

static void put(power *e, int digit, const point *p, const cached *c) {
    int minus = digit < 0, at = (minus ? -digit : digit) / 2;
    point *sum_ = &e->sums[at];
    if (e->full >> at & 1) { combine(sum_, sum_, c, minus); return; }
    e->full |= (uint8_t)(1 << at);
    *sum_ = *p;
    if (minus) { negate(&sum_->x, &p->x); negate(&sum_->t, &p->t); }
}

/* The sum of (2k+1) bucket k = 2 (sum of k bucket k) + sum of the buckets. */
static void collect(point *r, const power *e) {
    point running = IDENTITY, weighted = IDENTITY;
    int any = 0, twofold = 0;
    for (int at = BUCKETS; at--;) {
        if (e->full >> at & 1) {
            if (any) sum(&running, &running, &e->sums[at]); else running = e->sums[at];
            any = 1;
        }
        if (!at || !any) continue;
        if (twofold) sum(&weighted, &weighted, &running); else weighted = running;
        twofold = 1;
    }
    if (twofold) { twice(&weighted, &weighted, 1); sum(r, &running, &weighted); } else *r = running;
}

/* All n powers of one point; its doublings are made once. */
static void raise_all(power *e, size_t n, const point *base) {
    uint8_t wanted[POSITIONS] = {0};
    point p = *base;
    cached c;
    int last = 0;
    for (size_t k = 0; k < n; k++) {
        e[k].full = 0;
        for (int at = 0; at < POSITIONS; at++)
            if (e[k].digits[at]) { wanted[at] = 1; if (at > last) last = at; }
    }
    for (int at = 0; at <= last; at++) {
        if (wanted[at]) {
            to_cached(&c, &p);
            for (size_t k = 0; k < n; k++)
                if (e[k].digits[at]) put(&e[k], e[k].digits[at], &p, &c);
        }
        if (at < last) twice(&p, &p, wanted[at + 1]);
    }
}

/* d 256^i B for every place i and digit d = 1 .. 128. */
static int fill(table *r, const uint8_t *base) {
    point *row = malloc(sizeof(point) * HALF), start;
    fe *space = malloc(sizeof(fe) * HALF), all, x, y, one;
    int ok = row && space && decode(&start, base);
    for (int i = 0; ok && i < BYTES; i++) {
        cached c;
        to_cached(&c, &start);
        row[0] = start;
        for (int d = 1; d < HALF; d++) combine(&row[d], &row[d - 1], &c, 0);
        twice(&start, &row[HALF - 1], 1);
        all = ONE;
        for (int d = 0; d < HALF; d++) { space[d] = all; mul(&all, &all, &row[d].z); }
        invert(&all, &all);
        for (int d = HALF; d--;) {
            flat *f = &r->at[i][d];
            mul(&one, &all, &space[d]); mul(&all, &all, &row[d].z);
            mul(&x, &row[d].x, &one); mul(&y, &row[d].y, &one);
            add(&f->plus, &y, &x); sub(&f->minus, &y, &x);
            mul(&f->t2d, &x, &y); mul(&f->t2d, &f->t2d, &D2);
        }
    }
    free(row); free(space);
    return ok;
}

/* r += scalar times the base of the table; the scalar is below 2^254. */
static void add_fixed(point *r, const table *t, const uint8_t *scalar) {
    const flat *steps[BYTES];
    int minus[BYTES], n = 0, over = 0;
    for (int i = 0; i < BYTES; i++) {
        int digit = scalar[i] + over;
        over = digit > HALF;
        if (over) digit -= 256;
        if (!digit) continue;
        minus[n] = digit < 0;
        steps[n] = &t->at[i][(digit < 0 ? -digit : digit) - 1];
        __builtin_prefetch(steps[n]);  /* the tables are larger than the nearest memory */
        __builtin_prefetch((const char *)steps[n++] + 64);
    }
    for (int i = 0; i < n; i++) combine_flat(r, r, steps[i], minus[i]);
}

/* --- what Python calls ------------------------------------------------------- */

/* The table of a base of 32 bytes, 480 kB; NULL where it is not a point or memory is short. */
void *yishi_table(const uint8_t *base) {
    table *t = malloc(sizeof(table));
    if (t && !fill(t, base)) { free(t); t = NULL; }
    return t;
}

void yishi_free(void *t) { free(t); }

#define BAD (-1)
#define NO_MEMORY (-2)
#define END ((size_t)-1)

/* The scalars at places first, next[first] .. as digits into e; how many. */
static size_t gather(power *e, size_t first, const size_t *next, const uint8_t *c) {
    size_t n = 0;
    for (size_t i = first; i != END; i = next[i]) sparse(e[n++].digits, c + 32 * i);
    return n;
}

static void give(point *found, power *e, size_t first, const size_t *next) {
    for (size_t i = first; i != END; i = next[i]) collect(&found[i], e++);
}

/* out[k] = g^a[k] y^b[k] P^c[k], where P is point number which[k].
 *
 * Points 0 .. count-1 are read from `points`; each must be canonical and of the prime-order
 * subgroup. Point count+s is the product of the points parts[ends[s-1]] .. parts[ends[s]-1].
 * Scalars: 32 bytes, lowest first, below 2^254.
 * 0, or BAD with the number of the first bad point in *bad, or NO_MEMORY.
 */
int yishi_many(const void *g, const void *y, size_t jobs, const uint8_t *a, const uint8_t *b,
               const uint8_t *c, const uint32_t *which, size_t count, const uint8_t *points,
               size_t products, const uint32_t *ends, const uint32_t *parts, uint8_t *out,
               uint32_t *bad) {
    size_t total = count + products;
    point *base = malloc(sizeof(point) * (total + 1)), *found = malloc(sizeof(point) * (jobs + 1));
    fe *space = malloc(sizeof(fe) * (jobs + 1));
    size_t *first = malloc(sizeof(size_t) * (total + 1)), *next = malloc(sizeof(size_t) * (jobs + 1));
    power *e = malloc(sizeof(power) * (jobs + 1));
    int answer = base && found && space && first && next && e ? 0 : NO_MEMORY;

    if (!answer) {
        for (size_t p = 0; p < total; p++) first[p] = END;
        for (size_t i = jobs; i--;) { next[i] = first[which[i]]; first[which[i]] = i; }
    }
    for (size_t p = 0; !answer && p < total; p++) {
        if (p < count) {
            point check;
            size_t n = gather(e, first[p], next, c);
            *bad = (uint32_t)p;
            if (!decode(&base[p], points + 32 * p)) { answer = BAD; break; }
            sparse(e[n].digits, ORDER);
            raise_all(e, n + 1, &base[p]);
            collect(&check, &e[n]);
            if (!is_zero(&check.x) || !same(&check.y, &check.z)) { answer = BAD; break; }
        } else {
            size_t s = p - count;
            base[p] = IDENTITY;
            for (uint32_t i = s ? ends[s - 1] : 0; i < ends[s]; i++) sum(&base[p], &base[p], &base[parts[i]]);
            raise_all(e, gather(e, first[p], next, c), &base[p]);
        }
        give(found, e, first[p], next);
    }
    if (!answer) {
        for (size_t i = 0; i < jobs; i++) {
            add_fixed(&found[i], g, a + 32 * i);
            add_fixed(&found[i], y, b + 32 * i);
        }
        encode(out, found, jobs, space);
    }
    free(base); free(found); free(space); free(first); free(next); free(e);
    return answer;
}

/* The product of n points of the curve, not asked for their subgroup. 0, or BAD with its number. */
int yishi_product(size_t n, const uint8_t *points, uint8_t *out, uint32_t *bad) {
    point all = IDENTITY, one;
    fe space;
    for (size_t i = 0; i < n; i++) {
        *bad = (uint32_t)i;
        if (!decode(&one, points + 32 * i)) return BAD;
        sum(&all, &all, &one);
    }
    encode(out, &all, 1, &space);
    return 0;
}
