/* The Queue: now, next and earlier; the lanes beside it. */
import {$, arrange, button, html, picture, press, put} from "./dom.js";
import {act, again, cancel} from "./acts.js";
import {paint} from "./batch.js";
import {patch} from "./dock.js";
import {job, known, listen, queue as lanes, unfinished, waiting, working} from "./live.js";
import {staff} from "./staff.js";
import {clock, day, kind, name, paused, pictures, sign, span, style, thumb} from "./words.js";

const LANES = {gpu: ["Graphics card", "models that need one"], cpu: ["Processor", "sketches, books and films"], io: ["Connections", "models elsewhere"]};
const EARLIER = 40;
let box;

export function queue(element) {
  box = $(element, ".tb-part");
  put(box, frame());
  press(box, {
    cancel: pressed => cancel(pressed.dataset.id), again: pressed => again(pressed.dataset.id),
    up: pressed => move(pressed.dataset.id, 1), top: pressed => move(pressed.dataset.id, Infinity),
    hold: pressed => act(pressed.dataset.on === "true" ? "resume_queue" : "pause_queue", {lane: pressed.dataset.lane}),
    open: pressed => dispatchEvent(new CustomEvent("tb-open", {detail: pressed.dataset.id}))});
  listen(draw);
}

const part = (name, title) => html`<section data-part="${name}"><h2 class="tb-heading">${title}</h2><ol></ol></section>`;

const frame = () => html`<div class="tb-queue"><div class="tb-queue-list"><h1>Queue</h1>
    <p class="tb-queue-empty tb-soft" hidden>Nothing is waiting. What you start shows up here, and goes on if you close the page.</p>
    ${part("now", "Now")}${part("next", "Next")}${part("earlier", "Earlier")}</div>
  <aside class="tb-lanes"><h2 class="tb-heading">Lanes</h2><div class="tb-lane-list"></div>
    <p class="tb-soft">Work goes on when the page is closed, and after a restart it takes up where it was.</p></aside></div>`;

function move(id, by) {
  const list = waiting().filter(each => each.lane === job(id).lane), at = list.findIndex(each => each.id === id);
  const before = list[Math.max(0, at - by)];
  if (before && before.id !== id) act("move_job", {job_id: id, before: before.id});
}

function draw() {
  const now = known(each => working(each) && !each.parent).reverse(), next = waiting();
  const earlier = known(each => !unfinished(each) && !each.parent).sort((a, b) => (b.completed_at || 0) - (a.completed_at || 0)).slice(0, EARLIER);
  fill("now", now, each => `${each.status === "loading"}`);
  fill("next", next, each => [next.indexOf(each) > 0, paused(each)].join());
  fill("earlier", earlier, each => [each.status, pictures(each).length].join());
  $(box, ".tb-queue-empty").hidden = now.length + next.length > 0;
  for (const each of [...now, ...next]) {
    const place = $(box, `[data-job="${CSS.escape(each.id)}"]`);
    if (place) { patch(place, each); paint(place, each); }
  }
  drawLanes();
}

function fill(part, list, state) {
  const section = $(box, `[data-part=${part}]`);
  section.hidden = !list.length;
  arrange($(section, "ol"), list.map(each => ({key: each.id, state: `${part},${state(each)}`, draw: () => row(each, part, list)})));
}

function row(each, part, list) {
  const first = pictures(each)[0], manner = style(each) === "None" ? "" : style(each);
  const about = [kind(each) === name(each) ? "" : kind(each), manner, part === "earlier" ? when(each) : ""].filter(Boolean).join(", ");
  const notes = html`<div class="tb-row-notes">${part === "now" ? staff(each, 24) : ""}<small><span data-say="stage"></span><span data-say="left"></span></small></div>`;
  return html`<li class="tb-row is-${each.status}" data-job="${each.id}"><span class="tb-mark is-${each.status}">${sign(each)}</span>
    <span class="tb-thumb" aria-hidden="true"${part === "now" ? html` data-slot="0"` : ""}>${first ? picture(thumb(first, 128)) : ""}</span>
    <div class="tb-row-words"><b dir="auto">${name(each)}</b><small>${about}</small>
      ${each.status === "error" && each.error ? html`<em dir="auto">${each.error.message}</em>` : ""}</div>
    ${part === "earlier" ? "" : notes}<span class="tb-acts">${buttons(each, part, list)}</span></li>`;
}

function when(each) {
  const took = each.duration_s != null ? `, took ${span(each.duration_s)}` : "";
  return `${day(each) === "Today" ? "" : `${day(each)} `}${clock(each)}${took}`;
}

function buttons(each, part, list) {
  const id = each.id, what = name(each), first = list.indexOf(each) === 0;
  if (part === "now") return button("Cancel", "cancel", {id, label: `Cancel ${what}`});
  if (part === "next") return [
    first ? "" : [button("Move up", "up", {id, label: `Move ${what} up`}), button("To the top", "top", {id, label: `Move ${what} to the top`})],
    button("Cancel", "cancel", {id, label: `Cancel ${what}`})];
  return each.status === "complete" ? button("Open", "open", {id, label: `Open ${what}`}) : button("Try again", "again", {id, label: `Try ${what} again`});
}

function drawLanes() {
  const there = Object.entries(lanes().lanes || {});
  arrange($(box, ".tb-lane-list"), there.map(([lane, is]) => ({key: lane, state: JSON.stringify(is), draw: () => laneRow(lane, is)})));
}

function laneRow(lane, is) {
  const [title, usual] = LANES[lane] || [lane, ""], none = lane === "gpu" && !is.device && !is.queued && !is.running && !is.paused;
  const mark = none ? "cancelled" : is.paused ? "queued" : is.running ? "generating" : "complete";
  const words = is.paused ? "Resume" : "Pause";
  const about = lane !== "gpu" ? usual : is.device || "models that need one";
  return html`<div class="tb-lane"><b>${title}</b><small>${about}</small>
    <p><span class="tb-mark is-${mark}">${none ? "None in this machine" : is.paused ? "Paused" : is.running ? `${is.running} at work` : "Free"}</span>
      <span class="tb-soft">${is.queued ? `${is.queued} waiting` : ""}</span></p>
    ${none ? "" : button(words, "hold", {lane, on: String(is.paused), label: `${words} ${title}`})}</div>`;
}
