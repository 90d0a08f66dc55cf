// The proofs of many ballots: one after the other with short rests, or split over workers.

import { Fault, breathe } from "./group.js";
import { checkProofs, fixed } from "./proofs.js";
import { readPoint, sixteen } from "./points.js";

// g (RFC 8032: y = 4/5, the even x).
export const G = sixteen(readPoint("6666666666666666666666666666666666666666666666666666666666666658"));
const MOST = 8; // workers

/**
 * `ballots`: [{start, answers, where}] of this election, `start` being "<fingerprint>|<credential>";
 * their points were read once and are on the curve. `progress(done)`: so many ballots. Throws Fault.
 */
export async function proveHere({ public_key: key, questions }, ballots, progress = () => {}) {
  const tables = { g: fixed(G[1]), y: fixed(readPoint(key)) };
  let rested = performance.now();
  for (const [n, { start, answers, where }] of ballots.entries()) {
    try {
      answers.forEach((answer, i) => {
        const points = answer.choices.map(({ alpha, beta }) => [readPoint(alpha), readPoint(beta)]);
        checkProofs(tables, start, questions[i], answer, points, where);
      });
    } catch (fault) {
      throw fault instanceof Fault ? fault : new Fault("BadFields", where, String(fault));
    }
    if (performance.now() - rested > 40) {
      progress(n + 1);
      await breathe();
      rested = performance.now();
    }
  }
  progress(ballots.length);
}

/**
 * The same over as many workers as the device has processors. `url`: a worker that answers
 * {prove: {election, ballots}} with {proved: n} now and then, {done: true} or {fault} at the end.
 */
export function proveSplit(url) {
  const size = Math.min(MOST, self.navigator?.hardwareConcurrency || 1);
  return async (election, ballots, progress = () => {}) => {
    if (size < 2 || ballots.length < 2 * size || typeof Worker === "undefined") {
      await proveHere(election, ballots, progress);
      return;
    }
    const workers = [];
    const proved = Array(size).fill(0);
    const part = (k) => ballots.filter((_, n) => n % size === k);
    try {
      await Promise.all(proved.map((_, k) => new Promise((done, fail) => {
        const worker = new Worker(url, { type: "module" });
        workers.push(worker);
        worker.addEventListener("error", () => fail(new Error("no worker")));
        worker.addEventListener("message", ({ data }) => {
          if (data.fault) fail(new Fault(data.fault.name, data.fault.where, data.fault.detail));
          else if (data.done) done();
          else {
            proved[k] = data.proved;
            progress(proved.reduce((sum, n) => sum + n, 0));
          }
        });
        worker.postMessage({ prove: { election, ballots: part(k) } });
      })));
    } catch (error) {
      if (error instanceof Fault) throw error;
      await proveHere(election, ballots, progress); // a browser without workers inside workers
    } finally {
      workers.forEach((worker) => worker.terminate());
    }
    progress(ballots.length);
  };
}
