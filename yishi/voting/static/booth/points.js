// Points of Ed25519 over field.js, for public data only: read, add up, check signatures, write.
//
// Extended coordinates (x = X/Z, y = Y/Z, T = XY/Z); the formulas are those of Hisil, Wong,
// Carter and Dawson (2008) for a = -1, complete for points of the prime-order subgroup and right
// for all others on this curve too, since d is not a square.

import {
  number, fromHex, fromBig, toHex, isZero, isOdd, add, subtract, multiply, square, invert, rootPower,
} from "./field.js";

const P_HEX = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed";
const P = BigInt(`0x${P_HEX}`);
const D = fromBig(37095705934669439343138083508754565189542113879843219016388785533085940283555n);
const TWO_D = fromBig((2n * 37095705934669439343138083508754565189542113879843219016388785533085940283555n) % P);
const ROOT_OF_MINUS_1 = fromBig(19681161376707505956807079304988542015446066515923890162744021073123829784752n);
const ONE = fromBig(1n);
const WRITTEN = /^[0-9a-f]{64}$/;

const scratch = Array.from({ length: 8 }, number);

/** X, Y, Z, T; the identity unless filled. */
export function point() {
  const found = { x: number(), y: number(), z: number(), t: number() };
  found.y[0] = 1;
  found.z[0] = 1;
  return found;
}

/**
 * The point written as 64 hex digits (y, the sign of x in the top bit), or null when this is not
 * a canonical point on the curve. The subgroup is NOT checked: the server and `yishi verify` do.
 */
export function readPoint(text) {
  if (typeof text !== "string" || !WRITTEN.test(text)) return null;
  const negative = text.charCodeAt(0) > 55; // the digit is 8 or more
  const digits = negative ? (parseInt(text[0], 16) - 8) + text.slice(1) : text;
  if (digits >= P_HEX) return null;
  const found = point();
  const [u, v, w, r] = scratch;
  fromHex(found.y, digits);
  square(w, found.y);
  subtract(u, w, ONE); // x^2 = (y^2 - 1) / (d y^2 + 1) = u / v
  multiply(v, w, D);
  add(v, v, ONE);
  root(found.x, u, v);
  square(w, found.x);
  multiply(w, w, v);
  subtract(r, w, u);
  if (!isZero(r)) {
    add(r, w, u);
    if (!isZero(r)) return null;
    multiply(found.x, found.x, ROOT_OF_MINUS_1);
  }
  if (isZero(found.x) && negative) return null;
  if (isOdd(found.x) !== negative) negate(found.x);
  multiply(found.t, found.x, found.y);
  return found;
}

// u v^3 (u v^7)^((p - 5) / 8): the root of u / v, up to a root of -1, if there is one.
function root(out, u, v) {
  const [, , , , v3, v7] = scratch;
  square(v3, v);
  multiply(v3, v3, v);
  square(v7, v3);
  multiply(v7, v7, v);
  multiply(v7, v7, u);
  rootPower(v7, v7);
  multiply(v3, v3, u);
  multiply(out, v3, v7);
}

function negate(a) {
  for (let i = 0; i < a.length; i += 1) a[i] = -a[i];
}

/** The text of each point. */
export function showPoint(p) {
  const [x, y, inverse] = scratch;
  invert(inverse, p.z);
  multiply(x, p.x, inverse);
  multiply(y, p.y, inverse);
  const digits = toHex(y);
  return isOdd(x) ? (parseInt(digits[0], 16) + 8).toString(16) + digits.slice(1) : digits;
}

/** out = p + q; out may be p or q. */
export function addPoints(out, p, q) {
  const [a, b, c, d, e, f, g, h] = scratch;
  subtract(e, p.y, p.x);
  subtract(f, q.y, q.x);
  multiply(a, e, f);
  add(e, p.y, p.x);
  add(f, q.y, q.x);
  multiply(b, e, f);
  multiply(c, p.t, q.t);
  multiply(c, c, TWO_D);
  multiply(d, p.z, q.z);
  add(d, d, d);
  subtract(e, b, a);
  subtract(f, d, c);
  add(g, d, c);
  add(h, b, a);
  multiply(out.x, e, f);
  multiply(out.y, g, h);
  multiply(out.z, f, g);
  multiply(out.t, e, h);
}

function double(out, p) {
  const [a, b, c, , e, f, g, h] = scratch;
  square(a, p.x);
  square(b, p.y);
  square(c, p.z);
  add(e, p.x, p.y);
  square(e, e);
  subtract(e, e, a);
  subtract(e, e, b);
  subtract(g, b, a);
  add(c, c, c);
  subtract(f, g, c);
  add(h, a, b);
  negate(h);
  multiply(out.x, e, f);
  multiply(out.y, g, h);
  multiply(out.z, f, g);
  multiply(out.t, e, h);
}

/** p^0 … p^15, for `twoPowers`. */
export function sixteen(p) {
  const powers = [point(), p];
  for (let i = 2; i < 16; i += 1) {
    const next = point();
    addPoints(next, powers[i - 1], p);
    powers.push(next);
  }
  return powers;
}

/** p^a q^b of two lists of sixteen powers and two exponents 0 <= a, b < 2^256. */
export function twoPowers(ps, a, qs, b) {
  const left = a.toString(16).padStart(64, "0");
  const right = b.toString(16).padStart(64, "0");
  const found = point();
  for (let i = 0; i < 64; i += 1) {
    if (i) for (let times = 0; times < 4; times += 1) double(found, found);
    addPoints(found, found, ps[parseInt(left[i], 16)]);
    addPoints(found, found, qs[parseInt(right[i], 16)]);
  }
  return found;
}
