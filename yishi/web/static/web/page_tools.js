// A window that a script opened can be closed by one; any other only leads back to the front page.
if (window.opener) {
  for (const link of document.querySelectorAll("[data-else-close]")) link.hidden = true;
  for (const button of document.querySelectorAll("[data-close]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.close());
  }
}
