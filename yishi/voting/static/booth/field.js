// Numbers mod p = 2^255 - 19 in doubles: what checks a record quickly (record.js).
//
// BigInt needs 0.7 us for one product mod p, this 0.1 us, and a record of 400 ballots of 15 asks
// for four million of them: half a second instead of four on a desk, three instead of twenty on
// an old phone. Only public numbers pass here: whatever touches a secret is left to the vendored
// library (group.js). A fault in here would refuse a good record or be found by `yishi verify`.
//
// A number is a Float64Array of 11 limbs of 24 bits, lowest first, each a signed whole number.
// Bounds: limbs out of `multiply` and `square` are below 2^23.1 in size, those out of `fromHex`
// below 2^24. `add` and `subtract` do not carry, so the factors of a product may be sums of n and
// of m numbers while n * m <= 8 (a number out of `fromHex` counts as two): then every column
// stays below 11 * 8 * 2^46.2 < 2^53 and is exact in a double.

const LIMBS = 11;
const STEP_UP = 2 ** 24;
const STEP_DOWN = 2 ** -24;
// Adding and taking away 1.5 * 2^(52 + 24) rounds a double to the nearest multiple of 2^24.
const ROUND = 1.5 * 2 ** 76;
// 2^264 = 2^9 * 2^255 = 2^9 * 19 mod p: what a limb beyond the top is worth at the bottom.
const FOLD = 19 * 2 ** 9;
const TOP = 2 ** 15; // the top limb holds bits 240 to 254

export const number = () => new Float64Array(LIMBS);

/** 64 hex digits, the highest first, as points are written; the top bit (a sign) is left out. */
export function fromHex(out, hex) {
  for (let i = 0; i < 10; i += 1) out[i] = parseInt(hex.slice(58 - 6 * i, 64 - 6 * i), 16);
  out[10] = parseInt(hex.slice(0, 4), 16) % TOP;
  return out;
}

export function fromBig(big) {
  return fromHex(number(), big.toString(16).padStart(64, "0"));
}

/** The one representative 0 <= a < p, in limbs 0 <= limb < 2^24. In place. */
export function reduce(a) {
  for (let round = 0; round < 3; round += 1) {
    for (let i = 0; i < 10; i += 1) {
      const k = Math.floor(a[i] * STEP_DOWN);
      a[i] -= k * STEP_UP;
      a[i + 1] += k;
    }
    const k = Math.floor(a[10] / TOP);
    a[10] -= k * TOP;
    a[0] += 19 * k;
  }
  // Now 0 <= a < 2^255 but for the 19 numbers from p on.
  if (a[0] >= STEP_UP - 19 && a[10] === TOP - 1 && a.subarray(1, 10).every((limb) => limb === STEP_UP - 1)) {
    a[0] -= STEP_UP - 19;
    a.fill(0, 1);
  }
  return a;
}

/** Changes `a` to its representative. */
export function toHex(a) {
  reduce(a);
  let hex = a[10].toString(16).padStart(4, "0");
  for (let i = 9; i >= 0; i -= 1) hex += a[i].toString(16).padStart(6, "0");
  return hex;
}

/** Changes `a` to its representative. */
export function isZero(a) {
  return reduce(a).every((limb) => limb === 0);
}

/** Changes `a` to its representative. */
export function isOdd(a) {
  return reduce(a)[0] % 2 === 1;
}

export function add(out, a, b) {
  for (let i = 0; i < LIMBS; i += 1) out[i] = a[i] + b[i];
}

export function subtract(out, a, b) {
  for (let i = 0; i < LIMBS; i += 1) out[i] = a[i] - b[i];
}

function squareOften(out, a, times) {
  square(out, a);
  for (let i = 1; i < times; i += 1) square(out, out);
}

const [t0, t1, t2, t3] = [number(), number(), number(), number()];

