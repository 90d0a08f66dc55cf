// Judging rows in doubt and looking through mosaics by the keyboard. Both pages work as plain forms too.

for (const item of document.querySelectorAll(".js-only")) item.hidden = false;
const typing = (target) => target.matches("input[type=text], textarea, select");
const doubts = document.getElementById("doubts");
const mosaic = document.getElementById("mosaic");
if (doubts) judge(doubts);
if (mosaic) look(mosaic);

// --- rows in doubt: a key chooses, Enter saves and goes on ---

function judge(form) {
  const rows = [...form.querySelectorAll(".scan-doubt")];
  const left = document.getElementById("left");
  const note = document.getElementById("note");
  const sheet = document.getElementById("sheet");
  const texts = form.dataset;
  const total = Number(left.textContent);
  const again = "again" in form.dataset;
  const saved = new Map(); // row -> what was saved
  const waiting = new Set(); // rows to be sent
  let sending = false;
  let stopped = false;
  let leave = false;
  let at = 0;

  const chosen = (row) => row.querySelector("input[type=radio]:checked");
  const content = (row) => [...row.querySelectorAll("input")].filter((one) => one.type !== "radio" || one.checked).map((one) => one.value).join("\n");

  const before = new Map(rows.map((row) => [row, chosen(row) ? content(row) : ""]));
  const changed = (row) => content(row) !== (saved.get(row) ?? before.get(row));

  // The row itself is focused and none of its answers: nothing is suggested.
  function go(next) {
    at = Math.max(0, Math.min(next, rows.length - 1));
    rows.forEach((row, i) => row.classList.toggle("now", i === at));
    rows[at].scrollIntoView({ block: "center" });
    rows[at].focus({ preventScroll: true });
  }

  function say(row, text, kind = "") {
    const place = row.querySelector(".scan-saved");
    place.textContent = text;
    place.className = `scan-saved ${kind}`;
  }

  function keep(row) {
    if (stopped) return false;
    if (!chosen(row)) {
      say(row, texts.choose, "bad");
      return false;
    }
    if (changed(row)) waiting.add(row);
    send();
    return true;
  }

  async function send() {
    if (sending || stopped) return;
    const row = waiting.values().next().value;
    if (!row) return settled();
    sending = true;
    const sent = content(row);
    const answer = await ask(row);
    sending = false;
    if (answer === null) {
      note.textContent = texts.unsaved;
      setTimeout(send, 2000);
      return;
    }
    note.textContent = "";
    if (answer.status === 200) {
      saved.set(row, sent);
      if (content(row) === sent) waiting.delete(row);
      row.classList.add("saved");
      say(row, `✓ ${texts.saved}`, "ok");
      if (!again) left.textContent = total - saved.size;
    } else if (answer.status === 400) {
      waiting.delete(row);
      leave = false;
      say(row, answer.error, "bad");
      go(rows.indexOf(row));
    } else {
      stopped = true;
      note.textContent = texts.stopped;
      return;
    }
    send();
  }

  // The server's answer; null when there was none and the same must be sent again.
  async function ask(row) {
    const body = new FormData();
    for (const input of row.querySelectorAll("input")) {
      if (input.type !== "radio" || input.checked) body.append(input.name, input.value);
    }
    body.append("key", row.dataset.key);
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    try {
      const response = await fetch(location.href, { method: "POST", body, redirect: "manual", signal: AbortSignal.timeout(8000) });
      if (response.type === "opaqueredirect") return { status: 403 };
      if (response.status >= 500 || response.status === 429) return null;
      const said = response.headers.get("content-type")?.includes("json") ? await response.json() : {};
      return { status: response.status, error: said.error };
    } catch {
      return null;
    }
  }

  function settled() {
    if (!leave) return;
    location.assign(location.pathname);
  }

  function enter() {
    if (!keep(rows[at])) return;
    const open = rows.findIndex((row, i) => i > at && !saved.has(row) && !waiting.has(row));
    if (open >= 0) return go(open);
    const first = rows.findIndex((row) => !saved.has(row) && !waiting.has(row));
    if (first >= 0) return go(first);
    document.getElementById("done").focus();
  }

  function press(key) {
    const input = rows[at].querySelector(`input[data-press="${CSS.escape(key)}"]`);
    if (!input) return false;
    input.checked = true;
    input.focus({ preventScroll: true });
    say(rows[at], "");
    // A ruling wants its reason, a name written in its name; a blank row has none.
    const named = input.value === "-" ? null : rows[at].querySelector("input[name^='name-']");
    const more = [named, rows[at].querySelector("input[name^='why-']")].find((one) => one && !one.value);
    more?.focus({ preventScroll: true });
    return true;
  }

  function open(link) {
    const picture = sheet.querySelector("img");
    picture.src = link.dataset.picture;
    picture.alt = link.querySelector("img").alt;
    sheet.showModal();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || sheet.open) return;
    if (event.target.closest("button, a") && event.key === "Enter") return;
    const acts = {
      Enter: enter,
      "-": () => go(at - 1),
      ArrowUp: () => go(at - 1),
      ArrowDown: () => go(at + 1),
      "*": () => open(rows[at].querySelector(".scan-crop")),
    };
    if (typing(event.target) && event.key !== "Enter") return;
    if (acts[event.key]) acts[event.key]();
    else if (!press(event.key)) return;
    event.preventDefault();
  });
  form.addEventListener("focusin", (event) => {
    const i = rows.indexOf(event.target.closest(".scan-doubt"));
    if (i >= 0 && i !== at) {
      at = i;
      rows.forEach((row, n) => row.classList.toggle("now", n === at));
    }
  });
  // By mouse or finger a choice is saved at once, but where something has to be written to it.
  form.addEventListener("click", (event) => {
    const link = event.target.closest(".scan-crop");
    if (link) {
      event.preventDefault();
      open(link);
    } else if (event.detail && event.target.matches("input[type=radio]")) {
      const row = event.target.closest(".scan-doubt");
      if (!row.querySelector("input[type=text]")) keep(row);
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const ready = rows.filter((row) => chosen(row) && changed(row));
    if (!ready.length && !saved.size) return go(at);
    leave = true;
    ready.forEach((row) => waiting.add(row));
    send();
  });
  window.addEventListener("beforeunload", (event) => {
    if (waiting.size && !stopped) event.preventDefault();
  });
  go(0);
  document.documentElement.dataset.scans = "ready";
}

