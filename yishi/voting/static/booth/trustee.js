// A scrutineer's place in the making of the keys, and the opening of the tally with it: the same
// numbers as class Keyholder in yishi/ballot/ceremony.py. Everything comes out of one code, so that the
// code on paper is the backup of the key.
//
// Rounds: 0 `commitment(certificate, nonce)`; 1 the certificate and its nonce, then six digits are
// compared aloud; 2 `coefexps`, `agreement` and `shares`; 3 `verificationKey`.

import {
  Fault, G, Q, breathe, challenge, mod, parsePoint, power, prove, showPoint,
} from "./group.js";
import { agreed, checkCertificate, checkCoefexps, valueAt } from "./keys.js";
import { hex, sha256Bytes, sha256Hex, sha512Hex } from "./hash.js";

export class Keyholder {
  /** `context`: the keyring's uuid; `index`: 1 to `size`; `code`: as `cleanCode` gives it. */
  constructor({ context, index, size, threshold, code }) {
    Object.assign(this, { context, index, size, threshold, code });
  }

  scalar(label) {
    return mod(BigInt(`0x${sha512Hex(`yishi-trustee|${this.context}|${label}|${this.code}`)}`));
  }

  get coefficients() {
    return Array.from({ length: this.threshold }, (_, k) => this.scalar(`coef|${k}`));
  }

  get row() {
    return this.coefficients.map((coefficient) => power(G, coefficient));
  }

  /** {message, signature}: the keys this holder signs and receives shares with. */
  certificate() {
    const { size, threshold, index } = this;
    const context = { group: "Ed25519", size, threshold, index };
    const verification = showPoint(power(G, this.scalar("sign")));
    const encryption = showPoint(power(G, this.scalar("decrypt")));
    return this.signed(JSON.stringify({ context, verification, encryption }));
  }

  /** 32 hex digits that blind the commitment. */
  nonce() {
    return sha256Hex(`yishi-nonce|${this.context}|${this.code}`).slice(0, 32);
  }

  /** {message, signature}: what the others check this holder's shares with. */
  coefexps() {
    return this.signed(JSON.stringify({ coefexps: this.row.map(showPoint) }));
  }

  /** The proof for `signatures[index]`: this holder saw these certificates. */
  agreement(certs) {
    return this.sign(agreed(certs, this.row));
  }

  /** [{to, alpha, data}]: f_index(j) for every other j, which only j can read. */
  shares(certs) {
    const others = certs.map((_, i) => i + 1).filter((j) => j !== this.index);
    return others.map((j) => {
      const to = checkCertificate(certs[j - 1], { ...this, index: j });
      const e = this.scalar(`e|${j}`);
      const alpha = showPoint(power(G, e));
      const mask = this.mask(this.index, j, alpha, power(to.encryption, e));
      const plain = evaluate(this.coefficients, j).toString(16).padStart(64, "0");
      return { to: j, alpha, data: xor(plain, mask) };
    });
  }

  /**
   * sum_i f_i(index), a BigInt. `shares[i - 1]`: what i sent to this holder (anything at its own
   * place). Throws Fault("BadShare", "trustee i") where a share does not fit what i published.
   */
  decryptionKey(coefexps, certs, shares) {
    let total = evaluate(this.coefficients, this.index);
    for (let i = 1; i <= this.size; i += 1) {
      if (i === this.index) continue;
      const signer = checkCertificate(certs[i - 1], { ...this, index: i }).verification;
      const row = checkCoefexps(coefexps[i - 1], { ...this, index: i, signer });
      total += this.openShare(i, shares[i - 1], row);
    }
    return mod(total);
  }

  openShare(i, share, row) {
    const bad = (detail) => new Fault("BadShare", `trustee ${i}`, detail);
    const { to, alpha, data } = share || {};
    if (to !== this.index || !/^[0-9a-f]{64}$/.test(data)) throw bad("form");
    const mask = this.mask(i, this.index, alpha, power(parsePoint(alpha), this.scalar("decrypt")));
    const found = BigInt(`0x${xor(data, mask)}`);
    if (found >= Q || !power(G, found).equals(valueAt(row, this.index))) throw bad("value");
    return found;
  }

