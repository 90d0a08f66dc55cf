// The code of a slip: 22 characters XXXXX-XXXXXX-XXXXX-XXXXXX, the last one a checksum.
// One code gives another key for every vote, and nobody can tell that they are of one slip.

import { G, Fault, Q, power, showPoint } from "./group.js";
import { sha256Hex } from "./hash.js";

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const RANDOM = 21;

/** A new code from the browser's random numbers. */
export function newCode() {
  let text = "";
  while (text.length < RANDOM) {
    for (const byte of crypto.getRandomValues(new Uint8Array(32))) {
      // 232 = 4 * 58: what lies above would make some characters likelier than others.
      if (byte < 232 && text.length < RANDOM) text += ALPHABET[byte % 58];
    }
  }
  return dashed(text + checksum(text));
}

/**
 * The code as it was printed, from what was typed: blanks and dashes do not matter, capitals do.
 * Throws Fault("BadCode").
 */
export function cleanCode(text) {
  const bare = String(text).replace(/[\s\u200b\ufeff\-‐-―−－]/g, "");
  const known = bare.length === RANDOM + 1 && [...bare].every((character) => ALPHABET.includes(character));
  if (!known || checksum(bare.slice(0, RANDOM)) !== bare[RANDOM]) throw new Fault("BadCode");
  return dashed(bare);
}

/** The secret exponent of a clean code in the vote with this uuid. */
export function secret(uuid, code) {
  const half = (number) => sha256Hex(`derive_credential|${uuid}|${number}|${code}`);
  return BigInt(`0x${half(0)}${half(1)}`) % Q;
}

/** The text of g^secret: what stands in the public list. */
export function publicKey(uuid, code) {
  return showPoint(power(G, secret(uuid, code)));
}

function dashed(bare) {
  return [bare.slice(0, 5), bare.slice(5, 11), bare.slice(11, 16), bare.slice(16)].join("-");
}

// 53 less the number (in base 58) mod 53.
function checksum(text) {
  let rest = 0;
  for (const character of text) rest = (rest * 58 + ALPHABET.indexOf(character)) % 53;
  return ALPHABET[53 - rest];
}
