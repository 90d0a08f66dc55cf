// record.js in a Web Worker: {bytes, expected} in; {done, total} now and then, at the end
// {record} or {fault: {name, where, detail}} out.

import { checkRecord } from "./record.js";

self.addEventListener("message", async ({ data: { bytes, expected } }) => {
  try {
    const record = await checkRecord(bytes, expected, (done, total) => self.postMessage({ done, total }));
    self.postMessage({ record });
  } catch ({ name, where = "", detail = "", message }) {
    self.postMessage({ fault: { name, where, detail: detail || message } });
  }
});
