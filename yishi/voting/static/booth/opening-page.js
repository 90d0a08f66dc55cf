// A scrutineer's page after the close: the whole record is checked here, then this device's share
// of the opening is made. Whatever is refused, nothing is sent.

import { Fault } from "./group.js";
import { checkOff } from "./record-check.js";
import { Page, Refused, filled, say } from "./scrutineer.js";
import { Memory, restored, ring, secretOf } from "./trustee-memory.js";
import { commitment } from "./trustee.js";

const EVERY = 2000; // milliseconds between two looks at the server
const page = new Page(document.getElementById("open"));
const { root, words } = page;
const byId = (id) => document.getElementById(id);
const memory = new Memory(root.dataset.trustee);

let state = null; // of the box
let keys = null; // of the ring, once asked for
let own = null; // {holder, secret} of this device
let record = null; // as checked

async function turn() {
  if (page.screen === "fault" || page.screen === "checked") return;
  state = await page.ask(root.dataset.state);
  if (state.stage === "counted") page.show("counted");
  else if (state.stage !== "opening") page.show("waiting");
  else if (state.mine) given();
  else if (!own && !(await findOwn())) page.show("restore");
  else await check();
}

function given() {
  say(byId("given"), filled(words.given, state));
  page.show("given");
}

/** This device's part of the keys, from its code and what the others sent it. */
async function findOwn() {
  keys = await page.ask(root.dataset.key);
  const holder = memory.holder(keys);
  if (!holder || commitment(holder.certificate(), holder.nonce()) !== keys.mine.commitment) return false;
  const { certs, digits } = ring(holder, keys);
  memory.pin(digits);
  own = { holder, secret: secretOf(holder, keys, certs) };
  return true;
}

async function check() {
  page.show("checking");
  say(byId("checking"), words.loading);
  const answer = await fetch(root.dataset.record);
  if (!answer.ok) throw new TypeError("server");
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const { holder, secret } = own;
  const expected = { uuid: state.uuid, minimum: state.expected, own: holder.own(secret), head: head() };
  const found = await checkOff(root.dataset.worker, bytes, expected, (done, total) => {
    byId("bar").value = (1000 * done) / total;
    const all = state.expected;
    say(byId("checking"), filled(words.checking, { done: Math.min(all, Math.round((all * done) / total)), all }));
  });
  if (found.counted !== state.expected) throw new Fault("OtherNumber", "", found.counted);
  remember(found.head);
  record = found;
  const words_ = state.papers ? words.countedBoth : words.counted;
  say(byId("counted"), filled(words_, { ...state, counted: found.counted }));
  // Read aloud: a server that shows two groups of scrutineers two records is found out.
  say(byId("closing"), found.closing.slice(0, 8).replace(/.{4}/, "$& "));
  page.show("checked");
}

async function give() {
  const { holder, secret } = own;
  const share = await holder.decrypt(record.fingerprint, record.tally, secret);
  state = await page.send(root.dataset.share, share);
  if (state.stage === "counted") page.show("counted");
  else given();
}

// --- the end of the record as this device saw it ------------------------------

const seen = () => `yishi-head-${state.uuid}`;

function head() {
  try {
    return JSON.parse(localStorage.getItem(seen())) || undefined;
  } catch {
    return undefined;
  }
}

function remember(value) {
  try {
    localStorage.setItem(seen(), JSON.stringify(value));
  } catch {
    // Without it the record is checked as at the first time.
  }
}

// --- faults ------------------------------------------------------------------

const SAID = {
  TooFewBallots: "few",
  WrongTally: "tally",
  WrongKey: "keyWrong",
  Differs: "keyWrong",
  BrokenChain: "chain",
  WrongHash: "chain",
  WrongOrder: "chain",
  BadSignature: "signature",
  UnknownCredential: "slip",
  OtherElection: "election",
};

function failed(error) {
  if (error instanceof Refused) {
    say(byId("fault"), error.message);
  } else if (error instanceof Fault) {
    const { name, where, detail } = error;
    const text = name === "OtherNumber" ? filled(words.number, { counted: detail, expected: state.expected }) : words[SAID[name] || "other"];
    say(byId("fault"), text);
    say(byId("cipher"), `${words.cipher} ${[name, where].filter(Boolean).join(", ")}`);
  } else {
    throw error;
  }
  page.show("fault");
}

// --- run ---------------------------------------------------------------------

const look = () => page.then(turn, failed);

async function run() {
  for (;;) {
    await look();
    await new Promise((done) => setTimeout(done, EVERY));
  }
}

page.taps({ give: () => page.then(give, failed), reload: () => location.reload() });
page.codeField((typed) => {
  memory.keep(keys, restored(keys, typed));
  look();
});
if (window.supported()) run();
