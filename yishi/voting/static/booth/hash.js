// SHA-256 and SHA-512 as texts, numbers and fingerprints. Over plain http there is no
// crypto.subtle, hence the vendored library.

import { sha256, sha512 } from "./vendor/noble-hashes/sha2.js";

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const utf8 = new TextEncoder();

/** Text or bytes in, bytes out. */
const bytes = (data) => (typeof data === "string" ? utf8.encode(data) : data);

export function hex(data) {
  let text = "";
  for (const byte of data) text += DIGITS[byte];
  return text;
}

export const sha256Bytes = (data) => sha256(bytes(data));
export const sha256Hex = (data) => hex(sha256(bytes(data)));
export const sha512Hex = (data) => hex(sha512(bytes(data)));

/** Unpadded base64 of the SHA-256: fingerprints of elections, trackers of ballots. */
export function fingerprint(data) {
  return base64(sha256(bytes(data)));
}

export function base64(data) {
  return btoa(String.fromCharCode(...data)).replace(/=+$/, "");
}
