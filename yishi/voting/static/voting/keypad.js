// The teller's keypad: every key changes one sheet and is saved at once; what is not saved yet is said.
//
// One message is under way at a time, and the same message is sent again until it is answered, so
// that a lost answer, a restarted server or a slow line neither doubles nor drops a key. A message
// holds the whole sheet and its revision: keys pressed meanwhile go together in the next one.

const form = document.getElementById("keying");
const { url, keys, doubts, sheets, texts, pulled } = JSON.parse(form.dataset.keying);
const lines = [...form.querySelectorAll(".line")];
const token = form.elements.csrfmiddlewaretoken.value;
const names = form.elements.write_ins;
const doubtBox = document.getElementById("doubts");
const verdict = document.getElementById("verdict");
const previous = document.getElementById("previous");
const saved = document.getElementById("saved");
const chosen = document.getElementById("chosen");
const finish = document.getElementById("finish");
const ticks = Object.values(keys).length === 2;
const BLANK = "-";
const RETRY = [500, 1000, 2000, 4000];

let at = Number(form.dataset.number); // the sheet on the page, from 1
let line = 0; // the line the next key is for, from 0; lines.length when the sheet is through
let choosingDoubt = false;
let misses = 0;
let sending = false;
let stopped = false;
let wantsFinish = false;
const waiting = new Set(); // numbers of sheets with something not saved
const history = new Map(); // number -> earlier states, for undo

const sheet = () => sheets[at - 1];
const say = (state, text) => {
  saved.dataset.state = state;
  saved.textContent = text;
};

// --- showing ---

function show() {
  const now = sheet();
  document.getElementById("number").querySelector("b").textContent = at;
  if (pulled.length) document.getElementById("pulled").textContent = pulled[at - 1];
  lines.forEach((item, i) => {
    const mark = now.marks[i];
    for (const input of item.querySelectorAll("input")) {
      input.checked = mark !== undefined && input.value === (mark || BLANK);
    }
    item.classList.toggle("now", i === line);
    if (i === line) item.setAttribute("aria-current", "true");
    else item.removeAttribute("aria-current");
  });
  lines[line]?.scrollIntoView({ block: "nearest" });
  if (names && document.activeElement !== names) names.value = now.write_ins.join("、");
  for (const input of doubtBox.querySelectorAll("input")) input.checked = input.value === now.doubt;
  doubtBox.classList.toggle("now", choosingDoubt);
  const count = now.marks.filter((mark) => mark === "f").length + now.write_ins.length;
  chosen.hidden = !chosen.dataset.most;
  chosen.querySelector("b").textContent = count;
  chosen.classList.toggle("over", count > Number(chosen.dataset.most));
  verdict.textContent = now.warning || "";
  verdict.hidden = !now.warning;
  const done = sheets.filter((one) => one.complete).length;
  document.getElementById("done").textContent = done;
  document.getElementById("progress").value = done;
  finish.querySelector("button").classList.toggle("primary", done === sheets.length);
  for (const item of document.querySelectorAll("#again [data-sheet]")) {
    const ready = sheets[item.dataset.sheet - 1].complete;
    if (ready && !item.querySelector("span")) item.append(Object.assign(document.createElement("span"), { textContent: " ✓" }));
  }
}

function go(number) {
  if (number < 1 || number > sheets.length) return;
  at = number;
  line = Math.min(sheet().marks.length, lines.length);
  choosingDoubt = false;
  show();
}

// --- changing ---

function change(act) {
  const now = sheet();
  const past = history.get(at) ?? [];
  past.push({ marks: [...now.marks], write_ins: [...now.write_ins], doubt: now.doubt, line });
  history.set(at, past);
  act(now);
  now.complete = false;
  touch(now);
}

function touch(now) {
  waiting.add(now.number);
  show();
  send();
}

function mark(value) {
  if (line >= lines.length) return;
  change((now) => {
    // A line passed over by the arrows is blank: nothing else can stand before a later mark.
    while (now.marks.length < line) now.marks.push("");
    now.marks[line] = value === BLANK ? "" : value;
    line += 1;
  });
}

function repeat() {
  if (line === 0 || line >= lines.length) return;
  change((now) => {
    const value = now.marks[line - 1] ?? "";
    while (line < lines.length) now.marks[line++] = value;
  });
}

function undo() {
  const past = history.get(at);
  const now = sheet();
  if (past?.length) {
    const before = past.pop();
    Object.assign(now, { marks: before.marks, write_ins: before.write_ins, doubt: before.doubt });
    line = before.line;
  } else if (now.doubt) now.doubt = "";
  else if (now.write_ins.length) now.write_ins.pop();
  else if (now.marks.length) line = now.marks.splice(-1).length && now.marks.length;
  else return go(at - 1);
  now.complete = false;
  touch(now);
}

function enter() {
  const now = sheet();
  if (now.marks.length < lines.length) {
    line = now.marks.length;
    show();
    return say("note", texts.lines);
  }
  if (!now.complete) {
    now.complete = true;
    waiting.add(now.number);
  }
  const next = sheets.findIndex((one, i) => i >= at && !one.complete);
  const left = next >= 0 ? next : sheets.findIndex((one) => !one.complete);
  if (left < 0) {
    wantsFinish = wantsFinish || saved.dataset.state === "all";
    show();
    return send();
  }
  previous.dataset.sheet = at;
  go(left + 1);
  send();
}

function doubt(key) {
  choosingDoubt = false;
  if (key === "0") change((now) => (now.doubt = ""));
  else if (doubts[key]) change((now) => (now.doubt = doubts[key]));
  else show();
}

