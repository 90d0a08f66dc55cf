// What this tab remembers, so that a reload or another language loses nothing. It ends with the
// tab, or with "the next person" on a shared tablet. Where the browser refuses, memory alone serves.

const PREFIX = "booth:";
const plain = new Map();

function read(key) {
  try {
    return sessionStorage.getItem(PREFIX + key) ?? plain.get(key) ?? null;
  } catch {
    return plain.get(key) ?? null;
  }
}

function write(key, text) {
  plain.set(key, text);
  try {
    sessionStorage.setItem(PREFIX + key, text);
  } catch {
    // Full or switched off: what is in `plain` holds until a reload.
  }
}

function drop(key) {
  plain.delete(key);
  try {
    sessionStorage.removeItem(PREFIX + key);
  } catch {
    // Nothing was kept there.
  }
}

function get(key) {
  try {
    return JSON.parse(read(key));
  } catch {
    return null;
  }
}

const set = (key, value) => write(key, JSON.stringify(value));

/** The slip in use: {session, code}; `code` "" while only the meeting is known. */
export const slip = { get: () => get("slip"), set: (value) => set("slip", value) };

/** What was ticked so far in a vote: one list of chosen numbers for each question. */
export const draft = {
  get: (uuid) => get(`draft:${uuid}`),
  set: (uuid, value) => set(`draft:${uuid}`, value),
  drop: (uuid) => drop(`draft:${uuid}`),
};

/** The ballot on its way whose answer did not come yet: {uuid, raw, tracker}. */
export const pending = { get: () => get("pending"), set: (value) => set("pending", value), drop: () => drop("pending") };

/** The receipt of the ballot that this tab put into the box of a vote. */
export const mine = { get: (uuid) => get(`in:${uuid}`), set: (uuid, tracker) => set(`in:${uuid}`, tracker) };

/** Forget the slip and everything of it. */
export function forget() {
  plain.clear();
  try {
    const ours = Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));
    for (const key of ours) sessionStorage.removeItem(key);
  } catch {
    // Nothing was kept there.
  }
}
