// The record of a vote (.bel): members of a plain old tar, events in a hash chain.
// Formats as in yishi/ballot/archive.py; whatever is not exactly so is refused.

import { Fault } from "./group.js";
import { sha256Hex } from "./hash.js";

const BLOCK = 512;
const NAME = /^([0-9a-f]{64})\.(data|event)\.json$/;

// What may come after what, by type of event.
const NEXT = {
  "": ["Setup"],
  Setup: ["Ballot", "EndBallots"],
  Ballot: ["Ballot", "EndBallots"],
  EndBallots: ["EncryptedTally"],
  EncryptedTally: ["PartialDecryption", "Result"],
  PartialDecryption: ["PartialDecryption", "Result"],
  Result: [],
};

/** The members after the first, as {hash, kind: "data" | "event", content: bytes}, one by one. */
export function* members(bytes) {
  let offset = 0;
  let mtime = null;
  while (offset < bytes.length) {
    const header = bytes.subarray(offset, offset + BLOCK);
    const { name, size, time } = readHeader(header);
    const content = bytes.subarray(offset + BLOCK, offset + BLOCK + size);
    const end = offset + BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    const padding = bytes.subarray(offset + BLOCK + size, end);
    if (end > bytes.length) throw new Fault("Truncated", name);
    if (padding.some((byte) => byte !== 0)) throw new Fault("BadPadding", name);
    if (offset === 0) {
      mtime = readOpening(name, content);
    } else {
      const [, hash, kind] = NAME.exec(name) || [];
      if (sha256Hex(content) !== hash) throw new Fault("BadName", name);
      yield { hash, kind, content };
    }
    if (time !== mtime) throw new Fault("BadHeader", name);
    offset = end;
  }
}

// A header is right when it is bit for bit the one that its name, size and time would get.
function readHeader(header) {
  const text = String.fromCharCode(...header);
  const name = text.slice(0, 100).replace(/\0+$/, "");
  const [size, time] = [parseInt(text.slice(124, 135), 8), parseInt(text.slice(136, 147), 8)];
  const octal = (value, digits) => value.toString(8).padStart(digits, "0");
  const made = (checksum) =>
    `${name.padEnd(100, "\0")}0000644\u00000000000\u00000000000\0${octal(size, 11)}\0${octal(time, 11)}\0${checksum}0`.padEnd(BLOCK, "\0");
  let sum = 0;
  for (const character of made(" ".repeat(8))) sum += character.charCodeAt(0);
  if (text !== made(`${octal(sum, 6)}\0 `)) throw new Fault("BadHeader", name.slice(0, 80));
  return { name, size, time };
}

function readOpening(name, content) {
  const opening = name === "BELENIOS" ? /^\{"version":1,"timestamp":"(\d{1,11})"\}$/.exec(text(content)) : null;
  if (!opening) throw new Fault("NotAnArchive");
  return Number(opening[1]);
}

export function text(content) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    throw new Fault("BadJson");
  }
}

/**
 * The value of canonical JSON: compact, no key twice, no escape without need. Fields may stand in
 * any order; whoever needs an order compares with what `JSON.stringify` makes of the fields named.
 */
export function parse(raw, where = "") {
  let value;
  try {
    value = JSON.parse(raw);
  } catch {
    throw new Fault("BadJson", where);
  }
  if (JSON.stringify(value) !== raw) throw new Fault("BadJson", where);
  return value;
}

/**
 * The events in order, as {height, type, hash, payload, data}: `payload` is the hash of the member
 * it points at, `data(hash)` the bytes of a member that stands just before the event, each of
 * which must be asked for. Refuses wrong names, a broken chain, an order that the protocol does
 * not know, and data that belong to no event. Ends where the bytes end: whether enough is there
 * is for the caller to say.
 */
export function* chain(bytes) {
  let fresh = new Map(); // data since the last event
  let before = { type: "", hash: undefined, height: -1 };
  const asked = new Set();
  const data = (hash) => {
    if (!fresh.has(hash)) throw new Fault("MissingData", "", String(hash).slice(0, 80));
    asked.add(hash);
    return fresh.get(hash);
  };
  for (const { hash, kind, content } of members(bytes)) {
    if (kind === "data") {
      if (fresh.has(hash)) throw new Fault("StrayMember", hash);
      fresh.set(hash, content);
      continue;
    }
    const event = readEvent(text(content), before);
    asked.clear();
    yield { ...event, hash, data };
    if (asked.size !== fresh.size) throw new Fault("StrayMember", `event ${event.height}`);
    fresh = new Map();
    before = { ...event, hash };
  }
  if (fresh.size) throw new Fault("StrayMember", "end");
}

function readEvent(raw, before) {
  const height = before.height + 1;
  const where = `event ${height}`;
  const { type, payload } = parse(raw, where);
  if (!NEXT[before.type].includes(type)) throw new Fault("WrongOrder", where, String(type).slice(0, 80));
  const made = { parent: before.hash, height, type, payload: type === "EndBallots" ? undefined : payload };
  if (JSON.stringify(made) !== raw) throw new Fault("BrokenChain", where);
  return { height, type, payload };
}
