// Checks a record off the page's thread where the browser can, else on it, in short pieces.

import { Fault } from "./group.js";

/**
 * As `checkRecord` in record.js. `workerUrl`: the address of record-worker.js, which the template
 * knows under its hashed name. Module workers are missing in Firefox before 114 and Safari before
 * 15: there, and where the worker cannot start, the page does it itself.
 */
export async function checkOff(workerUrl, bytes, expected, progress = () => {}) {
  try {
    return await inWorker(workerUrl, bytes, expected, progress);
  } catch (error) {
    if (error instanceof Fault) throw error;
    const { checkRecord } = await import("./record.js");
    return checkRecord(bytes, expected, progress);
  }
}

/** The same, in a worker or not at all. */
export function inWorker(workerUrl, bytes, expected, progress = () => {}) {
  return new Promise((done, fail) => {
    const worker = new Worker(workerUrl, { type: "module" });
    const end = (settle, value) => {
      worker.terminate();
      settle(value);
    };
    worker.addEventListener("error", () => end(fail, new Error("no worker")));
    worker.addEventListener("message", ({ data }) => {
      if (data.record) end(done, data.record);
      else if (data.fault) end(fail, new Fault(data.fault.name, data.fault.where, data.fault.detail));
      else progress(data.done, data.total);
    });
    worker.postMessage({ bytes, expected });
  });
}
