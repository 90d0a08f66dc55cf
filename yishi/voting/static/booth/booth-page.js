// The page itself: its texts (all in the template, in its language), its pieces, its screens.

const texts = document.getElementById("words");
const answers = new Map(
  [...document.querySelectorAll("#answers dt")].map((term) => [term.textContent, term.nextElementSibling.textContent]),
);
const sections = [...document.querySelectorAll("[data-screen]")];
const name = document.title;

export const root = document.documentElement;
export const byId = (id) => document.getElementById(id);
export const piece = (id) => byId(id).content.firstElementChild.cloneNode(true);
export const within = (row, part) => row.querySelector(`[data-is="${part}"]`);

/** One of the page's texts, with {name} replaced; "" when there is none. */
export function words(key, values = {}) {
  const text = texts.getAttribute(`data-${key}`) ?? "";
  return text.replace(/\{(\w+)\}/g, (whole, one) => (one in values ? String(values[one]) : whole));
}

/** An answer of the ballot in the language of the page; what the page does not know stays as it is. */
export const answer = (text) => answers.get(text) ?? text;
export const knows = (text) => answers.has(text);

/** Said to who listens and does not see; the same sentence twice is said twice. */
export function say(text) {
  const place = byId("say");
  place.textContent = "";
  setTimeout(() => (place.textContent = text), 50);
}

/** Show one screen and lead there who reads with a voice or keys. */
export function show(screen) {
  const section = sections.find((one) => one.dataset.screen === screen);
  const fresh = section.hidden || root.dataset.booth !== "started";
  for (const one of sections) one.hidden = one !== section;
  root.dataset.booth = "started";
  if (!fresh) return;
  const heading = section.querySelector("h1");
  document.title = `${heading.textContent} · ${name}`;
  window.scrollTo(0, 0);
  heading.focus({ preventScroll: true });
}

/** The receipt number as people compare it. */
export const short = (tracker) => (tracker ?? "").slice(0, 8);

export function offline(lost) {
  byId("offline").hidden = !lost;
}
