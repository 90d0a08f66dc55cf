// What a scrutineer's page makes sure of before it decrypts its share: that the encrypted tally is
// the product of the ballots of this vote, of as many voters as were seen to vote. Without it a
// server could have one ballot decrypted under the name of "the tally".
//
// Checked: every byte of the archive, hashes, chain, order of events; the keys, our own among
// them; the list of slips; each ballot's form, slip, signature and proofs, its points on the curve;
// the last ballot of a slip counts; the product. The proofs too: a ballot made of another one's
// ciphertexts, raised to a power, would have its opening tell that vote. Left to the server and to
// `yishi verify`, which anybody can run: that points are in the subgroup.

import { Fault, breathe, challenge, parseScalar } from "./group.js";
import { base64, fingerprint, sha256Bytes } from "./hash.js";
import { chain, parse, text } from "./archive.js";
import { checkTrustees } from "./keys.js";
import { addPoints, point, readPoint, showPoint, sixteen, twoPowers } from "./points.js";
import { G, proveHere } from "./proving.js";

const IDENTITY = "1".padStart(64, "0");
const READING = 0.1; // of the time; the rest goes to the proofs

/**
 * Checks a record up to its encrypted tally. `bytes`: the archive as a Uint8Array.
 * `expected`, all optional but what the page knows should be there:
 *   minimum      so many counted ballots at least (people seen to cast one)
 *   uuid         the vote's
 *   own          {publicKey, certificate, coefexps} of this device (trustee.js: `own()`)
 *   head         {height, hash} of an event seen before: it must still be there
 * `progress(done, total)` is called a few times a second; `prove`: who checks the proofs (proving.js).
 * Gives {uuid, name, description, fingerprint, questions, slips, ballots, counted, tally, owner,
 * owners, decrypted, head, closing}: `closing` is the hash of the tally's event, the same for all; `tally[question][answer]` = {alpha, beta} as texts; `owner` our number
 * (from 1; 0 without `own`), `decrypted` the owners whose share is already in the record.
 * Throws Fault: what is wrong, and where.
 */
export async function checkRecord(bytes, expected = {}, progress = () => {}, prove = proveHere) {
  const state = { expected, box: new Map(), seen: new Set(), unproved: [], decrypted: [] };
  let missing = Boolean(expected.head);
  let rested = performance.now();
  for (const event of chain(bytes)) {
    take(state, event);
    state.head = { height: event.height, hash: event.hash };
    if (event.type === "EncryptedTally") state.closing = event.hash;
    const known = expected.head && event.height === expected.head.height;
    if (known && event.hash !== expected.head.hash) throw new Fault("BrokenChain", `event ${event.height}`);
    if (known) missing = false;
    if (performance.now() - rested > 40) {
      progress(READING * state.read, bytes.length);
      await breathe();
      rested = performance.now();
    }
  }
  if (!state.tally || missing) throw new Fault("Incomplete");
  const ballots = state.unproved.length;
  await prove(state.election, state.unproved, (n) =>
    progress((READING + (1 - READING) * (n / ballots)) * bytes.length, bytes.length),
  );
  const { election, credentials, tally, counted, owner, owners, decrypted, head } = state;
  const { uuid, name, description, questions } = election;
  const slips = credentials.size;
  return {
    uuid, name, description, questions, fingerprint: state.fingerprint, slips, ballots, counted, tally, owner, owners, decrypted, head,
    closing: state.closing,
  };
}

// EndBallots says nothing more; what a Result says follows from all shares: `yishi verify`.
const TAKE = { Setup: setUp, Ballot: takeBallot, EncryptedTally: takeTally, PartialDecryption: noteShare, Result: () => {} };

function take(state, event) {
  const where = `event ${event.height}`;
  try {
    const payload = event.payload === undefined ? undefined : event.data(event.payload);
    if (payload) state.read = payload.byteOffset + payload.length;
    TAKE[event.type]?.(state, payload, event);
  } catch (fault) {
    // Fields that are not there, or of another kind, show as errors of the language.
    throw fault instanceof Fault ? new Fault(fault.name, fault.where || where, fault.detail) : new Fault("BadFields", where, String(fault));
  }
}

function setUp(state, payload, { data }) {
  const { expected } = state;
  const { election, trustees, credentials } = exactly(text(payload), ["election", "trustees", "credentials"]);
  const raw = data(election);
  state.fingerprint = fingerprint(raw);
  state.election = parse(text(raw));
  if (expected.uuid && state.election.uuid !== expected.uuid) throw new Fault("WrongElection");
  if (state.election.version !== 1 || state.election.group !== "Ed25519") throw new Fault("BadElection");
  const keys = parse(text(data(trustees)));
  const { key, owners } = checkTrustees(keys);
  if (key !== state.election.public_key || key === IDENTITY) throw new Fault("WrongKey");
  state.owners = owners;
  state.owner = expected.own ? findOwn(keys, owners, expected.own) : 0;
  state.credentials = readSlips(parse(text(data(credentials))));
}

