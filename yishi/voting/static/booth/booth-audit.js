// 验票: a sealed ballot that is opened instead of cast, as a file for whoever is to look into it.
//
// Its receipt number is shown at once, so that the phone is bound to it. The file, which is a whole
// ballot, is given only once another one lies in the box: until then whoever had it could cast it.

import { byId, say, short, words } from "./booth-page.js";

let address = "";
let vote = "";

export const audit = {
  /** The file: {election, ballot, randomness}, the first two as texts, byte for byte what was sealed. */
  keep(uuid, election, { raw, tracker, randomness }) {
    this.clear();
    vote = uuid;
    const text = JSON.stringify({ election, ballot: raw, randomness });
    address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    const link = byId("audit-file");
    link.href = address;
    link.download = `yishi-${short(tracker).replace(/[+/]/g, "_")}.json`;
    byId("audit-receipt").textContent = short(tracker);
    byId("audit-of").textContent = short(tracker);
    byId("audit-text").value = text;
  },

  /** `safe`: no other ballot of this slip can be cast in this vote any more. */
  offer(uuid, safe) {
    byId("audit-open").hidden = !(safe && address && vote === uuid);
  },

  clear() {
    if (address) URL.revokeObjectURL(address);
    address = "";
    vote = "";
    for (const id of ["audit-receipt", "audit-of"]) byId(id).textContent = "";
    byId("audit-text").value = "";
  },
};

/** Over plain http there is no clipboard but this one. */
export function copy() {
  const field = byId("audit-text");
  field.focus();
  field.select();
  if (document.execCommand("copy")) say(words("copied"));
}
