// Who holds the keys of an election, as it stands in its record: every proof of it, and the
// product that the ballots are encrypted for. Without these checks somebody could list a key that
// swallows all others.

import { Fault, IDENTITY, openPower, parsePoint, product, proves, showPoint } from "./group.js";
import { parse } from "./archive.js";

/** The point of a key {pok, public_key} that somebody proves to hold. Throws Fault. */
export function checkKey(key, where) {
  const point = nonzero(key.public_key, where);
  if (!proves(key.pok, `pok|Ed25519|${key.public_key}|`, point)) throw new Fault("BadProofOfKey", where);
  return point;
}

// A key: the identity is nobody's.
function nonzero(text, where) {
  const point = parsePoint(text);
  if (point.equals(IDENTITY)) throw new Fault("WrongKey", where);
  return point;
}

function checkSignature(message, signature, signer, where) {
  if (!proves(signature, `sigmsg|${message}|`, signer)) throw new Fault("BadTrusteeSignature", where);
}

/**
 * One scrutineer's certificate, signed by itself: {verification, encryption} as points.
 * `size` and `threshold` are what everybody in the room was told.
 */
export function checkCertificate({ message, signature }, { size, threshold, index }) {
  const where = `trustee ${index}`;
  const { verification, encryption } = parse(message, where);
  const context = { group: "Ed25519", size, threshold, index };
  if (JSON.stringify({ context, verification, encryption }) !== message) throw new Fault("BadTrustees", where);
  const found = { verification: nonzero(verification, where), encryption: nonzero(encryption, where) };
  checkSignature(message, signature, found.verification, where);
  return found;
}

/** The points A_0 … A_(t-1) of scrutineer `index`, signed by the signer. */
export function checkCoefexps({ message, signature }, { threshold, index, signer }) {
  const where = `trustee ${index}`;
  const { coefexps } = parse(message, where);
  if (JSON.stringify({ coefexps }) !== message || coefexps.length !== threshold) throw new Fault("BadTrustees", where);
  checkSignature(message, signature, signer, where);
  return coefexps.map(parsePoint);
}

/** What `signatures[i]` signs: the certificates that i saw when it made its coefficients. */
export function agreed(certs, row) {
  return `certs_sig|${JSON.stringify({ certs, coefexps: row.map(showPoint) })}`;
}

/** prod_k A_k^(j^k): g to the value at j of the polynomial behind A. */
export function valueAt(coefexps, j) {
  return coefexps.reduceRight((found, A) => openPower(found, BigInt(j)).add(A), IDENTITY);
}

/**
 * Checks the trustees of a record. Gives {key, owners}: the text of the election key, and the
 * texts of the keys that partial decryptions are checked with, owner 1 first.
 */
export function checkTrustees(trustees) {
  const parts = [];
  const owners = [];
  for (const [kind, trustee] of trustees) {
    if (kind === "Single") {
      parts.push(checkKey(trustee, `trustee ${owners.length + 1}`));
      owners.push(trustee.public_key);
    } else if (kind === "Pedersen") {
      const { key, members } = checkPedersen(trustee);
      parts.push(key);
      owners.push(...members);
    } else {
      throw new Fault("BadTrustees");
    }
  }
  return { key: showPoint(product(parts)), owners };
}

function checkPedersen({ threshold, certs, coefexps, signatures, verification_keys: keys }) {
  const size = certs.length;
  const whole = [coefexps, signatures, keys].every((list) => list.length === size);
  if (!whole || !Number.isInteger(threshold) || threshold < 1 || threshold > size) throw new Fault("BadTrustees");
  const signers = certs.map((cert, i) => checkCertificate(cert, { size, threshold, index: i + 1 }).verification);
  const rows = signers.map((signer, i) => {
    const row = checkCoefexps(coefexps[i], { threshold, index: i + 1, signer });
    checkSignature(agreed(certs, row), signatures[i], signer, `trustee ${i + 1}`);
    return row;
  });
  keys.forEach((key, i) => {
    const where = `trustee ${i + 1}`;
    const found = checkKey(key, where);
    checkSignature(key.public_key, key.signature, signers[i], where);
    if (!found.equals(product(rows.map((row) => valueAt(row, i + 1))))) throw new Fault("WrongKey", where);
  });
  return { key: product(rows.map(([A]) => A)), members: keys.map((key) => key.public_key) };
}
