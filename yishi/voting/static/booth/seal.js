// Sealing a ballot: encrypt every choice and prove, without opening it, that it is allowed.
// The formats are in yishi/ballot/sealing.py; both must give ballots that checking.py accepts.

import {
  Fault, G, IDENTITY, challenge, mod, parsePoint, randomScalar, showPoints, tables,
} from "./group.js";
import { publicKey, secret } from "./credentials.js";
import { fingerprint } from "./hash.js";

let gTable = null; // g is the same for every election: built once per page

/**
 * What is needed of an election before a ballot can be sealed; call it while the person reads.
 * `electionRaw` is the text of the election exactly as hashed. Gives {election, fingerprint, g, y};
 * builds tables for 0.1 s or more in pieces of 10 ms, so that the page stays alive.
 * Throws Fault("BadJson" | "BadPoint" | "BadElection").
 */
export async function prepare(electionRaw) {
  const election = parseElection(electionRaw);
  const y = parsePoint(election.public_key);
  if (y.equals(IDENTITY)) throw new Fault("BadElection"); // with it everybody could open every ballot
  const [yTable] = await tables([y]);
  if (!gTable) [gTable] = await tables([G]);
  return { election, fingerprint: fingerprint(electionRaw), g: gTable, y: yTable };
}

function parseElection(raw) {
  let election;
  try {
    election = JSON.parse(raw);
  } catch {
    throw new Fault("BadJson", "election");
  }
  const { version, group, questions } = election;
  const plain = version === 1 && group === "Ed25519" && questions.every((question) => !question.blank);
  if (!plain) throw new Fault("BadElection");
  return election;
}

/**
 * The ballot of one code. `choices[question][answer]` is 1 for chosen, 0 for not.
 * Gives {raw, tracker, randomness, credential}: the text to send, its fingerprint, and for 验票 the
 * random exponents `randomness[question][answer]` as texts: who has them can open the ballot, so
 * the page shows them only for a ballot that is thrown away. Throws Fault("BadChoice").
 */
export function seal(prepared, code, choices) {
  const { election } = prepared;
  const credential = publicKey(election.uuid, code);
  const start = `${prepared.fingerprint}|${credential}`;
  check(election, choices);

  // All points first, so that their texts cost one inversion; then the hashes over the texts.
  const ink = new Ink(prepared);
  const drafts = election.questions.map((question, i) => draftAnswer(ink, question, choices[i]));
  const w = randomScalar();
  const promise = ink.put(prepared.g.power(w));
  ink.dry();
  const ballot = {
    election_uuid: election.uuid,
    election_hash: prepared.fingerprint,
    credential,
    answers: drafts.map((draft) => finishAnswer(ink, draft, start)),
  };
  const hash = fingerprint(JSON.stringify(ballot));
  const c = challenge(`sig|${hash}|`, [ink.text(promise)]);
  const response = mod(w - secret(election.uuid, code) * c);
  ballot.signature = { hash, proof: { challenge: c.toString(), response: response.toString() } };
  const raw = JSON.stringify(ballot);
  const randomness = drafts.map((draft) => draft.choices.map((choice) => choice.r.toString()));
  return { raw, tracker: fingerprint(raw), randomness, credential };
}

function check({ questions }, choices) {
  if (choices.length !== questions.length) throw new Fault("BadChoice");
  questions.forEach(({ answers, min, max }, i) => {
    const chosen = choices[i].filter((bit) => bit === 1).length;
    const plain = choices[i].length === answers.length && choices[i].every((bit) => bit === 0 || bit === 1);
    if (!plain || chosen < min || chosen > max) throw new Fault("BadChoice", `question ${i + 1}`);
  });
}

/** The points of a ballot by number, and their texts once all are there. */
class Ink {
  constructor({ g, y }) {
    Object.assign(this, { g, y, points: [], texts: [] });
  }

  put(point) {
    return this.points.push(point) - 1;
  }

  dry() {
    this.texts = showPoints(this.points);
  }

  text(number) {
    return this.texts[number];
  }

  /** (g^r, y^r g^value) with value 0 or 1. */
  encrypt(value, r) {
    return { value, r, alpha: this.put(this.g.power(r)), beta: this.put(value ? this.y.power(r).add(G) : this.y.power(r)) };
  }
}

function draftAnswer(ink, question, bits) {
  const choices = bits.map((bit) => ink.encrypt(bit, randomScalar()));
  const individual = choices.map(({ value, r }) => draftProof(ink, value, r, [0, 1]));
  // The product of all choices encrypts their sum under the sum of their exponents.
  const sum = choices.reduce((total, { value, r }) => ({ value: total.value + value, r: mod(total.r + r) }), { value: 0, r: 0n });
  const product = (part) => ink.put(choices.map((choice) => ink.points[choice[part]]).reduce((a, b) => a.add(b), IDENTITY));
  const allowed = Array.from({ length: question.max - question.min + 1 }, (_, i) => question.min + i);
  return {
    choices,
    individual,
    whole: { alpha: product("alpha"), beta: product("beta") },
    overall: draftProof(ink, sum.value, sum.r, allowed),
  };
}

/**
 * The first half of a proof that (g^r, y^r g^value) holds one of the `allowed` values.
 *
 * For each value that it does not hold the challenge c and the exponent t of A = g^t are random,
 * and the rest follows, since we know r: A = g^s alpha^c asks for s = t - r c, and then
 * B = y^s (beta / g^allowed)^c = y^t g^((value - allowed) c). No power but of g and y.
 */
function draftProof(ink, value, r, allowed) {
  return allowed.map((other) => {
    const t = randomScalar();
    const A = ink.put(ink.g.power(t));
    if (other === value) return { A, B: ink.put(ink.y.power(t)), t, r, c: null };
    const c = randomScalar();
    return { A, B: ink.put(ink.y.power(t).add(ink.g.power(BigInt(value - other) * c))), t, r, c };
  });
}

/** The second half: the challenges add up to the hash, which fixes the one of the true value. */
function finishProof(ink, prefix, { alpha, beta }, draft) {
  const points = draft.flatMap(({ A, B }) => [ink.text(A), ink.text(B)]);
  const total = challenge(`${prefix}|${ink.text(alpha)},${ink.text(beta)}|`, points);
  const simulated = draft.reduce((sum, { c }) => sum + (c ?? 0n), 0n);
  return draft.map(({ t, r, c }) => {
    const own = c ?? mod(total - simulated);
    return { challenge: own.toString(), response: mod(t - r * own).toString() };
  });
}

function finishAnswer(ink, { choices, individual, whole, overall }, start) {
  const written = choices.map(({ alpha, beta }) => ({ alpha: ink.text(alpha), beta: ink.text(beta) }));
  const all = `${start}|${written.map(({ alpha, beta }) => `${alpha},${beta}`).join(",")}`;
  return {
    choices: written,
    individual_proofs: choices.map((choice, i) => finishProof(ink, `prove|${start}`, choice, individual[i])),
    overall_proof: finishProof(ink, `prove|${all}`, whole, overall),
  };
}
