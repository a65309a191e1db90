/* The dock: what is at work now, on every tab. */
import {$, arrange, button, html, press, put} from "./dom.js";
import {cancel} from "./acts.js";
import {show} from "./header.js";
import {job, known, listen, queue, unfinished, waiting, working} from "./live.js";
import {sing, staff} from "./staff.js";
import {left, name, percent, stage} from "./words.js";

export function dock(element) {
  const box = $(element, ".tb-part");
  box.className = "tb-part tb-dock";
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", "Work in progress");
  put(box, html`<div class="tb-dock-now"></div><button type="button" class="tb-quiet tb-dock-rest" data-do="queue"></button>`);
  listen(() => draw(box));
  const see = pressed => dispatchEvent(new CustomEvent("tb-open", {detail: pressed.dataset.id}));
  press(box, {cancel: pressed => cancel(pressed.dataset.id), queue: () => show("queue"), see});
}

function draw(box) {
  const live = known(each => unfinished(each) && !each.parent), now = live.filter(working);
  const first = now.at(-1) || waiting()[0];
  const rest = Math.max(0, (queue().running || 0) + (queue().queued || 0) - (first ? 1 : 0));
  const last = first ? null : known(each => !each.parent && each.status === "complete" && each.type !== "text").sort((a, b) => b.completed_at - a.completed_at)[0];
  const shown = first ? {key: first.id, state: String(working(first)), draw: () => busy(first)} : {key: "idle", state: last?.id || "", draw: () => idle(last)};
  arrange($(box, ".tb-dock-now"), [shown]);
  if (first) patch(box, job(first.id));
  document.title = first && working(first) ? `${percent(job(first.id))} · Troubadour` : "Troubadour";
  const others = $(box, ".tb-dock-rest");
  others.hidden = !rest;
  others.textContent = `${rest} more`;
  others.setAttribute("aria-label", `${rest} more waiting or at work; show the queue`);
}

const busy = each => html`<div class="tb-dock-job"><div class="tb-dock-what"><b dir="auto">${name(each)}</b><small data-say="stage"></small></div>
  ${staff(each, 36)}<span class="tb-dock-left"><b data-say="percent"></b> <span data-say="left"></span></span>
  ${button("Cancel", "cancel", {id: each.id, label: `Cancel ${name(each)}`})}</div>`;

const idle = last => html`<div class="tb-dock-job tb-dock-idle"><p><span${last ? html` class="tb-dock-none"` : ""}>Nothing is waiting.</span>${
  last && html`<span>Last:</span> ${button(name(last), "see", {look: "tb-link", id: last.id})}`}</p></div>`;

/** What changes while a job runs: words and notes, never the markup. */
export function patch(box, each) {
  const say = {stage, percent, left};
  for (const place of box.querySelectorAll("[data-say]")) {
    const words = say[place.dataset.say]?.(each) ?? "";
    if (place.textContent !== words) place.textContent = words;
  }
  sing(box, each.progress || 0);
}
