// The ballot as a form, like the one on paper, and what it says back before it is cast.
//
// Titles and answers come from the election itself, which is what the ballot will be sealed for;
// the server's list beside it gives only the details.

import { answer, knows, piece, within, words } from "./booth-page.js";

/**
 * One vote to fill in: {questions, each, titles, answers, limits, least, details}.
 *
 * Ticks: one question, its answers are the lines. One answer for each line: a question for each
 * line, or, where a rule limits an answer (at most 10 赞成), a question for each answer, whose
 * `limits` then count. Throws where the election is none of these.
 */
export function matter(vote) {
  const { questions } = JSON.parse(vote.election);
  const each = vote.kind !== "choose_up_to";
  const columns = each && questions.every(({ question }) => knows(question));
  const [{ answers: first, min, max }] = questions;
  const alike = questions.every(({ answers }) => answers.join("\n") === first.join("\n"));
  if (each ? !alike : questions.length !== 1) throw new Error("not a ballot that this page knows");
  const titles = each && !columns ? questions.map(({ question }) => question) : first;
  const answers = columns ? questions.map(({ question }) => question) : first;
  const limits = columns ? questions.map((question) => question.max) : each ? answers.map(() => titles.length) : [max];
  const details = titles.map((title, i) => (vote.options?.[i]?.title === title && vote.options[i].detail) || "");
  return { questions, each, columns, titles, answers, limits, least: each ? 0 : min, details };
}

export class Form {
  /**
   * `chosen`: ticks: the numbers of the chosen lines; else for each line the number of its answer
   * or null. `changed()`: after every tick.
   */
  constructor(list, vote, chosen, changed) {
    this.matter = matter(vote);
    this.changed = changed;
    const { each, titles } = this.matter;
    const fits = Array.isArray(chosen) && (!each || chosen.length === titles.length);
    this.chosen = fits ? chosen : each ? titles.map(() => null) : [];
    this.rows = titles.map((title, i) => (each ? this.eachRow(i) : this.tickRow(i)));
    list.replaceChildren(...this.rows);
  }

  // --- rows ---

  dress(row, i) {
    const detail = within(row, "detail");
    within(row, "number").textContent = i + 1;
    within(row, "title").textContent = this.matter.titles[i];
    within(row, "error").id = `error-${i}`;
    detail.id = `detail-${i}`;
    detail.textContent = this.matter.details[i];
    detail.hidden = !this.matter.details[i];
    return `detail-${i} error-${i}`;
  }

  tickRow(i) {
    const row = piece("tick-row");
    const input = row.querySelector("input");
    input.setAttribute("aria-describedby", this.dress(row, i));
    within(row, "title").id = `title-${i}`;
    input.setAttribute("aria-labelledby", `title-${i}`);
    input.checked = this.chosen.includes(i);
    input.addEventListener("change", () => this.tick(i, input));
    return row;
  }

  tick(i, input) {
    const [most] = this.matter.limits;
    const others = this.chosen.filter((one) => one !== i);
    this.clearErrors();
    if (input.checked && others.length >= most) {
      input.checked = false;
      this.complain(i, words("over", { most }));
      return;
    }
    this.chosen = input.checked ? [...others, i].sort((a, b) => a - b) : others;
    this.changed();
  }

  eachRow(i) {
    const row = piece("each-row");
    const answers = within(row, "answers");
    row.querySelector("fieldset").setAttribute("aria-describedby", this.dress(row, i));
    this.matter.answers.forEach((text, j) => {
      const label = piece("answer");
      const input = label.querySelector("input");
      input.name = `row-${i}`;
      input.value = j;
      input.checked = this.chosen[i] === j;
      input.addEventListener("change", () => this.mark(i, j));
      within(label, "answer").textContent = answer(text);
      answers.append(label);
    });
    answers.classList.toggle("four", this.matter.answers.length > 3);
    return row;
  }

  mark(i, j) {
    const others = this.count(j) - (this.chosen[i] === j ? 1 : 0);
    const most = this.matter.limits[j];
    this.clearErrors();
    if (others >= most) {
      this.rows[i].querySelectorAll("input").forEach((input, k) => (input.checked = k === this.chosen[i]));
      this.complain(i, words("over-each", { answer: answer(this.matter.answers[j]), most }));
      return;
    }
    this.chosen[i] = j;
    this.changed();
  }

  count(j) {
    return this.chosen.filter((one) => one === j).length;
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

  /** Lines that want an answer and have none. */
  get missing() {
    return this.matter.each ? this.chosen.flatMap((one, i) => (one === null ? [i] : [])) : [];
  }

  get fit() {
    return this.matter.each ? !this.missing.length : this.chosen.length >= this.matter.least;
  }

  /** Leads to the first line without an answer; true when all is there. */
  complete() {
    this.clearErrors();
    if (this.fit) return true;
    const first = this.missing[0] ?? 0;
    for (const i of this.missing) this.complain(i, words("row-missing"));
    if (!this.matter.each) this.complain(0, words("least", { n: this.matter.least }));
    this.rows[first].querySelector("input").focus({ preventScroll: true });
    this.rows[first].scrollIntoView({ block: "center" });
    return false;
  }

  /** How to fill it in, in one sentence. */
  get how() {
    const { each, limits, least, titles, answers } = this.matter;
    const limited = limits.findIndex((most) => most < titles.length);
    if (!each) return words(least ? "how-least" : "how-most", { most: limits[0], least });
    if (limited < 0) return words("how-each");
    return words("how-limit", { answer: answer(answers[limited]), most: limits[limited] });
  }

  get progress() {
    const { each, limits, titles, answers } = this.matter;
    if (!each) return words("chosen", { n: this.chosen.length, most: limits[0] });
    const left = this.missing.length ? words("left", { n: this.missing.length }) : words("all-chosen");
    const limited = limits.findIndex((most) => most < titles.length);
    if (limited < 0) return left;
    const used = { answer: answer(answers[limited]), n: this.count(limited), most: limits[limited] };
    return `${left} · ${words("used-up", used)}`;
  }

  // --- what it says ---

  /** For each question 0 or 1 for each of its answers: what is sealed. */
  get choices() {
    const { questions, each, columns } = this.matter;
    const holds = (question, one) => {
      if (!each) return this.chosen.includes(one);
      return columns ? this.chosen[one] === question : this.chosen[question] === one;
    };
    return questions.map(({ answers }, i) => answers.map((_, j) => (holds(i, j) ? 1 : 0)));
  }

  /** Rows that read the ballot back: what was chosen, or each line with its answer. */
  readBack() {
    const { each, titles, answers } = this.matter;
    const shown = each ? titles.map((_, i) => i) : this.chosen;
    return shown.map((i) => {
      const row = piece("back-row");
      within(row, "number").textContent = i + 1;
      within(row, "title").textContent = titles[i];
      within(row, "answer").hidden = !each;
      within(row, "answer").textContent = each ? answer(answers[this.chosen[i]]) : "";
      return row;
    });
  }

  /** Nothing was chosen at all. */
  get blank() {
    return !this.matter.each && !this.chosen.length;
  }

  /** One sentence above what is read back. */
  get summary() {
    if (this.blank) return words("summary-none");
    const n = this.chosen.length;
    return this.matter.each ? "" : words("summary", { n, rest: this.matter.titles.length - n });
  }
}
