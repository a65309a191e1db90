/* The wall of the Image tab: the newest batch large, earlier ones below, and a lesson while there is none. */
import {$, arrange, arrows, button, html, picture, press, put} from "./dom.js";
import {again, cancel, favour, filler, remove, reuse, vary} from "./acts.js";
import {batch, line, paint, state} from "./batch.js";
import {patch} from "./dock.js";
import {isReady, job, known, learn, listen, read, unfinished} from "./live.js";
import {pictures} from "./words.js";
import {view} from "./view.js";

const EXAMPLES = [
  {picture: "lighthouse", name: "A lighthouse", style: "cinematic", prompt: "a lighthouse on a cliff at sunset, calm sea"},
  {picture: "fox", name: "A fox", style: "anime", prompt: "a fox sitting in a snowy forest under a full moon"},
  {picture: "rooftop", name: "A rooftop", style: "digital_art", prompt: "a girl in a red scarf and a black cat on a rooftop, city at night"}];

const mine = each => each.type === "image" && !each.parent && each.status !== "cancelled";

export function image(element, {trigger, props, watch}) {
  const box = $(element, ".tb-part");
  put(box, html`<div class="tb-lead"></div>
    <section class="tb-earlier" hidden><h2 class="tb-heading">Earlier</h2><ol></ol></section><div class="tb-more"></div>`);
  filler(values => trigger("fill", values), null);
  listen(ids => draw(box, ids));
  watch("value", () => follow(box, props.value));
  press(box, deeds(box));
  arrows(box, ".tb-open, .tb-tile");
  older(box);
}

function deeds(box) {
  const far = pressed => Number($(pressed.closest(".tb-batch") || box, ".tb-range")?.value || .35);
  const id = pressed => pressed.dataset.id, n = pressed => Number(pressed.dataset.n);
  return {
    cancel: pressed => cancel(id(pressed)),
    again: pressed => again(id(pressed)),
    vary: pressed => vary(id(pressed), n(pressed), far(pressed)),
    reuse: pressed => reuse(job(id(pressed)).request),
    reseed: pressed => { const each = job(id(pressed)); reuse(each.request, each.provenance?.seeds?.[0] ?? each.request.seed); },
    favour: pressed => favour(id(pressed), pressed.getAttribute("aria-pressed") !== "true"),
    remove: pressed => remove([id(pressed)]),
    open: pressed => view(entries(id(pressed)), n(pressed), pressed),
    example: start};
}

/** All pictures of the wall from a batch on, so that arrows in the large view go through them. */
function entries(id) {
  const list = known(each => mine(each) && pictures(each).length).map(each => each.id);
  const order = [id, ...list.filter(each => each !== id)];
  return order.flatMap(each => pictures(job(each)).map(output => ({job: each, output})));
}

function draw(box, ids) {
  if (!isReady()) return;
  const jobs = known(mine), lead = jobs[0];
  const first = lead ? {key: lead.id, state: state(lead), draw: () => batch(lead)} : {key: "empty", state: "", draw: lesson};
  arrange($(box, ".tb-lead"), [first]);
  const rest = jobs.slice(1), earlier = $(box, ".tb-earlier");
  earlier.hidden = !rest.length;
  arrange($(earlier, "ol"), rest.map(each => ({key: each.id, state: state(each) + each.status, draw: () => line(each)})));
  for (const each of jobs) {
    if (!unfinished(each) || !(ids.has(each.id) || each === lead)) continue;
    const place = box.querySelector(`[data-job="${CSS.escape(each.id)}"]`);
    if (place) { patch(place, each); paint(place, each); }
  }
}

const LESSON = [["a fox", "who is there"], ["in a snowy forest", "where they are"], ["under a full moon", "what the light does"]];

const lesson = () => html`<div class="tb-empty"><h1>Say what you see.</h1>
  <p class="tb-lesson">${LESSON.map(([words, about], i) => html`<span class="l${i + 1}"><b>${words}</b><small>${about}</small></span>`)}</p>
  <ul class="tb-examples">${EXAMPLES.map((each, i) => html`<li>${button(example(each), "example", {look: "", n: i})}</li>`)}</ul>
  <p class="tb-tips"><span><kbd>Ctrl</kbd> <kbd>Enter</kbd> makes the picture</span>
    <span>Drop a picture made here anywhere on the page, and its settings come back</span></p></div>`;

const example = each => html`${picture(`${tbFacts.assets}examples/${each.picture}.webp`, {width: 640, height: 800, lazy: false})}
  <span class="tb-saying">${each.prompt}</span><small>${tbFacts.styles[each.style]?.title || ""}</small>`;

const start = pressed => { const {prompt, style} = EXAMPLES[pressed.dataset.n]; reuse({prompt, style}); };

/** On small screens the lesson lies below the desk, so the examples also stand under the prompt until something is made. */
export function starters(element) {
  const box = $(element, ".tb-part");
  box.classList.add("tb-starters");
  put(box, EXAMPLES.map((each, i) => {
    const small = picture(`${tbFacts.assets}examples/${each.picture}.webp`, {width: 38, height: 38});
    return button(html`${small}${each.name}`, "example", {look: "", n: i});
  }));
  press(box, {example: start});
  listen(() => { box.hidden = known(mine).length > 0; });
}

/** A job was just sent: bring it into sight on small screens. */
function follow(box, id) {
  if (!id) return;
  if (innerWidth < 900) setTimeout(() => box.scrollIntoView({behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth", block: "start"}), 150);
}

/** More of the past when the end comes into sight. */
function older(box) {
  let cursor = "", busy = false;
  const load = async () => {
    if (busy || cursor === null || !known(mine).length) return;
    busy = true;
    try {
      const page = await read("jobs", {type: "image", limit: 20, cursor});
      cursor = page.next;
      learn(page.jobs.filter(each => !job(each.id)));
    } catch { cursor = null; }
    busy = false;
  };
  new IntersectionObserver(seen => { if (seen[0].isIntersecting) load(); }, {rootMargin: "600px"}).observe($(box, ".tb-more"));
}
