// A click on the schematic map fills the two numbers; without this script they are typed.

const SPACE = "http://www.w3.org/2000/svg";

function clamp(value) {
  return Math.min(1000, Math.max(0, Math.round(value)));
}

// The rows of a table of towns, or the one pair of the frame itself.
const rows = [...document.querySelectorAll("[data-map-row]")];
let current = rows[0];
for (const row of rows) row.addEventListener("focusin", () => (current = row));

for (const frame of document.querySelectorAll("[data-map-pick]")) {
  const drawing = frame.querySelector("svg");
  if (!drawing) continue;
  frame.classList.add("ready");
  frame.querySelector("[data-map-hint]").hidden = false;
  drawing.addEventListener("click", (event) => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(
      drawing.getScreenCTM().inverse(),
    );
    const target = frame.dataset.x ? frame : current;
    document.getElementById(target.dataset.x).value = clamp(point.x);
    document.getElementById(target.dataset.y).value = clamp(point.y);
    mark(drawing, target, clamp(point.x), clamp(point.y));
    if (target !== frame) current = rows[rows.indexOf(target) + 1] || target;
  });
}

function mark(drawing, target, x, y) {
  const name = `mark-${target.dataset.x}`;
  const cross = document.getElementById(name) || document.createElementNS(SPACE, "path");
  cross.id = name;
  cross.setAttribute("d", `M${x - 24} ${y}H${x + 24}M${x} ${y - 24}V${y + 24}`);
  cross.setAttribute("stroke", "currentColor");
  cross.setAttribute("stroke-width", "8");
  drawing.append(cross);
}