// a^(2^250 - 1), and a^11 on the way: the chain of RFC 7748's implementations.
function power250(out, a11, a) {
  square(t0, a);
  squareOften(t1, t0, 2);
  multiply(t1, a, t1); // a^9
  multiply(a11, t0, t1); // a^11
  square(t0, a11);
  multiply(t0, t1, t0); // 2^5 - 1
  squareOften(t1, t0, 5);
  multiply(t1, t1, t0); // 2^10 - 1
  squareOften(t2, t1, 10);
  multiply(t2, t2, t1); // 2^20 - 1
  squareOften(t3, t2, 20);
  multiply(t3, t3, t2); // 2^40 - 1
  squareOften(t3, t3, 10);
  multiply(t1, t3, t1); // 2^50 - 1
  squareOften(t2, t1, 50);
  multiply(t2, t2, t1); // 2^100 - 1
  squareOften(t3, t2, 100);
  multiply(t3, t3, t2); // 2^200 - 1
  squareOften(t3, t3, 50);
  multiply(out, t3, t1);
}

const eleventh = number();

/** a^(p - 2): 1/a. */
export function invert(out, a) {
  const high = number();
  power250(high, eleventh, a);
  squareOften(high, high, 5);
  multiply(out, high, eleventh);
}

/** a^((p - 5) / 8) = a^(2^252 - 3), of which square roots are made. */
export function rootPower(out, a) {
  const high = number();
  power250(high, eleventh, a);
  squareOften(high, high, 2);
  multiply(out, high, a);
}

// The two below are written out, all 11 by 11 products by column, since loops cost four times as
// much. Columns 11 to 20 are carried first, then folded to the bottom, then all is carried once.

