/* The wall of a tab: the newest work large, earlier ones below, and a lesson while there is none. How its works look is
   the tab's own: {type, lesson, examples, lead, line, state}. */
import {$, arrange, arrows, button, html, press, put} from "./dom.js";
import {again, cancel, favour, filler, remove, reuse, vary} from "./acts.js";
import {paint} from "./batch.js";
import {patch} from "./dock.js";
import {copy} from "./hearing.js";
import {isReady, job, known, learn, listen, read, unfinished, working} from "./live.js";
import {pictures} from "./words.js";
import {view} from "./view.js";

/** Whether a job stands on the wall of its type. */
export const mine = (each, type) => wallOf(each) === type && !each.parent && each.status !== "cancelled";

/** The wall of a job: that of its type, or of its own desk. */
const wallOf = each => each.kind === "transcribe" ? "hearing" : each.type;

export function wall(element, {trigger, props, watch}, look) {
  const box = $(element, ".tb-part"), own = each => mine(each, look.type);
  put(box, html`<div class="tb-lead"></div>
    <section class="tb-earlier" hidden><h2 class="tb-heading">Earlier</h2><ol></ol></section><div class="tb-more"></div>`);
  filler(look.type, values => trigger("fill", values));
  listen(ids => draw(box, ids, look, own));
  watch("value", () => follow(box, props.value));
  press(box, deeds(box, look, own));
  arrows(box, ".tb-open, .tb-tile");
  older(box, look.type, own);
}

function deeds(box, look, own) {
  const far = pressed => Number($(pressed.closest(".tb-batch") || box, ".tb-range")?.value || .35);
  const id = pressed => pressed.dataset.id, n = pressed => Number(pressed.dataset.n);
  return {
    cancel: pressed => cancel(id(pressed)),
    again: pressed => again(id(pressed)),
    vary: pressed => vary(id(pressed), n(pressed), far(pressed)),
    reuse: pressed => reuse(job(id(pressed)).request, null, look.type),
    reseed: pressed => { const each = job(id(pressed)); reuse(each.request, each.provenance?.seeds?.[0] ?? each.request.seed, look.type); },
    copy: pressed => copy(job(id(pressed)).result.text),
    favour: pressed => favour(id(pressed), pressed.getAttribute("aria-pressed") !== "true"),
    remove: pressed => remove([id(pressed)]),
    open: pressed => view(entries(id(pressed), own), n(pressed), pressed),
    example: pressed => start(look, pressed)};
}

/** Put an example on the desk. */
const start = (look, pressed) => reuse(look.examples[pressed.dataset.n].values, null, look.type);

/** On small screens the lesson lies below the desk, so its examples also stand under the first field until something is made. */
export function starters(element, look, chip) {
  const box = $(element, ".tb-part");
  box.classList.add("tb-starters");
  put(box, look.examples.map((each, i) => button(chip(each, i), "example", {look: "", n: i})));
  press(box, {example: pressed => start(look, pressed)});
  listen(() => { box.hidden = known(each => mine(each, look.type)).length > 0; });
}

/** All pictures of the wall from a work on, so that arrows in the large view go through them. */
function entries(id, own) {
  const list = known(each => own(each) && pictures(each).length).map(each => each.id);
  const order = [id, ...list.filter(each => each !== id)];
  return order.flatMap(each => pictures(job(each)).map(output => ({job: each, output})));
}

/** The newest work; while it only waits, the newest that is being made. */
function leading(jobs) {
  return (jobs[0]?.status === "queued" && jobs.find(working)) || jobs[0];
}

function draw(box, ids, look, own) {
  if (!isReady()) return;
  const jobs = known(own), lead = leading(jobs);
  const first = lead ? {key: lead.id, state: look.state(lead), draw: () => look.lead(lead)} : {key: "empty", state: "", draw: () => look.lesson(look)};
  arrange($(box, ".tb-lead"), [first]);
  const rest = jobs.filter(each => each !== lead), earlier = $(box, ".tb-earlier");
  earlier.hidden = !rest.length;
  put($(earlier, "h2"), rest.some(unfinished) ? "Waiting and earlier" : "Earlier");
  arrange($(earlier, "ol"), rest.map(each => ({key: each.id, state: look.state(each) + each.status, draw: () => look.line(each)})));
  for (const each of jobs) {
    if (!unfinished(each) || !(ids.has(each.id) || each === lead)) continue;
    const place = box.querySelector(`[data-job="${CSS.escape(each.id)}"]`);
    if (place) { patch(place, each); paint(place, each); }
  }
}

/** A job was just sent: bring it into sight on small screens. */
function follow(box, id) {
  if (!id) return;
  if (innerWidth < 900) setTimeout(() => box.scrollIntoView({behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth", block: "start"}), 150);
}

/** More of the past when the end comes into sight. */
function older(box, type, own) {
  let cursor = "", busy = false;
  const load = async () => {
    if (busy || cursor === null || !known(own).length) return;
    busy = true;
    try {
      const page = await read("jobs", {type: type === "hearing" ? "text" : type, limit: 20, cursor});
      cursor = page.next;
      learn(page.jobs.filter(each => !job(each.id)));
    } catch { cursor = null; }
    busy = false;
  };
  new IntersectionObserver(seen => { if (seen[0].isIntersecting) load(); }, {rootMargin: "600px"}).observe($(box, ".tb-more"));
}
