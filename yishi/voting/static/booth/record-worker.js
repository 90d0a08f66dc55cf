// record.js in a Web Worker: {bytes, expected} in; {done, total} now and then, at the end
// {record} or {fault: {name, where, detail}} out. It starts itself again for the proofs, which
// are most of the work: {prove: {election, ballots}} in, {proved} now and then, {done: true} out.

import { proveHere, proveSplit } from "./proving.js";
import { checkRecord } from "./record.js";

self.addEventListener("message", async ({ data: { bytes, expected, prove } }) => {
  try {
    if (prove) {
      await proveHere(prove.election, prove.ballots, (proved) => self.postMessage({ proved }));
      self.postMessage({ done: true });
      return;
    }
    const told = (done, total) => self.postMessage({ done, total });
    const record = await checkRecord(bytes, expected, told, proveSplit(self.location.href));
    self.postMessage({ record });
  } catch ({ name, where = "", detail = "", message }) {
    self.postMessage({ fault: { name, where, detail: detail || message } });
  }
});