export function multiply(out, a, b) {
  const a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3], a4 = a[4], a5 = a[5], a6 = a[6], a7 = a[7], a8 = a[8], a9 = a[9], a10 = a[10];
  const b0 = b[0], b1 = b[1], b2 = b[2], b3 = b[3], b4 = b[4], b5 = b[5], b6 = b[6], b7 = b[7], b8 = b[8], b9 = b[9], b10 = b[10];
  let c0 = a0 * b0;
  let c1 = a0 * b1 + a1 * b0;
  let c2 = a0 * b2 + a1 * b1 + a2 * b0;
  let c3 = a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0;
  let c4 = a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0;
  let c5 = a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0;
  let c6 = a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0;
  let c7 = a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0;
  let c8 = a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * b4 + a5 * b3 + a6 * b2 + a7 * b1 + a8 * b0;
  let c9 = a0 * b9 + a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1 + a9 * b0;
  let c10 = a0 * b10 + a1 * b9 + a2 * b8 + a3 * b7 + a4 * b6 + a5 * b5 + a6 * b4 + a7 * b3 + a8 * b2 + a9 * b1 + a10 * b0;
  let c11 = a1 * b10 + a2 * b9 + a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3 + a9 * b2 + a10 * b1;
  let c12 = a2 * b10 + a3 * b9 + a4 * b8 + a5 * b7 + a6 * b6 + a7 * b5 + a8 * b4 + a9 * b3 + a10 * b2;
  let c13 = a3 * b10 + a4 * b9 + a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5 + a9 * b4 + a10 * b3;
  let c14 = a4 * b10 + a5 * b9 + a6 * b8 + a7 * b7 + a8 * b6 + a9 * b5 + a10 * b4;
  let c15 = a5 * b10 + a6 * b9 + a7 * b8 + a8 * b7 + a9 * b6 + a10 * b5;
  let c16 = a6 * b10 + a7 * b9 + a8 * b8 + a9 * b7 + a10 * b6;
  let c17 = a7 * b10 + a8 * b9 + a9 * b8 + a10 * b7;
  let c18 = a8 * b10 + a9 * b9 + a10 * b8;
  let c19 = a9 * b10 + a10 * b9;
  let c20 = a10 * b10;
  let k;
  k = c11 + ROUND - ROUND; c11 -= k; c12 += k * STEP_DOWN;
  k = c12 + ROUND - ROUND; c12 -= k; c13 += k * STEP_DOWN;
  k = c13 + ROUND - ROUND; c13 -= k; c14 += k * STEP_DOWN;
  k = c14 + ROUND - ROUND; c14 -= k; c15 += k * STEP_DOWN;
  k = c15 + ROUND - ROUND; c15 -= k; c16 += k * STEP_DOWN;
  k = c16 + ROUND - ROUND; c16 -= k; c17 += k * STEP_DOWN;
  k = c17 + ROUND - ROUND; c17 -= k; c18 += k * STEP_DOWN;
  k = c18 + ROUND - ROUND; c18 -= k; c19 += k * STEP_DOWN;
  k = c19 + ROUND - ROUND; c19 -= k; c20 += k * STEP_DOWN;
  k = c20 + ROUND - ROUND; c20 -= k; const c21 = k * STEP_DOWN;
  c0 += FOLD * c11;
  c1 += FOLD * c12;
  c2 += FOLD * c13;
  c3 += FOLD * c14;
  c4 += FOLD * c15;
  c5 += FOLD * c16;
  c6 += FOLD * c17;
  c7 += FOLD * c18;
  c8 += FOLD * c19;
  c9 += FOLD * c20;
  c10 += FOLD * c21;
  k = c0 + ROUND - ROUND; c0 -= k; c1 += k * STEP_DOWN;
  k = c1 + ROUND - ROUND; c1 -= k; c2 += k * STEP_DOWN;
  k = c2 + ROUND - ROUND; c2 -= k; c3 += k * STEP_DOWN;
  k = c3 + ROUND - ROUND; c3 -= k; c4 += k * STEP_DOWN;
  k = c4 + ROUND - ROUND; c4 -= k; c5 += k * STEP_DOWN;
  k = c5 + ROUND - ROUND; c5 -= k; c6 += k * STEP_DOWN;
  k = c6 + ROUND - ROUND; c6 -= k; c7 += k * STEP_DOWN;
  k = c7 + ROUND - ROUND; c7 -= k; c8 += k * STEP_DOWN;
  k = c8 + ROUND - ROUND; c8 -= k; c9 += k * STEP_DOWN;
  k = c9 + ROUND - ROUND; c9 -= k; c10 += k * STEP_DOWN;
  k = c10 + ROUND - ROUND; c10 -= k; c0 += FOLD * (k * STEP_DOWN);
  k = c0 + ROUND - ROUND; c0 -= k; c1 += k * STEP_DOWN;
  out[0] = c0; out[1] = c1; out[2] = c2; out[3] = c3; out[4] = c4; out[5] = c5; out[6] = c6; out[7] = c7; out[8] = c8; out[9] = c9; out[10] = c10;
}

