// The four questions the booth asks the server. No cookie, no referrer, nothing kept in a cache;
// no answer within the time is the same as no network.

const PATIENCE = 10_000;

/** No usable answer: the line, or a server that cannot answer now. Ask again. */
export class NoAnswer extends Error {}

async function ask(address, options = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  let answer;
  try {
    answer = await fetch(address, {
      credentials: "omit",
      referrerPolicy: "no-referrer",
      cache: "no-store",
      redirect: "error",
      signal: stop.signal,
      ...options,
    });
    if (answer.status >= 500 || answer.status === 429) throw new NoAnswer(String(answer.status));
    const body = answer.status === 304 ? null : await answer.json().catch(() => null);
    // A gate of the hotel's network answers 200 with a page of its own.
    if (answer.ok && body === null) throw new NoAnswer("not ours");
    return { status: answer.status, body, etag: answer.headers.get("ETag") };
  } catch (error) {
    throw error instanceof NoAnswer ? error : new NoAnswer(String(error));
  } finally {
    clearTimeout(timer);
  }
}

const post = (address, body) =>
  ask(address, { method: "POST", headers: { "Content-Type": "application/json" }, body });

/** The meetings with votes now: [{uuid, title}]. */
export async function sessions() {
  const { body } = await ask("/booth/sessions.json");
  return body?.sessions ?? [];
}

const last = { session: "", etag: null, body: null };

/** The votes of a meeting; null when there is no such meeting. The same object while nothing changed. */
export async function votes(session) {
  const known = last.session === session && last.etag;
  const headers = known ? { "If-None-Match": last.etag } : {};
  const { status, body, etag } = await ask(`/booth/${encodeURIComponent(session)}/votes.json`, { headers });
  if (status === 304) return last.body;
  if (status !== 200) return null;
  Object.assign(last, { session, etag, body });
  return body;
}

/** {state: "in" | ..., tracker?, mine?, text?}: where the ballot of this slip is. */
export async function status(uuid, credential) {
  const { body } = await post(`/booth/${encodeURIComponent(uuid)}/status`, JSON.stringify({ credential }));
  return body ?? { state: "bad" };
}

/** The same shape: "in" once it lies in the box; sending the same ballot again does no harm. */
export async function cast(uuid, raw) {
  const { body } = await post(`/booth/${encodeURIComponent(uuid)}/cast`, raw);
  return body ?? { state: "bad" };
}
