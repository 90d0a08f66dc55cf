// From the sealed ballot to the certainty that it lies in the box, or does not.
//
// The same bytes are sent again until an answer comes. Whatever is not "in" is asked once more by
// the slip's own key, since an earlier try may have arrived though its answer was lost.

import { NoAnswer, cast, status } from "./booth-server.js";

const WAITS = [500, 1000, 2000, 4000, 8000];
let wakeUp = () => {};

/** Wait, but not a moment longer than the network is away. */
function pause(turn) {
  const wait = WAITS[Math.min(turn, WAITS.length - 1)];
  return new Promise((done) => {
    const timer = setTimeout(done, wait * (0.75 + Math.random() / 2));
    wakeUp = () => {
      clearTimeout(timer);
      done();
    };
  });
}

window.addEventListener("online", () => wakeUp());
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && wakeUp());

/** The final answer {state, tracker?, mine?, text?}; `lost(n)` is told of the n-th try without one. */
export async function send({ uuid, raw, tracker }, lost) {
  const { credential } = JSON.parse(raw);
  for (let turn = 0; ; turn += 1) {
    try {
      const answer = await cast(uuid, raw);
      if (answer.state === "in") return answer;
      const found = await status(uuid, credential);
      return found.state === "in" ? { ...found, mine: found.tracker === tracker } : answer;
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      lost(turn + 1);
      await pause(turn);
    }
  }
}