function press(key) {
  if (stopped) return;
  if (saved.dataset.state === "note") say("idle", "");
  if (choosingDoubt && /^[0-9/.]$/.test(key)) return doubt(key);
  choosingDoubt = false;
  if (keys[key]) mark(keys[key]);
  else if (key === "+") repeat();
  else if (key === "/") {
    choosingDoubt = true;
    show();
  } else if (key === "*" && names) names.focus();
  else if (UNDO.has(key)) undo();
  else if (key === "-" || key === "PageUp") go(at - 1);
  else if (key === "PageDown") go(at + 1);
  else if (key === "ArrowUp" || key === "ArrowDown") {
    line = Math.max(0, Math.min(sheet().marks.length, line + (key === "ArrowUp" ? -1 : 1), lines.length));
    show();
  } else if (key === "Enter") enter();
}

// The point of the number pad is a comma on some keyboards, and Delete without NumLock.
const UNDO = new Set([".", ",", "Delete", "Backspace"]);
const KNOWN = new Set([..."0123456789+-*/", ...UNDO, "PageUp", "PageDown", "ArrowUp", "ArrowDown", "Enter"]);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (event.target === names) {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    names.blur();
    return;
  }
  const onLink = event.target.closest("a, summary, .buttons button");
  if (!KNOWN.has(event.key) || (event.key === "Enter" && onLink)) return;
  event.preventDefault();
  if (event.repeat && event.key === "Enter") return;
  press(event.key);
});

for (const button of form.querySelectorAll("[data-press]")) {
  button.disabled = false;
  button.type = "button";
  button.tabIndex = -1;
  button.addEventListener("click", () => press(button.dataset.press));
}
for (const item of lines) {
  for (const input of item.querySelectorAll("input")) {
    input.tabIndex = -1;
    input.addEventListener("change", () => {
      line = Math.min(Number(item.dataset.line) - 1, sheet().marks.length);
      mark(input.value);
      input.blur();
    });
  }
}
for (const input of doubtBox.querySelectorAll("input")) {
  input.addEventListener("change", () => change((now) => (now.doubt = input.value)));
}
names?.addEventListener("input", () => {
  const said = names.value.split(/[、，,；;]+/).map((name) => name.trim()).filter(Boolean);
  const now = sheet();
  now.write_ins = said;
  now.complete = false;
  touch(now);
});
for (const item of document.querySelectorAll("#again [data-sheet] a")) {
  item.addEventListener("click", (event) => {
    event.preventDefault();
    go(Number(item.closest("li").dataset.sheet));
  });
}
form.addEventListener("submit", (event) => event.preventDefault());
finish.addEventListener("submit", (event) => {
  if (!waiting.size || stopped) return;
  event.preventDefault();
  wantsFinish = true;
});
window.addEventListener("beforeunload", (event) => {
  if (waiting.size && !stopped) event.preventDefault();
});

// --- saving ---

const content = (one) => JSON.stringify([one.marks, one.write_ins, one.doubt, one.complete]);

async function send() {
  if (sending || stopped) return;
  const number = waiting.values().next().value;
  if (number === undefined) return settled();
  const one = sheets[number - 1];
  const { marks, write_ins, doubt: code, complete } = one;
  one.sent ??= { marks: [...marks], write_ins: [...write_ins], doubt: code, complete, revision: one.revision + 1 };
  sending = true;
  if (!misses) say("saving", texts.saving);
  const answer = await ask(number, one.sent);
  sending = false;
  if (answer === null) {
    say("unsaved", texts.unsaved);
    setTimeout(send, RETRY[Math.min(misses++, RETRY.length - 1)]);
    return;
  }
  misses = 0;
  heard(one, answer);
  send();
}

// The server's answer as {status, body}; null when there was none and the message must go again.
async function ask(number, message) {
  try {
    const response = await fetch(url.replace(/0\/$/, `${number}/`), {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify(message),
      redirect: "manual",
      signal: AbortSignal.timeout(8000),
    });
    if (response.type === "opaqueredirect" || response.status === 403 || response.status === 401) return { status: 403 };
    if (response.status >= 500 || response.status === 429) return null;
    return { status: response.status, body: await response.json() };
  } catch {
    return null;
  }
}

function heard(one, { status, body }) {
  const sent = one.sent;
  one.sent = null;
  if (status === 200) {
    one.revision = body.revision;
    if (content(one) === content(sent)) {
      waiting.delete(one.number);
      one.warning = body.warning;
      tellPrevious(one);
    }
    return show();
  }
  if (status === 409) {
    waiting.delete(one.number);
    history.delete(one.number);
    Object.assign(one, body.sheet);
    go(one.number);
    return say("note", body.error);
  }
  stopped = true;
  say("stopped", status === 403 ? texts.signin : `${body?.error ?? ""}${texts.reload}`);
}

function tellPrevious(one) {
  if (one.number === at) return;
  previous.hidden = !one.warning;
  if (one.warning) previous.textContent = texts.previous.replace("{n}", one.number) + one.warning;
}

function settled() {
  const all = sheets.every((one) => one.complete);
  // A note (lines left out, changed elsewhere) stays until the next key.
  if (saved.dataset.state !== "note") say(all ? "all" : "saved", all ? `${texts.saved} · ${texts.all}` : texts.saved);
  if (wantsFinish && all) finish.requestSubmit();
  wantsFinish = false;
}

for (const one of sheets) one.warning = one.number === at ? verdict.textContent : "";
document.documentElement.dataset.keypad = "ready";
go(at);
