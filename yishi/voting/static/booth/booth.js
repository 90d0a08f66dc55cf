// The booth: which votes are open, the ballot, the reading back, the box, the next vote.
//
// What the person sees follows from four things: the slip (booth-memory), the votes as the server
// last told them, what is known of this slip in each box, and the ballot being filled in. The
// code of the slip came in the address and leaves it at once; it is never sent anywhere.

import { audit, copy } from "./booth-audit.js";
import { Form } from "./booth-ballot.js";
import { codeForm, parseAddress } from "./booth-code.js";
import { listVotes, nextVotes } from "./booth-list.js";
import * as memory from "./booth-memory.js";
import { byId, offline, root, say, short, show, words } from "./booth-page.js";
import { send } from "./booth-send.js";
import * as server from "./booth-server.js";
import { publicKey } from "./credentials.js";
import { prepare, seal } from "./seal.js";

const EVERY = { ballot: 8000, check: 8000, audit: 8000 }; // ms between two looks; 3000 elsewhere
const SLOW = 1200; // ms after which a vote on its way gets a screen of its own

const known = new Map(); // uuid -> {state: "in" | "open" | "exchanged" | ..., tracker, own}
const prepared = new Map(); // uuid -> promise of what seal() wants
let votes = [];
let loaded = false; // the server has told the votes of this slip's meeting
let screen = "";
let uuid = ""; // of the vote on the screen
let form = null; // of the vote `form.uuid`
let sealed = null; // {uuid, key, promise}: the ballot that the button casts
let changing = ""; // uuid of the vote that is voted on once more
let casting = false;
let misses = 0;
let wake = () => {};

const vote = (one = uuid) => votes.find((it) => it.uuid === one);
const slip = () => memory.slip.get() ?? { session: "", code: "" };
const SETTLED = ["in", "exchanged", "unknown_slip"];
const free = (it) => it.state === "open" && !SETTLED.includes(known.get(it.uuid)?.state);
const next = () => new Promise((done) => setTimeout(done));

// --- screens -----------------------------------------------------------------

/** Open a screen; `how`: "push" makes the back button lead here, "replace" does not. */
function go(to, of = "", how = "push") {
  if (how === "push") history.pushState({ screen: to, uuid: of }, "");
  else history.replaceState({ screen: to, uuid: of }, "");
  open(to, of);
}

/** The screen that was asked for, or the one that is true instead of it. */
function open(to, of) {
  const { code } = slip();
  const it = vote(of);
  const cast = known.get(of)?.state === "in" && changing !== of;
  if (!code) screen = "code";
  else if (["ballot", "check", "audit", "in"].includes(to) && it && cast) screen = "in";
  else if (["ballot", "check", "audit"].includes(to) && it?.state === "open" && (free(it) || changing === of)) {
    screen = to === "ballot" ? "ballot" : "check";
  } else screen = "wait";
  uuid = screen === "code" || screen === "wait" ? "" : of;
  draw();
}

function draw() {
  if (screen === "wait") listVotes(loaded ? votes : null, known, openVote);
  if (screen === "ballot" && !openBallot()) return;
  if (screen === "check" && !openCheck()) return;
  if (screen === "in" && !openIn()) return;
  if (screen === "code") codeForm.open(slip().session);
  show(screen);
}

const openVote = (of) => go(known.get(of)?.state === "in" ? "in" : "ballot", of);

/** A plain sentence that says what to do; `reason` names it among the page's texts. */
function stop(reason, { of = uuid, text = "", tracker = "" } = {}) {
  screen = "stop";
  uuid = of;
  const key = words(`${reason}-title`) ? reason : "bad";
  byId("stop-title").textContent = words(`${key}-title`);
  byId("stop-matter").textContent = vote(of)?.title ?? "";
  byId("stop-text").textContent = key === reason ? words(reason) : text || words(key);
  byId("stop-receipt-row").hidden = !tracker;
  byId("stop-receipt").textContent = short(tracker);
  byId("stop-home").hidden = reason === "session" || reason === "unknown_slip";
  show("stop");
}

// --- the ballot ----------------------------------------------------------------

/** False where it turned out to be something else. */
function openBallot() {
  if (form?.uuid !== uuid) {
    try {
      form = new Form(byId("rows"), vote(), memory.draft.get(uuid), changed);
    } catch (error) {
      return broken(error);
    }
    form.uuid = uuid;
  }
  byId("ballot-title").textContent = vote().title;
  byId("ballot-how").textContent = form.how;
  byId("progress").textContent = form.progress;
  return true;
}

function changed() {
  memory.draft.set(uuid, form.chosen);
  byId("progress").textContent = form.progress;
}

function check() {
  if (form.complete()) go("check", uuid);
  else byId("progress").textContent = form.progress;
}

function openCheck() {
  if (!openBallot()) return false;
  if (!form.fit) {
    history.replaceState({ screen: "ballot", uuid }, "");
    screen = "ballot";
    return true;
  }
  byId("check-title").textContent = vote().title;
  byId("check-summary").textContent = form.summary;
  byId("check-summary").className = form.blank ? "notice warn" : "";
  byId("check-summary").hidden = !form.summary;
  byId("back").replaceChildren(...form.readBack());
  sealNow();
  return true;
}

