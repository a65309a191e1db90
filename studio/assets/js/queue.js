/* The Queue: now, next and earlier; the lanes beside it. */
import {$, arrange, html, press, put} from "./dom.js";
import {act, again, cancel} from "./acts.js";
import {patch} from "./dock.js";
import {job, known, listen, queue as lanes, unfinished, working} from "./live.js";
import {staff} from "./staff.js";
import {clock, day, kind, name, paused, pictures, sign, span, style, thumb} from "./words.js";

const LANES = {gpu: ["Graphics card", "models that need one"], cpu: ["Processor", "sketches, books and films"], io: ["Connections", "models elsewhere"]};
const EARLIER = 40;
let box;

export function queue(element) {
  box = $(element, ".tb-part");
  put(box, html`<div class="tb-queue"><div class="tb-queue-list"><h1>Queue</h1><p class="tb-queue-empty tb-soft" hidden>Nothing is waiting. What you start shows up here, and goes on if you close the page.</p>
    <section data-part="now"><h2 class="tb-heading">Now</h2><ol></ol></section><section data-part="next"><h2 class="tb-heading">Next</h2><ol></ol></section><section data-part="earlier"><h2 class="tb-heading">Earlier</h2><ol></ol></section></div>
    <aside class="tb-lanes"><h2 class="tb-heading">Lanes</h2><div class="tb-lane-list"></div><p class="tb-soft">Work goes on when the page is closed, and after a restart it takes up where it was.</p></aside></div>`);
  press(box, {cancel: button => cancel(button.dataset.id), again: button => again(button.dataset.id), up: button => move(button.dataset.id, 1), top: button => move(button.dataset.id, Infinity),
    hold: button => act(button.dataset.on === "true" ? "resume_queue" : "pause_queue", {lane: button.dataset.lane}),
    open: button => { const each = job(button.dataset.id); dispatchEvent(new CustomEvent("tb-open", {detail: each.id})); }});
  listen(draw);
}

/** The waiting jobs in the order they will run. */
function waiting() {
  const order = lanes().jobs || [], place = new Map(order.map((id, i) => [id, i]));
  return known(each => each.status === "queued" && !each.parent).sort((a, b) => (place.get(a.id) ?? 1e9) - (place.get(b.id) ?? 1e9) || a.created_at - b.created_at);
}

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
    if (place) patch(place, each);
  }
  drawLanes();
}

function fill(part, list, state) {
  const section = $(box, `[data-part=${part}]`);
  section.hidden = !list.length;
  arrange($(section, "ol"), list.map(each => ({key: each.id, state: `${part},${state(each)}`, draw: () => row(each, part, list)})));
}

function row(each, part, list) {
  const picture = pictures(each)[0], about = [kind(each), style(each) === "None" ? "" : style(each), part === "earlier" ? when(each) : ""].filter(Boolean).join(", ");
  return html`<li class="tb-row is-${each.status}" data-job="${each.id}"><span class="tb-mark is-${each.status}">${sign(each)}</span>
    <span class="tb-thumb" aria-hidden="true">${picture ? html`<img src="${thumb(picture, 128)}" alt="" loading="lazy" decoding="async">` : ""}</span>
    <div class="tb-row-words"><b dir="auto">${name(each)}</b><small>${about}</small>${each.error && each.status === "error" ? html`<em dir="auto">${each.error.message}</em>` : ""}</div>
    ${part === "earlier" ? "" : html`<div class="tb-row-notes">${staff(each, 24)}<small><span data-say="stage"></span><span data-say="left"></span></small></div>`}
    <span class="tb-acts">${buttons(each, part, list)}</span></li>`;
}

function when(each) {
  const took = each.duration_s != null ? `, took ${span(each.duration_s)}` : "";
  return `${day(each) === "Today" ? "" : `${day(each)} `}${clock(each)}${took}`;
}

function buttons(each, part, list) {
  const id = each.id, what = name(each);
  if (part === "now") return html`<button type="button" class="tb-button" data-do="cancel" data-id="${id}" aria-label="Cancel ${what}">Cancel</button>`;
  if (part === "next") return html`${list.indexOf(each) > 0 ? html`<button type="button" class="tb-button" data-do="up" data-id="${id}" aria-label="Move ${what} up">Move up</button><button type="button" class="tb-button" data-do="top" data-id="${id}" aria-label="Move ${what} to the top">To the top</button>` : ""}
    <button type="button" class="tb-button" data-do="cancel" data-id="${id}" aria-label="Remove ${what}">Remove</button>`;
  return each.status === "complete" ? html`<button type="button" class="tb-button" data-do="open" data-id="${id}" aria-label="Open ${what}">Open</button>`
    : html`<button type="button" class="tb-button" data-do="again" data-id="${id}" aria-label="Try ${what} again">Try again</button>`;
}

function drawLanes() {
  const all = Object.entries(lanes().lanes || {});
  arrange($(box, ".tb-lane-list"), all.map(([lane, is]) => ({key: lane, state: JSON.stringify(is), draw: () => laneRow(lane, is)})));
}

const laneRow = (lane, is) => html`<div class="tb-lane ${is.paused ? "is-paused" : ""}"><b>${LANES[lane]?.[0] || lane}</b><small>${LANES[lane]?.[1] || ""}</small>
  <p><span class="tb-mark ${is.paused ? "is-queued" : is.running ? "is-generating" : "is-complete"}">${is.paused ? "Paused" : is.running ? `${is.running} at work` : "Free"}</span><span class="tb-soft">${is.queued ? `${is.queued} waiting` : ""}</span></p>
  <button type="button" class="tb-button" data-do="hold" data-lane="${lane}" data-on="${String(is.paused)}" aria-label="${is.paused ? "Resume" : "Pause"} ${LANES[lane]?.[0] || lane}">${is.paused ? "Resume" : "Pause"}</button></div>`;