// --- mosaics: arrows move, the space bar flags ---

function look(form) {
  const boxes = [...form.querySelectorAll("input[name=flag]")];
  const confirm = document.getElementById("confirm");
  const note = document.getElementById("note");
  const shown = (picture) => picture.complete && picture.naturalWidth > 0;

  function tell() {
    const n = boxes.filter((box) => box.checked).length;
    confirm.textContent = n ? form.dataset.some.replace("{n}", n) : form.dataset.all;
  }

  function across() {
    const top = boxes[0].getBoundingClientRect().top;
    const next = boxes.findIndex((box) => box.getBoundingClientRect().top > top + 4);
    return next < 0 ? boxes.length : next;
  }

  function go(i) {
    const target = i >= boxes.length ? confirm : boxes[Math.max(0, i)];
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "nearest" });
  }

  form.addEventListener("change", tell);
  // Nobody has looked at a picture that has not come: it is waited for, or put in doubt.
  form.addEventListener("submit", (event) => {
    const unseen = boxes.find((box) => !box.checked && !shown(box.parentElement.querySelector("img")));
    note.textContent = unseen ? form.dataset.unseen : "";
    if (!unseen) return;
    event.preventDefault();
    go(boxes.indexOf(unseen));
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across(), ArrowUp: -across() };
    if (!(event.key in steps)) {
      // Enter on a piece must not confirm a screen that was not seen to its end.
      if (event.key === "Enter" && boxes.includes(event.target)) event.preventDefault();
      return;
    }
    const at = boxes.indexOf(document.activeElement);
    event.preventDefault();
    if (document.activeElement === confirm) return go(steps[event.key] < 0 ? boxes.length - 1 : boxes.length);
    go(at < 0 ? 0 : at + steps[event.key]);
  });
  tell();
  document.documentElement.dataset.scans = "ready";
}
