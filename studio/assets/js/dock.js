/* The dock: what is at work now, on every tab. */
import {$, arrange, html, make, press, put} from "./dom.js";
import {cancel} from "./acts.js";
import {show} from "./header.js";
import {job, known, listen, queue, unfinished, working} from "./live.js";
import {sing, staff} from "./staff.js";
import {left, name, percent, stage} from "./words.js";

export function dock(element) {
  const box = $(element, ".tb-part");
  box.className = "tb-part tb-dock";
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", "Work in progress");
  put(box, html`<div class="tb-dock-now"></div><button type="button" class="tb-quiet tb-dock-rest" data-do="queue"></button>`);
  listen(() => draw(box));
  press(box, {cancel: button => cancel(button.dataset.id), queue: () => show("queue"), see: button => dispatchEvent(new CustomEvent("tb-open", {detail: button.dataset.id}))});
}

function draw(box) {
  const live = known(each => unfinished(each) && !each.parent), now = live.filter(working);
  const first = now.at(-1) || live.at(-1);
  const rest = Math.max(0, (queue().running || 0) + (queue().queued || 0) - (first ? 1 : 0));
  const last = first ? null : known(each => !each.parent && each.status === "complete" && each.type !== "text")[0];
  arrange($(box, ".tb-dock-now"), [first ? {key: first.id, state: String(working(first)), draw: () => busy(first)} : {key: "idle", state: last?.id || "", draw: () => idle(last)}]);
  if (first) patch(box, job(first.id));
  const others = $(box, ".tb-dock-rest");
  others.hidden = !rest;
  others.textContent = `${rest} more`;
  others.setAttribute("aria-label", `${rest} more waiting or at work; show the queue`);
}

const busy = each => html`<div class="tb-dock-job"><div class="tb-dock-what"><b dir="auto">${name(each)}</b><small data-say="stage"></small></div>
  ${staff(each, 36)}<span class="tb-dock-left"><b data-say="percent"></b> <span data-say="left"></span></span>
  <button type="button" class="tb-button" data-do="cancel" data-id="${each.id}" aria-label="Cancel ${name(each)}">Cancel</button></div>`;

const idle = last => html`<div class="tb-dock-job tb-dock-idle"><p>Nothing is waiting. ${last && html`Last: <button type="button" class="tb-link" data-do="see" data-id="${last.id}" dir="auto">${name(last)}</button>`}</p></div>`;

/** What changes while a job runs: words and notes, never the markup. */
export function patch(box, each) {
  const say = {stage, percent, left};
  for (const place of box.querySelectorAll("[data-say]")) {
    const words = say[place.dataset.say]?.(each) ?? "";
    if (place.textContent !== words) place.textContent = words;
  }
  sing(box, each.progress || 0);
}
