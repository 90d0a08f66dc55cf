// Slips are made here and nowhere else: random codes, their printed sheets, and for every vote the
// public keys that belong to them. The network is not needed until only the public keys are left.

import { newCode, publicKey } from "./credentials.js";
import { breathe } from "./group.js";
import { post } from "./slip-post.js";
import { encodeQR } from "./vendor/qr/qr.js";

const A_SHEET = 8;
const TURN = 40; // milliseconds of work between two looks at the page
const root = document.getElementById("slips");
const say = root.dataset;
const uuids = say.uuids.split(" ").filter(Boolean);
const within = (selector) => root.querySelector(selector);

let codes = []; // from "make" to "forget", in no order that anybody chose
let listings = null; // {uuid: [public keys, sorted]}: until the server or a file has them
let sheets = null;

function stage(name) {
  for (const section of root.querySelectorAll("[data-stage]")) section.hidden = section.dataset.stage !== name;
  const shown = within(`[data-stage="${name}"]`);
  if (name !== "ask") shown.querySelector("button:not([disabled]), a")?.focus();
}

function numbers(values) {
  for (const [name, value] of Object.entries(values)) {
    for (const place of root.querySelectorAll(`[data-number="${name}"]`)) place.textContent = value;
  }
}

const tell = (id, text) => {
  const place = document.getElementById(id);
  place.textContent = text;
  place.hidden = !text;
};

// --- made --------------------------------------------------------------------

async function make() {
  const typed = document.getElementById("slip-count").value.normalize("NFKC").trim();
  const count = /^[0-9]{1,5}$/.test(typed) ? Number(typed) : 0;
  const wrong = count < 1 || count > Number(say.most);
  tell("slip-count-error", wrong ? say.sayCount : "");
  if (wrong) {
    document.getElementById("slip-count").focus();
    return;
  }
  stage("making");
  await breathe();
  codes = Array.from({ length: count }, newCode);
  await reckon(Object.fromEntries(uuids.map((uuid) => [uuid, []])));
  lay();
  numbers({ slips: count, pages: Math.ceil(count / A_SHEET) });
  stage("print");
}

async function reckon(found) {
  const progress = document.getElementById("slip-progress");
  progress.max = codes.length * uuids.length;
  let done = 0;
  let end = performance.now() + TURN;
  for (const code of codes) {
    for (const uuid of uuids) {
      found[uuid].push(publicKey(uuid, code));
      done += 1;
      if (performance.now() > end) {
        progress.value = done;
        await breathe();
        end = performance.now() + TURN;
      }
    }
  }
  // Sorted for each vote by itself: that two keys are of one slip must not be told by their places.
  for (const publics of Object.values(found)) publics.sort();
  listings = found;
}

// --- printed -----------------------------------------------------------------

/** The sheets, seen on paper only: a screen may have somebody behind it. */
function lay() {
  sheets = document.createElement("div");
  sheets.className = "slip-sheets";
  for (let at = 0; at < codes.length; at += A_SHEET) {
    const sheet = document.createElement("div");
    sheet.className = "slip-sheet";
    sheet.append(...codes.slice(at, at + A_SHEET).map(paper));
    sheets.append(sheet);
  }
  document.body.append(sheets);
  document.body.classList.add("has-slips");
}

function paper(code) {
  const slip = document.getElementById("slip-paper").content.firstElementChild.cloneNode(true);
  const rows = encodeQR(`${say.booth}#${say.session}.${code}`, "raw", { ecc: "medium", border: 4 });
  slip.querySelector("svg").setAttribute("viewBox", `0 0 ${rows.length} ${rows.length}`);
  slip.querySelector("path").setAttribute("d", drawn(rows));
  for (const group of code.split("-")) {
    const part = document.createElement("span");
    part.textContent = group;
    slip.querySelector(".slip-code").append(part);
  }
  return slip;
}

/** The dark modules of each row as strokes. */
function drawn(rows) {
  let path = "";
  rows.forEach((row, y) => {
    for (let x = 0; x < row.length; x += 1) {
      if (!row[x]) continue;
      let run = 1;
      while (row[x + run]) run += 1;
      path += `M${x} ${y}h${run}v1h-${run}z`;
      x += run;
    }
  });
  return path;
}

function print() {
  window.print();
  document.getElementById("slip-printed").hidden = false;
}

function forget() {
  codes.fill("");
  codes = [];
  sheets.remove();
  sheets = null;
  document.body.classList.remove("has-slips");
  stage("keep");
}

// --- only the public list is left --------------------------------------------

const file = () =>
  new Blob([JSON.stringify({ session: say.session, listings })], { type: "application/json" });

async function send() {
  const button = within('[data-do="send"]');
  button.disabled = true;
  tell("slip-refused", "");
  const answer = await post({ listings: file() });
  button.disabled = false;
  if (answer.state !== "done") {
    tell("slip-refused", answer.text ?? (answer.state === "expired" ? say.sayExpired : say.sayOffline));
    return;
  }
  listings = null;
  tell("slip-sent", answer.text);
  stage("sent");
}

function save() {
  const size = listings[uuids[0]].length;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file());
  link.download = `${say.file}-${size}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  saved = true;
  tell("slip-saved", say.saySaved);
}

let saved = false;
const acts = { make, print, forget, send, save };
root.addEventListener("click", (event) => acts[event.target.closest("[data-do]")?.dataset.do]?.());
document.getElementById("slip-count")?.addEventListener("keydown", (event) => {
  if (event.key === "Enter") make();
});
document.getElementById("slip-sure")?.addEventListener("change", (event) => {
  within('[data-do="forget"]').disabled = !event.target.checked;
});
window.addEventListener("beforeunload", (event) => {
  if (codes.length || (listings && !saved)) event.preventDefault();
});
if (uuids.length) stage("ask");
