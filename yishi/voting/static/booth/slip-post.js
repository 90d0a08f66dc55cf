// What the slip desk sends to its own page: public lists and public keys, never a code.

/**
 * {state, text, …} as the server says; state "offline" when nothing came back, "expired" when the
 * person has to sign in again.
 */
export async function post(fields) {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  try {
    const headers = { Accept: "application/json" };
    const answer = await fetch(location.pathname, { method: "POST", body, headers, redirect: "manual" });
    if (answer.type === "opaqueredirect" || answer.status === 403) return { state: "expired" };
    return await answer.json();
  } catch {
    return { state: "offline" };
  }
}
