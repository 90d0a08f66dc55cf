// The proofs inside a ballot: that each choice is 0 or 1 and their sum is allowed. Without them a
// ballot could hold another one's ciphertexts raised to a power, and its opening would tell that vote.

import { Fault, Q, challenge, parseScalar } from "./group.js";
import { addPoints, point, readPoint, showPoint, sixteen } from "./points.js";

const PLACES = 64; // hexadecimal digits of a scalar
const digits = (c) => c.toString(16).padStart(PLACES, "0");

/** All powers of one point at once: its doublings are made once, each exponent has its buckets. */
function powers(base, exponents) {
  const written = exponents.map(digits);
  const buckets = exponents.map(() => Array(16).fill(null));
  const step = copy(base);
  for (let at = PLACES - 1; at >= 0; at -= 1) {
    written.forEach((text, k) => {
      const digit = parseInt(text[at], 16);
      if (!digit) return;
      if (buckets[k][digit]) addPoints(buckets[k][digit], buckets[k][digit], step);
      else buckets[k][digit] = copy(step);
    });
    if (at) for (let times = 0; times < 4; times += 1) addPoints(step, step, step);
  }
  return buckets.map((row) => {
    const running = point();
    const found = point();
    for (let digit = 15; digit > 0; digit -= 1) {
      if (row[digit]) addPoints(running, running, row[digit]);
      addPoints(found, found, running);
    }
    return found;
  });
}

function copy(p) {
  const made = point();
  for (const name of ["x", "y", "z", "t"]) made[name].set(p[name]);
  return made;
}

/** Powers of one point from a table: an addition for each hexadecimal digit. */
export function fixed(base) {
  const rows = [];
  let next = base;
  for (let i = 0; i < PLACES; i += 1) {
    const row = sixteen(next);
    rows.unshift(row);
    next = point();
    addPoints(next, row[15], row[1]);
  }
  return (out, exponent) => {
    const text = digits(exponent);
    for (let i = 0; i < PLACES; i += 1) if (text[i] !== "0") addPoints(out, out, rows[i][parseInt(text[i], 16)]);
  };
}

const mod = (x) => ((x % Q) + Q) % Q;

/** `pairs`: [{pair: [alpha, beta], value}] with a proof for each; heads: points the hash also names. */
function proved({ g, y }, prefix, pairs, proofs, where) {
  if (!Array.isArray(proofs) || proofs.length !== pairs.length) throw new Fault("BadFields", where);
  const cs = proofs.map(({ challenge: c }) => parseScalar(c));
  const rs = proofs.map(({ response }) => parseScalar(response));
  const [alpha, beta] = pairs[0].pair;
  const [as, bs] = [powers(alpha, cs), powers(beta, cs)];
  const texts = [];
  pairs.forEach(({ value }, j) => {
    g(as[j], rs[j]);
    y(bs[j], rs[j]);
    if (value) g(bs[j], mod(-BigInt(value) * cs[j]));
    texts.push(showPoint(as[j]), showPoint(bs[j]));
  });
  if (challenge(prefix, texts) !== mod(cs.reduce((sum, c) => sum + c, 0n))) throw new Fault("BadProof", where);
}

/** `answer` as it stands in the ballot (without `blank`), `points` its [alpha, beta]s as read. */
export function checkProofs(tables, start, { min, max }, answer, points, where) {
  const names = answer.choices.map(({ alpha, beta }) => `${alpha},${beta}`);
  if (answer.individual_proofs.length !== points.length) throw new Fault("BadFields", where);
  points.forEach((pair, i) => {
    const both = [0, 1].map((value) => ({ pair, value }));
    proved(tables, `prove|${start}|${names[i]}|`, both, answer.individual_proofs[i], where);
  });
  const sum = [point(), point()];
  for (const pair of points) pair.forEach((one, k) => addPoints(sum[k], sum[k], one));
  const allowed = Array.from({ length: max - min + 1 }, (_, i) => ({ pair: sum, value: min + i }));
  const whole = `prove|${start}|${names.join(",")}|${sum.map(showPoint).join(",")}|`;
  proved(tables, whole, allowed, answer.overall_proof, where);
}
