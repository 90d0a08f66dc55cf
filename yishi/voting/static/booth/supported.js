// Can this browser seal a ballot or hold a scrutineer's key? A plain script in the language of
// 2009, so that every browser can at least answer: supported() is true or false.
//
// Asked for: modules and the syntax of ES2020 (nothing tells of it without eval, but all browsers
// that have replaceAll do), BigInt, random numbers. That is Chrome, Edge and WebView 85 (August
// 2020), Firefox 78, Safari and iOS 14 (September 2020), and what is built on them.
(function (root) {
  "use strict";
  root.supported = function () {
    return (
      "noModule" in document.createElement("script") &&
      typeof BigInt === "function" &&
      typeof String.prototype.replaceAll === "function" &&
      typeof TextDecoder === "function" &&
      typeof Promise === "function" &&
      !!root.crypto &&
      typeof root.crypto.getRandomValues === "function"
    );
  };
})(window);
