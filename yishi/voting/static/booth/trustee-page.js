// A scrutineer's page of keys: one tap, then the messages go to and fro by themselves while the
// pages are open; six digits; one more tap. The code never leaves this browser.

import { newCode } from "./credentials.js";
import { Fault, breathe } from "./group.js";
import { Page, Refused, filled, say } from "./scrutineer.js";
import { Memory, keeps, restored, ring, secretOf } from "./trustee-memory.js";
import { commitment } from "./trustee.js";
import { encodeQR } from "./vendor/qr/qr.js";

const EVERY = 1500; // milliseconds between two looks at the server
const STEPS = ["commit", "reveal", "deal", "verify", "compare"];
const page = new Page(document.getElementById("key"));
const { root, words } = page;
const byId = (id) => document.getElementById(id);
const memory = new Memory(root.dataset.trustee);

let state = null;
let holder = null;
let others = null; // {certs, digits}, once all certificates are there

// --- the ceremony ------------------------------------------------------------

/** What this holder has to send now; null when it is the others' turn. */
function next() {
  if (!state.mine.commitment) return { say: "commit", commitment: commitment(holder.certificate(), holder.nonce()) };
  if (state.stage === "reveal" && !state.sent.reveal) return { say: "reveal", certificate: holder.certificate(), nonce: holder.nonce() };
  if (state.stage === "deal" && !state.sent.deal) {
    const { certs } = others;
    return { say: "deal", coefficients: holder.coefexps(), agreement: holder.agreement(certs), shares: holder.shares(certs) };
  }
  if (state.stage === "verify" && !state.sent.verify) {
    const secret = secretOf(holder, state, others.certs);
    return { say: "verify", verification: holder.verificationKey(secret) };
  }
  return null;
}

/** What came from the server; the others' certificates must be those that were there before. */
function take(found) {
  state = found;
  others = state.certificates.length ? ring(holder, state) : null;
  if (others) memory.pin(others.digits);
}

/** One look at the server, and everything that can be done after it. */
async function turn() {
  if (page.screen === "stop") return;
  state = await page.ask(root.dataset.state);
  if (state.changed) {
    stop(words.changed);
    return;
  }
  holder = memory.holder(state);
  const mine = holder && commitment(holder.certificate(), holder.nonce());
  if (!holder || (state.mine.commitment && state.mine.commitment !== mine)) {
    // A fresh start, or a key that was made elsewhere.
    page.show(state.mine.commitment ? "restore" : "start");
    return;
  }
  take(state);
  for (let message = next(); message; message = next()) {
    draw();
    await breathe();
    take(await page.send(root.dataset.send, JSON.stringify(message)));
  }
  draw();
}

function draw() {
  const { stage, mine } = state;
  if (stage !== "compare" && stage !== "ready") {
    say(byId("busy"), stage === "commit" ? filled(words.waiting, state) : words.working);
    byId("bar").value = STEPS.indexOf(stage);
    page.show("busy");
    return;
  }
  for (const place of root.querySelectorAll("[data-is=digits]")) say(place, others.digits);
  say(byId("done"), stage === "ready" ? words.ready : filled(words.agreed, state));
  if (!mine.agreed) page.show("digits");
  else if (page.screen !== "backup") page.show("done");
}

function failed(error) {
  if (error instanceof Refused) {
    if (error.code !== "early") stop(error.message);
  } else if (error instanceof Fault) {
    const number = /^trustee (\d+)/.exec(error.where);
    stop(number ? filled(words.fault, { name: state.names[number[1] - 1] }) : words.differs);
  } else {
    throw error;
  }
}

function stop(text) {
  say(byId("stop"), text);
  page.show("stop");
}

const look = () => page.then(turn, failed);

async function run() {
  for (;;) {
    await look();
    await new Promise((done) => setTimeout(done, EVERY));
  }
}

// --- taps --------------------------------------------------------------------

function backup() {
  const { code } = memory.held;
  // Two halves, so that a narrow page breaks the line between them.
  const halves = code.match(/^(.+?-.+?-)(.+)$/).slice(1);
  byId("code").replaceChildren(...halves.map((half) => Object.assign(document.createElement("span"), { textContent: half })));
  const rows = encodeQR(`${location.origin}${location.pathname}#${code}`, "raw", { ecc: "medium", border: 4 });
  const path = rows.map((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")).join("")).join("");
  byId("qr").setAttribute("viewBox", `0 0 ${rows.length} ${rows.length}`);
  byId("qr").firstElementChild.setAttribute("d", path);
  page.show("backup");
}

function putAway() {
  byId("code").textContent = "";
  byId("qr").firstElementChild.setAttribute("d", "");
  page.show("done");
}

async function agree() {
  take(await page.send(root.dataset.send, JSON.stringify({ say: "agree", digits: others.digits })));
  draw();
}

page.taps({
  make: () => {
    memory.keep(state, newCode());
    return look();
  },
  agree: () => page.then(agree, failed),
  backup,
  back: putAway,
  print: () => window.print(),
  reload: () => location.reload(),
});
page.codeField((typed) => {
  memory.keep(state, restored(state, typed));
  look();
});
byId("no-storage").hidden = keeps();
if (window.supported()) run();