/** Seal what is read back now: its number stands on the screen before anybody decides what becomes of it. */
function sealNow() {
  const key = JSON.stringify(form.choices);
  if (sealed?.uuid === uuid && sealed.key === key) return;
  byId("check-receipt").textContent = "……";
  const mine = { uuid, key, promise: sealing(uuid, form.choices) };
  sealed = mine;
  mine.promise.then(
    ({ tracker }) => sealed === mine && (byId("check-receipt").textContent = short(tracker)),
    (error) => sealed === mine && broken(error),
  );
}

async function sealing(of, choices) {
  const tables = await ready(of);
  await next(); // the screen first
  return seal(tables, slip().code, choices);
}

/** The tables of a vote, begun as soon as its election is known. */
function ready(of) {
  if (!prepared.has(of)) {
    const begun = prepare(vote(of).election);
    prepared.set(of, begun);
    begun.catch(() => prepared.delete(of));
  }
  return prepared.get(of);
}

function broken(error) {
  console.error(error);
  sealed = null;
  stop("broken");
  return false;
}

// --- the box -------------------------------------------------------------------

async function castNow() {
  if (casting || sealed?.uuid !== uuid) return;
  busy(true);
  const mine = sealed;
  try {
    const { raw, tracker } = await mine.promise;
    if (sealed !== mine) return busy(false);
    sealed = null;
    await deliver({ uuid: mine.uuid, raw, tracker });
  } catch (error) {
    busy(false);
    broken(error);
  }
}

function busy(is) {
  casting = is;
  const button = byId("cast");
  button.dataset.label = button.dataset.label || button.textContent;
  button.textContent = is ? words("casting") : button.dataset.label;
  button.setAttribute("aria-disabled", String(is));
  byId("language").hidden = is;
}

/** Send until it is certain; also after a reload that came between the ballot and its answer. */
async function deliver(ballot) {
  memory.pending.set(ballot);
  busy(true);
  const sending = () => {
    screen = "sending";
    uuid = ballot.uuid;
    byId("sending-receipt").textContent = short(ballot.tracker);
    show("sending");
  };
  const timer = setTimeout(sending, screen ? SLOW : 0);
  const answer = await send(ballot, (turn) => {
    sending();
    byId("sending-why").textContent = words(turn < 4 ? "lost" : "lost-long");
  });
  clearTimeout(timer);
  byId("sending-why").textContent = "";
  memory.pending.drop();
  busy(false);
  settle(ballot, answer);
}

function settle(ballot, answer) {
  const of = ballot.uuid;
  sealed = null;
  if (answer.state === "in") {
    if (answer.mine !== false) memory.mine.set(of, answer.tracker);
    known.set(of, answer);
    forgetBallot(of);
    changing = "";
    // After a reload the votes may not be known yet; refresh() opens this screen once they are.
    if (vote(of)) go("in", of, "replace");
    else {
      history.replaceState({ screen: "in", uuid: of }, "");
      screen = "";
    }
    wake();
    return;
  }
  if (answer.state === "exchanged" || answer.state === "unknown_slip") known.set(of, answer);
  history.replaceState({ screen: "wait", uuid: "" }, "");
  changing = "";
  stop(answer.state, { of, text: answer.text?.[root.lang === "en" ? "en" : "zh"] });
  wake();
}

/** What was chosen does not stay on a phone once it lies in the box. */
function forgetBallot(of) {
  memory.draft.drop(of);
  form = null;
  byId("rows").replaceChildren();
  byId("back").replaceChildren();
}

function openIn() {
  const { tracker } = known.get(uuid);
  const own = memory.mine.get(uuid) === tracker;
  const revote = Boolean(vote().revote && vote().state === "open");
  if (!own && !revote) {
    stop("used", { tracker });
    return false;
  }
  byId("in-title").textContent = vote().title;
  byId("in-receipt").textContent = short(tracker);
  byId("revote").hidden = !revote;
  audit.offer(uuid, !revote);
  nextVotes(votes, known, openVote);
  return true;
}

function revote() {
  changing = uuid;
  forgetBallot(uuid);
  go("ballot", uuid);
}

// --- 验票 ------------------------------------------------------------------------

async function auditNow() {
  if (casting || sealed?.uuid !== uuid) return;
  const mine = sealed;
  const opened = await mine.promise.catch(() => null);
  if (!opened || casting || sealed !== mine || screen !== "check") return;
  sealed = null; // opened once, cast never
  audit.keep(uuid, vote().election, opened);
  history.pushState({ screen: "audit", uuid }, "");
  screen = "audit";
  show("audit");
}

// --- the slip ----------------------------------------------------------------------

function take(session, code) {
  const before = slip();
  if (before.session !== session || before.code !== code) {
    forgetAll();
    memory.slip.set({ session, code });
  }
  wake();
}

function forgetAll() {
  if (form) forgetBallot(form.uuid);
  audit.clear();
  memory.forget();
  known.clear();
  votes = [];
  loaded = false;
  sealed = null;
  changing = "";
}

