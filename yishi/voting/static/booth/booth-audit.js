// 验票: a sealed ballot that is opened instead of cast, as a file for whoever is to look into it.

import { byId, say, short, words } from "./booth-page.js";

let address = "";

export const audit = {
  /** The file: {election, ballot, randomness}, the first two as texts, byte for byte what was sealed. */
  show(election, { raw, tracker, randomness }) {
    this.clear();
    const text = JSON.stringify({ election, ballot: raw, randomness });
    address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    const link = byId("audit-file");
    link.href = address;
    link.download = `yishi-${short(tracker).replace(/[+/]/g, "_")}.json`;
    byId("audit-receipt").textContent = short(tracker);
    byId("audit-text").value = text;
  },

  clear() {
    if (address) URL.revokeObjectURL(address);
    address = "";
    byId("audit-text").value = "";
    byId("audit-receipt").textContent = "";
  },
};

/** Over plain http there is no clipboard but this one. */
export function copy() {
  const field = byId("audit-text");
  field.focus();
  field.select();
  if (document.execCommand("copy")) say(words("copied"));
}
