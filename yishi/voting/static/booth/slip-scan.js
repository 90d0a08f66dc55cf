// A slip scanned or typed at the desk: its public keys are derived here, and only they are sent.

import { cleanCode, publicKey } from "./credentials.js";
import { post } from "./slip-post.js";

const LENGTH = 22;
const root = document.getElementById("scan");
const say = root?.dataset ?? {};
const field = document.getElementById("scan-code");
const answer = document.getElementById("scan-answer");
const sure = document.getElementById("scan-sure");
const KINDS = { done: "ok", free: "info" };

let busy = false;
let held = null; // what "sure" exchanges: a public key, no code

/** The clean code in what a scanner typed: the address of a slip, or its 22 characters; or what is wrong. */
function read(typed) {
  const text = typed.normalize("NFKC").trim();
  const [, session, after] = /#([^.#]*)\.(.*)$/.exec(text) ?? [];
  if (session !== undefined && session !== say.session) return { wrong: say.sayOther };
  const bare = (after ?? text).replace(/[\s\u200b\ufeff\-‐-―−－]/g, "");
  if (/[^1-9A-HJ-NP-Za-km-z]/.test(bare)) return { wrong: say.sayLetters };
  if (bare.length !== LENGTH) return { wrong: say.sayLength };
  try {
    return { code: cleanCode(bare) };
  } catch {
    return { wrong: say.sayWrong };
  }
}

function complain(text) {
  const place = document.getElementById("scan-error");
  place.textContent = text;
  place.hidden = !text;
  document.getElementById("scan-field").classList.toggle("wrong", Boolean(text));
  field.setAttribute("aria-invalid", String(Boolean(text)));
  field.focus();
  if (text) field.select(); // the next scan writes over it
}

function show(state, text) {
  answer.className = `notice slip-answer ${KINDS[state] ?? "bad"}`;
  answer.textContent = text;
  answer.hidden = !text;
  if (sure) sure.hidden = state !== "free";
}

const chosen = () => document.querySelector('[name="box"]:checked').value;

const VERBS = {
  strike: (code) => {
    const listings = Object.fromEntries(say.uuids.split(" ").map((uuid) => [uuid, [publicKey(uuid, code)]]));
    return { listings: JSON.stringify(listings) };
  },
  exchange: (code) => {
    held = { box: chosen(), credential: publicKey(chosen(), code) };
    return held;
  },
};

async function enter() {
  if (busy) return;
  show("", "");
  const { code, wrong } = read(field.value);
  complain(wrong ?? "");
  if (code) await ask(VERBS[say.verb](code));
}

async function ask(fields) {
  busy = true;
  const told = await post(fields);
  busy = false;
  if (told.text === undefined) {
    complain(told.state === "expired" ? say.sayExpired : say.sayOffline);
    return;
  }
  show(told.state, told.text);
  for (const name of ["left", "struck"]) {
    const place = document.querySelector(`[data-number="${name}"]`);
    if (place && name in told) place.textContent = told[name];
  }
  field.value = "";
  field.focus(); // never to "sure": the Enter of the next scan would press it
}

field?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  enter();
});
document.getElementById("scan-read")?.addEventListener("click", enter);
sure?.addEventListener("click", () => {
  if (!busy && held) ask({ ...held, sure: "on" });
  held = null;
});
for (const radio of document.querySelectorAll('[name="box"]')) {
  radio.addEventListener("change", () => {
    held = null;
    show("", "");
  });
}
