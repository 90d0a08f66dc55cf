// The big screen asks for its picture again and again, and never shows less than it last had.
// Keys: F full screen; arrows and PageUp/PageDown turn the pages of a list that is too long.

const screen = document.getElementById("screen");
const lost = document.getElementById("lost");
const mark = document.getElementById("page-mark");
const every = Number(screen.dataset.every);
let etag = null;
let picture = screen.innerHTML;
let misses = 0;
let pageShown = 0;
let stateShown = screen.querySelector("[data-state]")?.dataset.state;

async function ask() {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), Math.max(5000, every));
  try {
    const headers = { "X-Screen": "1", ...(etag ? { "If-None-Match": etag } : {}) };
    const answer = await fetch(screen.dataset.source, { headers, signal: stop.signal, redirect: "error", cache: "no-store" });
    if (answer.status === 200) {
      show(await answer.text());
      etag = answer.headers.get("ETag");
    } else if (answer.status !== 304) {
      throw new Error(String(answer.status));
    }
    misses = 0;
  } catch {
    misses += 1;
  } finally {
    clearTimeout(timer);
  }
  // One miss is a blink; from the second on, people should know that the figures may be old.
  lost.hidden = misses < 2;
  // After a long cut fifty screens must not come back in one moment.
  const wait = misses > 5 ? every * (2 + Math.random() * 2) : every;
  setTimeout(ask, wait);
}

function show(html) {
  if (html === picture) return;
  const next = document.createElement("template");
  next.innerHTML = html;
  const section = next.content.querySelector(".picture");
  if (!section) throw new Error("no picture");
  picture = html;
  if (section.dataset.state !== stateShown) pageShown = 0;
  stateShown = section.dataset.state;
  screen.replaceChildren(next.content);
  paint();
}

// Rows that fit under one another make a page; the others wait hidden.
function paint() {
  const list = screen.querySelector(".picture-list");
  mark.hidden = true;
  if (!list) return;
  const rows = [...list.querySelectorAll(":scope > li, tbody > tr")];
  rows.forEach((row) => (row.hidden = false));
  const top = list.getBoundingClientRect().top;
  const note = screen.querySelector(".picture-note");
  const room = screen.getBoundingClientRect().bottom - parseFloat(getComputedStyle(screen).paddingBottom)
    - (note ? note.offsetHeight + 8 : 0) - top;
  const head = list.querySelector("thead")?.offsetHeight ?? 0;
  const pages = [[]];
  let used = head;
  for (const row of rows) {
    if (used + row.offsetHeight > room && pages.at(-1).length) {
      pages.push([]);
      used = head;
    }
    used += row.offsetHeight;
    pages.at(-1).push(row);
  }
  if (pages.length < 2) return;
  pageShown = Math.min(Math.max(pageShown, 0), pages.length - 1);
  const shown = new Set(pages[pageShown]);
  rows.forEach((row) => (row.hidden = !shown.has(row)));
  if (list.tagName === "OL") list.start = rows.indexOf(pages[pageShown][0]) + 1;
  mark.textContent = `${pageShown + 1} / ${pages.length}`;
  mark.hidden = false;
}

const TURN = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1 };
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key in TURN) {
    pageShown += TURN[event.key];
    paint();
    event.preventDefault();
  } else if (event.key === "f" || event.key === "F") {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen?.();
  }
});
window.addEventListener("resize", paint);
document.fonts.ready.then(paint);

// Keep the screen awake where the browser can; without it the hall's own settings must do.
const awake = () => navigator.wakeLock?.request("screen").catch(() => {});
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && awake());
awake();
setTimeout(ask, every);
