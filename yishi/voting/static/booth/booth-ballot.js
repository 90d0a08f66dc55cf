// The ballot as a form, like the one on paper, and what it says back before it is cast.
//
// Titles and answers come from the election itself, which is what the ballot will be sealed for;
// the server's list beside it gives only the details.

import { answer, piece, within, words } from "./booth-page.js";

const EACH = new Set(["approve_each", "grades"]);

/** One vote to fill in: {questions, each, most, titles, details}; throws where the list does not fit. */
export function matter(vote) {
  const election = JSON.parse(vote.election);
  const each = EACH.has(vote.kind);
  if (!each && election.questions.length !== 1) throw new Error("one question was expected");
  const titles = each ? election.questions.map((one) => one.question) : election.questions[0].answers;
  const details = titles.map((title, i) => (vote.options?.[i]?.title === title && vote.options[i].detail) || "");
  return { questions: election.questions, each, most: each ? 1 : election.questions[0].max, titles, details };
}

export class Form {
  /** `chosen`: for each question the numbers of its chosen answers. `changed()`: after every tick. */
  constructor(list, vote, chosen, changed) {
    this.matter = matter(vote);
    this.changed = changed;
    const fits = Array.isArray(chosen) && chosen.length === this.matter.questions.length;
    this.chosen = fits ? chosen.map((one) => [...one]) : this.matter.questions.map(() => []);
    this.rows = this.matter.titles.map((title, i) => (this.matter.each ? this.eachRow(i) : this.tickRow(i)));
    list.replaceChildren(...this.rows);
  }

  // --- rows ---

  dress(row, i) {
    const detail = within(row, "detail");
    within(row, "number").textContent = i + 1;
    within(row, "title").textContent = this.matter.titles[i];
    detail.textContent = this.matter.details[i];
    detail.hidden = !this.matter.details[i];
    return detail;
  }

  tickRow(i) {
    const row = piece("tick-row");
    const input = row.querySelector("input");
    const detail = this.dress(row, i);
    within(row, "title").id = `title-${i}`;
    detail.id = `detail-${i}`;
    within(row, "error").id = `error-${i}`;
    input.setAttribute("aria-labelledby", `title-${i}`);
    input.setAttribute("aria-describedby", `detail-${i} error-${i}`);
    input.checked = this.chosen[0].includes(i);
    input.addEventListener("change", () => this.tick(i, input));
    return row;
  }

  tick(i, input) {
    const others = this.chosen[0].filter((one) => one !== i);
    this.clearErrors();
    if (input.checked && others.length >= this.matter.most) {
      input.checked = false;
      this.complain(i, words("over", { most: this.matter.most }));
      return;
    }
    this.chosen[0] = input.checked ? [...others, i].sort((a, b) => a - b) : others;
    this.changed();
  }

  eachRow(i) {
    const row = piece("each-row");
    const box = row.querySelector("fieldset");
    const answers = within(row, "answers");
    this.dress(row, i).id = `detail-${i}`;
    within(row, "error").id = `error-${i}`;
    box.setAttribute("aria-describedby", `detail-${i} error-${i}`);
    this.matter.questions[i].answers.forEach((text, j) => {
      const label = piece("answer");
      const input = label.querySelector("input");
      input.name = `row-${i}`;
      input.value = j;
      input.checked = this.chosen[i].includes(j);
      input.addEventListener("change", () => {
        this.chosen[i] = [j];
        this.clearErrors();
        this.changed();
      });
      within(label, "answer").textContent = answer(text);
      answers.append(label);
    });
    answers.classList.toggle("four", this.matter.questions[i].answers.length > 3);
    return row;
  }

  // --- what is wrong ---

  complain(i, text) {
    const error = within(this.rows[i], "error");
    error.textContent = text;
    error.hidden = false;
    this.rows[i].classList.add("wrong");
  }

  clearErrors() {
    for (const row of this.rows) {
      row.classList.remove("wrong");
      within(row, "error").hidden = true;
      within(row, "error").textContent = "";
    }
  }

  /** Rows without a choice where each wants one. */
  get missing() {
    return this.matter.each ? this.chosen.flatMap((one, i) => (one.length ? [] : [i])) : [];
  }

  /** Leads to the first row without a choice; true when there is none. */
  complete() {
    this.clearErrors();
    const [first] = this.missing;
    if (first === undefined) return true;
    for (const i of this.missing) this.complain(i, words("row-missing"));
    const input = this.rows[first].querySelector("input");
    input.focus({ preventScroll: true });
    this.rows[first].scrollIntoView({ block: "center" });
    return false;
  }

  get progress() {
    const { each, most } = this.matter;
    if (!each) return words("chosen", { n: this.chosen[0].length, most });
    return this.missing.length ? words("left", { n: this.missing.length }) : words("all-chosen");
  }

  // --- what it says ---

  /** For each question 0 or 1 for each answer: what is sealed. */
  get choices() {
    return this.matter.questions.map((question, i) =>
      question.answers.map((_, j) => (this.chosen[i].includes(j) ? 1 : 0)),
    );
  }

  /** Rows that read the ballot back: what was chosen, or each line with its answer. */
  readBack() {
    const { each, titles, questions } = this.matter;
    const shown = each ? titles.map((_, i) => i) : this.chosen[0];
    return shown.map((i) => {
      const row = piece("back-row");
      within(row, "number").textContent = i + 1;
      within(row, "title").textContent = titles[i];
      const chosen = within(row, "answer");
      chosen.hidden = !each;
      if (each) {
        chosen.textContent = answer(questions[i].answers[this.chosen[i][0]]);
        chosen.dataset.nth = this.chosen[i][0];
      }
      return row;
    });
  }

  /** Nothing was chosen at all. */
  get blank() {
    return !this.matter.each && !this.chosen[0].length;
  }

  /** One sentence above it. */
  get summary() {
    if (this.matter.each) return "";
    const n = this.chosen[0].length;
    const all = this.matter.titles.length;
    return n ? words("summary", { n, rest: all - n }) : words("summary-none");
  }
}
