// The code of a scrutineer's key in this browser, and what was seen of the others' keys with it.
// Nothing of it is ever sent.

import { Fault } from "./group.js";
import { cleanCode } from "./credentials.js";
import { Keyholder, checkCertificates, commitment, digits } from "./trustee.js";

/** Whether this browser keeps what it is told: not in all private windows, not when it is full. */
export function keeps() {
  try {
    localStorage.setItem("yishi-probe", "1");
    localStorage.removeItem("yishi-probe");
    return true;
  } catch {
    return false;
  }
}

/** {context, code, size, threshold, index, digits?} of one scrutineer; null where there is none. */
export class Memory {
  constructor(trustee) {
    this.name = `yishi-key-${trustee}`;
    this.held = null;
    try {
      this.held = JSON.parse(localStorage.getItem(this.name));
    } catch {
      // What cannot be read is as good as not there.
    }
  }

  /** The holder of the ring that `state` tells of, or null. Another ring's code is left alone. */
  holder(state) {
    const { held } = this;
    if (!held || held.context !== state.context) return null;
    // The same numbers again: a share for another threshold would tell of the same secret.
    const same = ["index", "size", "threshold"].every((name) => held[name] === state[name]);
    if (!same) throw new Fault("Differs");
    return new Keyholder(held);
  }

  keep(state, code) {
    const { context, index, size, threshold } = state;
    this.write({ context, code, index, size, threshold });
    return this.holder(state);
  }

  /**
   * The others' certificates as first seen stay: the server could show false ones, take the shares
   * made for them, and then show the true ones.
   */
  pin(found) {
    if (this.held.digits && this.held.digits !== found) throw new Fault("Differs");
    if (!this.held.digits) this.write({ ...this.held, digits: found });
  }

  write(value) {
    this.held = value;
    try {
      localStorage.setItem(this.name, JSON.stringify(value));
    } catch {
      // The page has said that it will not be kept.
    }
  }
}

/** The clean code that was typed, if it is the one of this scrutineer's key. Throws Fault. */
export function restored(state, typed) {
  const code = cleanCode(typed);
  const holder = new Keyholder({ ...state, code });
  const mine = commitment(holder.certificate(), holder.nonce());
  if (state.mine.commitment && mine !== state.mine.commitment) throw new Fault("OtherCode");
  return code;
}

const parsed = (texts) => texts.map((text) => JSON.parse(text));

/** What the others sent, as objects, after checking that the certificates are those bound to. */
export function ring(holder, state) {
  const certs = parsed(state.certificates);
  checkCertificates(holder, certs, state.nonces, state.commitments);
  return { certs, digits: digits(state.context, certs, state.nonces) };
}

/** The secret that opens with the others'. Throws Fault("BadShare", "trustee i"). */
export function secretOf(holder, state, certs) {
  return holder.decryptionKey(parsed(state.coefficients), certs, parsed(state.shares));
}
