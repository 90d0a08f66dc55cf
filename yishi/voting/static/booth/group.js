// The group Ed25519 as in yishi/ballot/group.py, over the vendored library: all that touches a
// secret goes through here. A point is the library's Point; its text is 64 lower-case hex digits
// of the RFC 8032 bytes reversed. A scalar is a BigInt 0 <= x < Q; its text is the decimal number.

import { ed25519 } from "./vendor/noble-curves/ed25519.js";
import { hex, sha256Hex } from "./hash.js";

const { Point } = ed25519;

export const Q = 2n ** 252n + 27742317777372353535851937790883648493n;
export const IDENTITY = Point.ZERO;
export const G = Point.BASE;

/** What is wrong with what was typed, sent or recorded: a name as in yishi/ballot/errors.py, and where. */
export class Fault extends Error {
  constructor(name, where = "", detail = "") {
    super([name, where, detail].filter(Boolean).join(": "));
    Object.assign(this, { name, where, detail });
  }
}

export function mod(value) {
  const rest = value % Q;
  return rest < 0n ? rest + Q : rest;
}

/** A point of the prime-order subgroup, the identity included. Throws Fault("BadPoint"). */
export function parsePoint(text) {
  if (typeof text !== "string" || !/^[0-9a-f]{64}$/.test(text)) throw new Fault("BadPoint", "", String(text).slice(0, 80));
  try {
    const point = Point.fromBytes(Uint8Array.from(text.match(/../g).reverse(), (pair) => parseInt(pair, 16)));
    if (point.isTorsionFree()) return point;
  } catch {
    // The library says in its own words what the Fault below says in ours.
  }
  throw new Fault("BadPoint", "", text);
}

export function showPoint(point) {
  return hex(point.toBytes().reverse());
}

/** The texts of many points for one inversion in the field. */
export function showPoints(points) {
  return Point.normalizeZ(points).map(showPoint);
}

/** Throws Fault("BadScalar") for anything but a plain decimal string below Q. */
export function parseScalar(text) {
  if (typeof text !== "string" || !/^(0|[1-9][0-9]{0,76})$/.test(text) || BigInt(text) >= Q) {
    throw new Fault("BadScalar", "", String(text).slice(0, 80));
  }
  return BigInt(text);
}

/** point^exponent in a time that tells little of the exponent: for secret exponents. */
export function power(point, exponent) {
  const reduced = mod(exponent);
  return reduced === 0n || point.equals(IDENTITY) ? IDENTITY : point.multiply(reduced);
}

/** point^exponent, quicker: for exponents that everybody may know. */
export function openPower(point, exponent) {
  return point.multiplyUnsafe(mod(exponent));
}

export function product(points) {
  return points.reduce((found, point) => found.add(point), IDENTITY);
}

/** H(prefix, P1…Pn): SHA-256 of the prefix and the points' texts joined by commas, mod Q. */
export function challenge(prefix, texts) {
  return mod(BigInt(`0x${sha256Hex(prefix + texts.join(","))}`));
}

/** 64 random bytes mod Q: what is uneven in it is below 2^-250. */
export function randomScalar() {
  return mod(BigInt(`0x${hex(crypto.getRandomValues(new Uint8Array(64)))}`));
}

/**
 * Powers of one point from a table: 32 additions each. rows[i][d] = point^(d * 256^i).
 *
 * The page of one voter raises g and y to some 150 random exponents and nothing else; the
 * library's own way (constant time, 0.8 ms) would take three times as long. What a program on the
 * same phone could learn from timing it could read from the screen as well.
 */
export class Table {
  constructor(point) {
    this.rows = [];
    this.next = point;
  }

  /** Works for about `milliseconds`; true when the table is complete. */
  build(milliseconds = Infinity) {
    const end = performance.now() + milliseconds;
    while (this.rows.length < 32 && performance.now() < end) {
      const row = [IDENTITY, this.next];
      for (let digit = 2; digit < 256; digit += 1) row.push(row[digit - 1].add(this.next));
      this.next = row[255].add(this.next);
      this.rows.push(row);
    }
    return this.rows.length === 32;
  }

  power(exponent) {
    let rest = mod(exponent);
    let found = IDENTITY;
    for (const row of this.rows) {
      const digit = Number(rest & 255n);
      if (digit) found = found.add(row[digit]);
      rest >>= 8n;
    }
    return found;
  }
}

/** Lets the page draw and answer between two pieces of work. */
export const breathe = () => new Promise((done) => setTimeout(done, 0));

/** Tables of all the points, built in pieces of some 10 ms. */
export async function tables(points) {
  const built = points.map((point) => new Table(point));
  for (const table of built) while (!table.build(10)) await breathe();
  return built;
}

/** {challenge, response} as texts: who made it knows x with X = g^x. `w` must never be used for a second challenge. */
export function prove(prefix, x, w) {
  const c = challenge(prefix, [showPoint(power(G, w))]);
  return { challenge: c.toString(), response: mod(w - x * c).toString() };
}

/** Whether the proof holds for X under the prefix. */
export function proves(proof, prefix, X) {
  const c = parseScalar(proof.challenge);
  const A = openPower(G, parseScalar(proof.response)).add(openPower(X, c));
  return challenge(prefix, [showPoint(A)]) === c;
}
