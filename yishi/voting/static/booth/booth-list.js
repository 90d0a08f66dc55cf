// Which votes are waiting, open or over, and what became of this slip in each.

import { draft } from "./booth-memory.js";
import { byId, piece, short, within, words } from "./booth-page.js";

const CHIP = { waiting: "", open: "now", closed: "", in: "ok" };

/** What one row shows: {state, title, receipt, note, go, primary}. */
function rowOf(it, known) {
  const found = known.get(it.uuid);
  const inside = found?.state === "in";
  const refused = found && ["exchanged", "unknown_slip"].includes(found.state) ? found.state : "";
  const row = { uuid: it.uuid, title: it.title, state: it.state, receipt: "", note: "", go: "", primary: false };
  if (inside) Object.assign(row, { state: "in", receipt: short(found.tracker) });
  if (inside && it.state === "open") row.go = words("look");
  if (refused && it.state !== "waiting") row.note = `${words(`${refused}-title`)}。${words(refused)}`;
  if (it.state === "open" && !inside && !refused) {
    Object.assign(row, { go: words(draft.get(it.uuid) ? "go-on" : "go"), primary: true });
  }
  return row;
}

function lead(rows) {
  if (!rows.length) return "wait-empty";
  if (rows.some((row) => row.primary)) return "wait-open";
  if (rows.some((row) => row.state === "in")) return "wait-done";
  if (rows.some((row) => row.state === "open")) return "wait-not"; // and the row says why
  return rows.some((row) => row.state === "waiting") ? "wait-waiting" : "wait-over";
}

function draw(row, open) {
  const item = piece("vote");
  const chip = within(item, "chip");
  const button = within(item, "go");
  chip.textContent = words(`chip-${row.state}`);
  if (CHIP[row.state]) chip.classList.add(CHIP[row.state]);
  within(item, "title").textContent = row.title;
  within(item, "receipt-row").hidden = !row.receipt;
  within(item, "receipt").textContent = row.receipt;
  within(item, "note").hidden = !row.note;
  within(item, "note").textContent = row.note;
  button.hidden = !row.go;
  button.textContent = row.go;
  button.className = row.primary ? "button primary big full" : "button full";
  button.addEventListener("click", () => open(row.uuid));
  return item;
}

/** Into `place`, only where something changed: a button must not go from under a finger. */
function put(place, rows, open, first = []) {
  const seen = JSON.stringify([rows, first.map((one) => one.textContent)]);
  if (place.dataset.seen === seen) return;
  place.dataset.seen = seen;
  const at = [...place.querySelectorAll("button")].indexOf(document.activeElement);
  place.replaceChildren(...first, ...rows.map((row) => draw(row, open)));
  if (at >= 0) place.querySelectorAll("button")[at]?.focus();
}

/** `votes`: null while the server has not told them. */
export function listVotes(votes, known, open) {
  // What can be done now stands first; the rest keeps its order.
  const rows = (votes ?? []).map((it) => rowOf(it, known));
  byId("wait-lead").textContent = words(votes ? lead(rows) : "opening");
  put(byId("votes"), [...rows.filter((row) => row.primary), ...rows.filter((row) => !row.primary)], open);
}

/** Below "in the box": the next vote that is open, or what to wait for. */
export function nextVotes(votes, known, open) {
  const rows = votes.map((it) => rowOf(it, known)).filter((row) => row.primary);
  const line = document.createElement("p");
  line.className = "lead";
  line.textContent = words(rows.length ? "next-open" : "next-waiting");
  const list = document.createElement("ul");
  list.className = "booth-votes";
  const holder = byId("next");
  const seen = JSON.stringify(rows);
  if (holder.dataset.seen === seen && holder.children.length) return;
  holder.dataset.seen = seen;
  put(list, rows, open);
  holder.replaceChildren(line, ...(rows.length ? [list] : []));
}
