// The code of a slip, from the address of its QR or typed in, and the meeting it is for.

import { byId, piece, within, words } from "./booth-page.js";
import { cleanCode } from "./credentials.js";

const STRANGE = /[^1-9A-HJ-NP-Za-km-z]/u;
const LENGTH = 22;

/** {session, code, wrong} from `#<session>.<code>`, the code being optional; null for anything else. */
export function parseAddress(hash) {
  const [, session, typed] = /^#([1-9A-HJ-NP-Za-km-z]{14,24})(?:\.(.*))?$/.exec(hash) ?? [];
  if (!session) return null;
  try {
    return { session, code: typed ? cleanCode(decodeURIComponent(typed)) : "", wrong: false };
  } catch {
    return { session, code: "", wrong: true };
  }
}

// Wide letters of a Chinese keyboard become plain ones; blanks and dashes do not matter.
const bare = (text) => text.normalize("NFKC").replace(/[\s\u200b\ufeff\-‐-―−－_·.]/g, "");

/** What is wrong with what was typed so far, in words; "" when nothing is. */
function fault(text) {
  const [strange] = STRANGE.exec(text) ?? [];
  return strange ? words("code-character", { c: strange }) : "";
}

function full(text) {
  if (fault(text)) return fault(text);
  if (text.length < LENGTH) return words("code-short", { n: LENGTH - text.length });
  if (text.length > LENGTH) return words("code-long", { n: text.length - LENGTH });
  try {
    cleanCode(text);
    return "";
  } catch {
    return words("code-wrong");
  }
}

const input = byId("code");
let session = "";
let offered = [];

export const codeForm = {
  begin(done) {
    input.addEventListener("input", () => {
      this.complain(fault(bare(input.value)), false);
      this.count();
    });
    byId("code-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const typed = bare(input.value);
      const chosen = session || byId("session-list").querySelector(":checked")?.value || "";
      const wrong = full(typed);
      if (wrong) this.complain(wrong);
      else if (!chosen) this.complain(words(offered.length ? "code-session" : "code-none"));
      else done(chosen, cleanCode(typed));
    });
  },

  open(known) {
    session = known;
    byId("sessions").hidden = Boolean(session) || offered.length < 2;
    this.count();
  },

  /** The meetings to choose from, while none is known. */
  offer(sessions) {
    if (JSON.stringify(sessions) === JSON.stringify(offered)) return;
    offered = sessions;
    const rows = sessions.map(({ uuid, title }) => {
      const row = piece("session");
      row.querySelector("input").value = uuid;
      row.querySelector("input").checked = sessions.length === 1;
      within(row, "title").textContent = title;
      return row;
    });
    byId("session-list").replaceChildren(...rows);
    byId("sessions").hidden = Boolean(session) || sessions.length < 2;
  },

  count() {
    byId("code-count").textContent = words("code-count", { n: bare(input.value).length });
  },

  complain(text, focus = true) {
    const place = byId("code-error");
    if (place.textContent !== text) place.textContent = text;
    place.hidden = !text;
    byId("code-field").classList.toggle("wrong", Boolean(text));
    input.setAttribute("aria-invalid", String(Boolean(text)));
    if (text && focus) input.focus();
  },

  clear() {
    input.value = "";
    this.complain("");
  },
};