function nextPerson() {
  const { session } = slip();
  forgetAll();
  memory.slip.set({ session, code: "" });
  codeForm.clear();
  go("code", "", "replace");
}

/** The code leaves the address bar and the history at once. */
function takeAddress() {
  const found = parseAddress(location.hash);
  if (location.hash) history.replaceState(found ? null : history.state, "", location.pathname);
  if (!found || memory.pending.get()) return;
  if (found.code || found.wrong || found.session !== slip().session) take(found.session, found.code);
  if (found.wrong) codeForm.complain(words("code-scan"));
}

// --- what the server tells -----------------------------------------------------------

async function look() {
  const asked = slip();
  let told = null;
  try {
    if (asked.session) told = await server.votes(asked.session);
    else codeForm.offer(await server.sessions());
    if (slip().session !== asked.session) return;
    if (told) await learn(told, asked.code);
    misses = 0;
  } catch (error) {
    if (!(error instanceof server.NoAnswer)) throw error;
    misses += 1;
  }
  // One miss is a blink; from the second on people should know.
  offline(misses > 1 || !navigator.onLine);
  if (casting || slip().code !== asked.code) return;
  if (asked.session && !told && !misses) stop("session");
  else refresh();
}

async function learn(told, code) {
  const opened = told.votes.some((it, i) => it.state === "open" && votes[i]?.state === "waiting");
  byId("meeting").textContent = told.meeting;
  byId("meeting").hidden = !told.meeting;
  byId("rehearsal").hidden = !told.rehearsal;
  for (const it of code ? told.votes : []) {
    if (!it.uuid || !it.election || known.has(it.uuid)) continue;
    const own = memory.mine.get(it.uuid);
    // After the close nothing changes any more, and what this tab knows need not be asked.
    if (own && it.state === "closed") known.set(it.uuid, { state: "in", tracker: own });
    else known.set(it.uuid, await server.status(it.uuid, publicKey(it.uuid, code)));
    if (slip().code !== code) return known.clear();
  }
  // Open on paper, its electronic box not sealed: for a phone it has not begun.
  votes = told.votes.map((it) => (it.state === "open" && !it.election ? { ...it, state: "waiting" } : it));
  loaded = true;
  if (opened) say(words("opened"));
  for (const it of votes.filter(free)) ready(it.uuid).catch(() => {});
}

/** Bring the screen up to what is true now, without taking anything from under the person's finger. */
function refresh() {
  if (slip().code && !loaded) return;
  if (screen === "" || (screen === "stop" && !vote() && votes.length)) {
    const { screen: to, uuid: of } = history.state ?? {};
    return open(to ?? "wait", of ?? "");
  }
  const strange = votes.filter((it) => known.get(it.uuid)?.state === "unknown_slip");
  if (screen === "wait" && strange.length && !votes.some((it) => free(it) || known.get(it.uuid)?.state === "in")) {
    return stop("unknown_slip", { of: strange[0].uuid });
  }
  if (["ballot", "check", "audit"].includes(screen)) {
    if (vote()?.state !== "open") return stop(vote()?.state === "waiting" ? "waiting" : "closed");
    if (!free(vote()) && changing !== uuid) return draw();
  }
  if (screen === "wait") listVotes(votes, known, openVote);
  if (screen === "in") openIn();
}

async function watch() {
  for (;;) {
    await look().catch((error) => console.error(error));
    const wait = (EVERY[screen] ?? 3000) * (document.hidden ? 5 : 1) * (misses > 5 ? 2 : 1);
    await new Promise((done) => {
      const timer = setTimeout(done, wait * (0.8 + Math.random() * 0.4));
      wake = () => {
        clearTimeout(timer);
        done();
      };
    });
  }
}

// --- begin ---------------------------------------------------------------------------

const verbs = {
  check,
  cast: castNow,
  back: () => !casting && history.back(),
  home: () => go("wait"),
  audit: auditNow,
  copy,
  revote,
  "next-person": nextPerson,
};
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (button && button.getAttribute("aria-disabled") !== "true") verbs[button.dataset.do]();
});
window.addEventListener("popstate", ({ state }) => {
  if (!casting && !location.hash) open(state?.screen ?? "wait", state?.uuid ?? "");
});
window.addEventListener("hashchange", () => {
  takeAddress();
  if (!casting) go("wait", "", "replace");
});
window.addEventListener("beforeunload", (event) => {
  if (casting) event.preventDefault();
});
window.addEventListener("online", () => wake());
window.addEventListener("offline", () => offline(true));
document.addEventListener("visibilitychange", () => document.hidden || wake());
// Kept awake where the browser can, since people wait here for the next vote.
const awake = () => document.hidden || navigator.wakeLock?.request("screen").catch(() => {});
document.addEventListener("visibilitychange", awake);
awake();

codeForm.begin((session, code) => {
  take(session, code);
  go("wait", "", "replace");
});
root.dataset.booth = "loading";
takeAddress();
const left = memory.pending.get();
(left ? deliver(left) : Promise.resolve()).then(undefined, broken);
watch();