  /** {pok, public_key, signature} of the decryption key. */
  verificationKey(secret) {
    const key = showPoint(power(G, secret));
    const prefix = `pok|Ed25519|${key}|`;
    const pok = prove(prefix, secret, this.scalar(`w|${prefix}`));
    return { pok, public_key: key, signature: this.sign(key) };
  }

  /** What `checkRecord` should find of this holder in a record. */
  own(secret) {
    return { publicKey: showPoint(power(G, secret)), certificate: this.certificate(), coefexps: this.coefexps() };
  }

  /**
   * This holder's share of a tally, as the text to send: every alpha^x with a proof. `fingerprint`
   * and `tally` as `checkRecord` gives them: never decrypt what it did not check.
   */
  async decrypt(fingerprint, tally, secret, progress = () => {}) {
    const prefix = `decrypt|${fingerprint}|${showPoint(power(G, secret))}|`;
    const factors = [];
    const proofs = [];
    for (const [i, choices] of tally.entries()) {
      const opened = choices.map(({ alpha }) => this.factor(prefix, parsePoint(alpha), alpha, secret));
      factors.push(opened.map(({ factor }) => factor));
      proofs.push(opened.map(({ proof }) => proof));
      progress(i + 1, tally.length);
      await breathe();
    }
    return JSON.stringify({ decryption_factors: factors, decryption_proofs: proofs });
  }

  factor(prefix, alpha, written, secret) {
    // The prefix is one for all, so alpha belongs to the label: one w under two challenges would
    // give the key away.
    const w = this.scalar(`w|${prefix}${written}`);
    const c = challenge(prefix, [showPoint(power(G, w)), showPoint(power(alpha, w))]);
    const proof = { challenge: c.toString(), response: mod(w - secret * c).toString() };
    return { factor: showPoint(power(alpha, secret)), proof };
  }

  sign(message) {
    const prefix = `sigmsg|${message}|`;
    return prove(prefix, this.scalar("sign"), this.scalar(`w|${prefix}`));
  }

  signed(message) {
    return { message, signature: this.sign(message) };
  }

  mask(i, j, alpha, shared) {
    return hex(sha256Bytes(`yishi-share|${this.context}|${i}|${j}|${alpha}|${showPoint(shared)}`));
  }
}

/** Round 0: nobody chooses a certificate after seeing another's. */
export function commitment(certificate, nonce) {
  return sha256Hex(`${JSON.stringify(certificate)}|${nonce}`);
}

/**
 * After round 1: each certificate is the one committed to, and a right one; this holder's is its own.
 * Throws Fault("BadCommitment" | "BadTrustees" | "BadTrusteeSignature", "trustee i").
 */
export function checkCertificates(holder, certs, nonces, commitments) {
  const { size } = holder;
  if ([certs, nonces, commitments].some((list) => list.length !== size)) throw new Fault("BadTrustees");
  certs.forEach((cert, i) => {
    const where = `trustee ${i + 1}`;
    if (commitment(cert, nonces[i]) !== commitments[i]) throw new Fault("BadCommitment", where);
    checkCertificate(cert, { ...holder, index: i + 1 });
  });
  const own = JSON.stringify(certs[holder.index - 1]) === JSON.stringify(holder.certificate());
  if (!own) throw new Fault("BadCommitment", `trustee ${holder.index}`);
}

/** Six digits that every page must show alike, compared aloud: the server cannot show each another ring. */
export function digits(context, certs, nonces) {
  const parts = [`yishi-digits|${context}`, ...certs.map((cert) => JSON.stringify(cert)), ...nonces];
  const found = BigInt(`0x${sha256Hex(parts.join("|"))}`);
  return String(found % 1000000n).padStart(6, "0");
}

function evaluate(coefficients, at) {
  return coefficients.reduceRight((found, coefficient) => mod(found * BigInt(at) + coefficient), 0n);
}

function xor(one, two) {
  return (BigInt(`0x${one}`) ^ BigInt(`0x${two}`)).toString(16).padStart(64, "0");
}
