// What is asked while somebody types goes without who they are: only these fields of the form leave the page.
const ASKED = new Set(["what", "where", "place", "csrfmiddlewaretoken"]);

document.addEventListener("htmx:config:request", (event) => {
  const { sourceElement, request } = event.detail.ctx;
  if (!sourceElement.matches("[data-asks-similar]")) return;
  for (const name of [...request.body.keys()]) if (!ASKED.has(name)) request.body.delete(name);
});