// Our own part, letter for letter as this device made it: else a key of ours was replaced.
function findOwn(keys, owners, { publicKey, certificate, coefexps }) {
  for (const [kind, part] of keys) {
    if (kind !== "Pedersen") continue;
    const i = part.verification_keys.findIndex((key) => key.public_key === publicKey);
    const same = (signed, mine) => JSON.stringify(signed) === JSON.stringify(mine);
    if (i >= 0 && same(part.certs[i], certificate) && same(part.coefexps[i], coefexps)) return owners.indexOf(publicKey) + 1;
  }
  throw new Fault("WrongKey", "own");
}

function readSlips(list) {
  // Sorted by the bytes of RFC 8032, that is by the reversed text.
  const order = list.map((credential) => {
    if (!/^[0-9a-f]{64}$/.test(credential)) throw new Fault("BadListing", "", String(credential).slice(0, 80));
    return credential.match(/../g).reverse().join("");
  });
  // The secret of the identity is 0: everybody could vote with it.
  if (list.includes(IDENTITY) || order.some((key, i) => i && order[i - 1] >= key)) throw new Fault("BadListing");
  return new Set(list);
}

function takeBallot(state, payload, event) {
  const { election, credentials, box } = state;
  const raw = text(payload);
  const where = `event ${event.height}`;
  const { election_uuid: uuid, election_hash: hash, credential, answers, signature } = parse(raw, where);
  const unsigned = JSON.stringify({ election_uuid: uuid, election_hash: hash, credential, answers });
  const { challenge: c, response: r } = signature.proof;
  const signed = { hash: base64(sha256Bytes(unsigned)), proof: { challenge: c, response: r } };
  if (`${unsigned.slice(0, -1)},"signature":${JSON.stringify(signed)}}` !== raw) throw new Fault("BadSignature", where);
  if (uuid !== election.uuid || hash !== state.fingerprint) throw new Fault("WrongElection", where);
  // An older ballot sent once more would undo the change of mind after it.
  if (state.seen.has(event.payload)) throw new Fault("RepeatedBallot", where);
  state.seen.add(event.payload);
  if (!credentials.has(credential)) throw new Fault("UnknownCredential", where);
  if (answers.length !== election.questions.length) throw new Fault("BadFields", where);
  const points = answers.map((answer, i) => readAnswer(answer, election.questions[i], where));
  const slip = onCurve(credential, where);
  const A = twoPowers(G, parseScalar(r), sixteen(slip), parseScalar(c));
  if (challenge(`sig|${signed.hash}|`, [showPoint(A)]) !== BigInt(c)) throw new Fault("BadSignature", where);
  // The booth seals no question with a blank bit: its proofs have another form.
  if (election.questions.some((question) => question.blank)) throw new Fault("BadElection", "blank");
  state.unproved.push({ start: `${hash}|${credential}`, answers, where });
  box.set(credential, points);
}

function readAnswer({ choices }, { answers, blank }, where) {
  if (choices.length !== answers.length + (blank ? 1 : 0)) throw new Fault("BadFields", where);
  return choices.map(({ alpha, beta }) => [onCurve(alpha, where), onCurve(beta, where)]);
}

function onCurve(written, where) {
  const found = readPoint(written);
  if (!found) throw new Fault("BadPoint", where, String(written).slice(0, 80));
  return found;
}

function takeTally(state, payload, { data }) {
  const { election, box, expected } = state;
  const counted = box.size;
  const claimed = exactly(text(payload), ["num_tallied", "total_weight", "encrypted_tally"]);
  // A slip weighs one with us, so both numbers are that of the slips with a ballot.
  if (claimed.num_tallied !== counted || claimed.total_weight !== counted) throw new Fault("WrongCount");
  if (counted < (expected.minimum || 0)) throw new Fault("TooFewBallots", "", `${counted} < ${expected.minimum}`);
  const tally = election.questions.map(({ answers, blank }, i) =>
    Array.from({ length: answers.length + (blank ? 1 : 0) }, (_, j) => {
      const [alpha, beta] = [point(), point()];
      for (const points of box.values()) {
        addPoints(alpha, alpha, points[i][j][0]);
        addPoints(beta, beta, points[i][j][1]);
      }
      return { alpha: showPoint(alpha), beta: showPoint(beta) };
    }),
  );
  if (JSON.stringify(tally) !== text(data(claimed.encrypted_tally))) throw new Fault("WrongTally");
  Object.assign(state, { tally, counted, box: new Map() });
}

function noteShare(state, payload, { data }) {
  const { owner, payload: share } = exactly(text(payload), ["owner", "payload"]);
  data(share);
  const known = Number.isInteger(owner) && owner >= 1 && owner <= state.owners.length;
  if (!known || state.decrypted.includes(owner)) throw new Fault("WrongOwner");
  state.decrypted.push(owner);
}

/** The object with exactly these fields in this order. */
function exactly(raw, fields) {
  const value = parse(raw);
  if (Object.keys(value).join() !== fields.join()) throw new Fault("BadFields");
  return value;
}
