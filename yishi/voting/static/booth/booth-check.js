// Before anything else, in words every browser knows: can this one vote? If so the booth is started;
// if not, the page keeps what it says as it comes: take the slip to the desk for a paper ballot.
(function () {
  "use strict";
  var root = document.documentElement;
  var script = document.currentScript;

  function able() {
    try {
      window.sessionStorage.getItem("booth");
    } catch (refused) {
      return false;
    }
    return (
      "noModule" in document.createElement("script") &&
      typeof BigInt === "function" &&
      typeof Promise === "function" &&
      typeof fetch === "function" &&
      typeof AbortController === "function" &&
      typeof TextEncoder === "function" &&
      typeof Blob === "function" &&
      "content" in document.createElement("template") &&
      "replaceChildren" in Element.prototype &&
      !!window.crypto &&
      typeof window.crypto.getRandomValues === "function"
    );
  }

  function giveUp() {
    if (root.getAttribute("data-booth") === "opening") root.setAttribute("data-booth", "slow");
  }

  if (!script || !able()) return;
  root.setAttribute("data-booth", "opening");
  // A module that this browser cannot read, or that does not come, must not leave an empty page.
  window.addEventListener("error", giveUp, true);
  window.setTimeout(giveUp, 20000);
  var module = document.createElement("script");
  module.type = "module";
  module.src = script.getAttribute("data-module");
  document.head.appendChild(module);
})();
