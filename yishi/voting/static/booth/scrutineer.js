// What the scrutineers' two pages share: screens, words, the server, the field for the backup's code.

import { Fault } from "./group.js";

/** A refusal by the server, in its words. */
export class Refused extends Error {
  constructor({ error, code = "" }) {
    super(error);
    this.code = code;
  }
}

export function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export function say(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

export class Page {
  constructor(root) {
    this.root = root;
    this.words = document.getElementById("words").dataset;
    this.screen = "old";
    this.going = Promise.resolve();
  }

  show(name) {
    if (this.screen === name) return;
    const first = this.screen === "old";
    this.screen = name;
    for (const section of this.root.querySelectorAll("[data-screen]")) section.hidden = section.dataset.screen !== name;
    if (!first) this.root.querySelector(`[data-screen="${name}"] h2`)?.focus();
  }

  /** The answer as an object. Throws Refused; TypeError when nothing answers, as fetch does. */
  async ask(url, options = {}) {
    const headers = { Accept: "application/json", ...options.headers };
    const answer = await fetch(url, { redirect: "manual", ...options, headers });
    if (answer.status >= 500) throw new TypeError("server");
    const gone = answer.type === "opaqueredirect" || [403, 404].includes(answer.status);
    if (gone) throw new Refused({ error: this.words.gone, code: "gone" });
    const value = await answer.json();
    if (!answer.ok) throw new Refused(value);
    return value;
  }

  send(url, body) {
    const token = this.root.querySelector("[name=csrfmiddlewaretoken]").value;
    const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
    return this.ask(url, { method: "POST", headers, body });
  }

  /** Does `turn` after what is under way, whether a tap or the clock asked for it. */
  then(turn, failed) {
    this.going = this.going.then(turn).then(() => this.online(true)).catch((error) => {
      if (error instanceof TypeError) this.online(false);
      else failed(error);
    });
    return this.going;
  }

  online(yes) {
    document.getElementById("offline").hidden = yes;
  }

  /** Buttons with `data-do`; a second tap while the first is under way does nothing. */
  taps(acts) {
    this.root.addEventListener("click", async (event) => {
      const button = event.target.closest("[data-do]");
      if (!button || button.disabled) return;
      button.disabled = true;
      await acts[button.dataset.do]();
      button.disabled = false;
    });
  }

  /** `take(typed)` throws Fault for what is not the code. */
  codeField(take) {
    const field = document.getElementById("restore-code");
    const told = document.getElementById("restore-error");
    document.getElementById("restore-form").addEventListener("submit", (event) => {
      event.preventDefault();
      try {
        take(field.value);
        told.hidden = true;
        field.value = "";
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        told.textContent = error.name === "OtherCode" ? this.words.otherCode : this.words.badCode;
        told.hidden = false;
        field.focus();
      }
    });
    // The backup's QR code is the page's address with the code behind it.
    if (location.hash.length > 20) {
      field.value = decodeURIComponent(location.hash.slice(1));
      history.replaceState(null, "", location.pathname);
    }
  }
}
