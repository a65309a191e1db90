/* Two pictures over each other, with a line between them that a pointer or the arrow keys move. */
import {$, html, make} from "./dom.js";

export function compare(one, two) {
  const box = make(html`<div class="tb-compare" style="--at:50%;--ratio:${one.width / one.height}">
    <img src="${two.url}" alt="Second picture" draggable="false"><img class="tb-compare-top" src="${one.url}" alt="First picture" draggable="false">
    <span class="tb-compare-line" aria-hidden="true"></span>
    <b class="tb-compare-one" aria-hidden="true">1</b><b class="tb-compare-two" aria-hidden="true">2</b>
    <input type="range" min="0" max="100" step="1" value="50" aria-label="How much of the first picture is shown"></div>`);
  const range = $(box, "input");
  range.addEventListener("input", () => box.style.setProperty("--at", `${range.value}%`));
  return box;
}