export function square(out, a) {
  const a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3], a4 = a[4], a5 = a[5], a6 = a[6], a7 = a[7], a8 = a[8], a9 = a[9], a10 = a[10];
  const d1 = 2 * a1, d2 = 2 * a2, d3 = 2 * a3, d4 = 2 * a4, d5 = 2 * a5, d6 = 2 * a6, d7 = 2 * a7, d8 = 2 * a8, d9 = 2 * a9, d10 = 2 * a10;
  let c0 = a0 * a0;
  let c1 = a0 * d1;
  let c2 = a0 * d2 + a1 * a1;
  let c3 = a0 * d3 + a1 * d2;
  let c4 = a0 * d4 + a1 * d3 + a2 * a2;
  let c5 = a0 * d5 + a1 * d4 + a2 * d3;
  let c6 = a0 * d6 + a1 * d5 + a2 * d4 + a3 * a3;
  let c7 = a0 * d7 + a1 * d6 + a2 * d5 + a3 * d4;
  let c8 = a0 * d8 + a1 * d7 + a2 * d6 + a3 * d5 + a4 * a4;
  let c9 = a0 * d9 + a1 * d8 + a2 * d7 + a3 * d6 + a4 * d5;
  let c10 = a0 * d10 + a1 * d9 + a2 * d8 + a3 * d7 + a4 * d6 + a5 * a5;
  let c11 = a1 * d10 + a2 * d9 + a3 * d8 + a4 * d7 + a5 * d6;
  let c12 = a2 * d10 + a3 * d9 + a4 * d8 + a5 * d7 + a6 * a6;
  let c13 = a3 * d10 + a4 * d9 + a5 * d8 + a6 * d7;
  let c14 = a4 * d10 + a5 * d9 + a6 * d8 + a7 * a7;
  let c15 = a5 * d10 + a6 * d9 + a7 * d8;
  let c16 = a6 * d10 + a7 * d9 + a8 * a8;
  let c17 = a7 * d10 + a8 * d9;
  let c18 = a8 * d10 + a9 * a9;
  let c19 = a9 * d10;
  let c20 = a10 * a10;
  let k;
  k = c11 + ROUND - ROUND; c11 -= k; c12 += k * STEP_DOWN;
  k = c12 + ROUND - ROUND; c12 -= k; c13 += k * STEP_DOWN;
  k = c13 + ROUND - ROUND; c13 -= k; c14 += k * STEP_DOWN;
  k = c14 + ROUND - ROUND; c14 -= k; c15 += k * STEP_DOWN;
  k = c15 + ROUND - ROUND; c15 -= k; c16 += k * STEP_DOWN;
  k = c16 + ROUND - ROUND; c16 -= k; c17 += k * STEP_DOWN;
  k = c17 + ROUND - ROUND; c17 -= k; c18 += k * STEP_DOWN;
  k = c18 + ROUND - ROUND; c18 -= k; c19 += k * STEP_DOWN;
  k = c19 + ROUND - ROUND; c19 -= k; c20 += k * STEP_DOWN;
  k = c20 + ROUND - ROUND; c20 -= k; const c21 = k * STEP_DOWN;
  c0 += FOLD * c11;
  c1 += FOLD * c12;
  c2 += FOLD * c13;
  c3 += FOLD * c14;
  c4 += FOLD * c15;
  c5 += FOLD * c16;
  c6 += FOLD * c17;
  c7 += FOLD * c18;
  c8 += FOLD * c19;
  c9 += FOLD * c20;
  c10 += FOLD * c21;
  k = c0 + ROUND - ROUND; c0 -= k; c1 += k * STEP_DOWN;
  k = c1 + ROUND - ROUND; c1 -= k; c2 += k * STEP_DOWN;
  k = c2 + ROUND - ROUND; c2 -= k; c3 += k * STEP_DOWN;
  k = c3 + ROUND - ROUND; c3 -= k; c4 += k * STEP_DOWN;
  k = c4 + ROUND - ROUND; c4 -= k; c5 += k * STEP_DOWN;
  k = c5 + ROUND - ROUND; c5 -= k; c6 += k * STEP_DOWN;
  k = c6 + ROUND - ROUND; c6 -= k; c7 += k * STEP_DOWN;
  k = c7 + ROUND - ROUND; c7 -= k; c8 += k * STEP_DOWN;
  k = c8 + ROUND - ROUND; c8 -= k; c9 += k * STEP_DOWN;
  k = c9 + ROUND - ROUND; c9 -= k; c10 += k * STEP_DOWN;
  k = c10 + ROUND - ROUND; c10 -= k; c0 += FOLD * (k * STEP_DOWN);
  k = c0 + ROUND - ROUND; c0 -= k; c1 += k * STEP_DOWN;
  out[0] = c0; out[1] = c1; out[2] = c2; out[3] = c3; out[4] = c4; out[5] = c5; out[6] = c6; out[7] = c7; out[8] = c8; out[9] = c9; out[10] = c10;
}
