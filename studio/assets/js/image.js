/* The wall of the Image tab: the newest batch large, earlier ones below, and a lesson while there is none. */
import {$, all, arrange, arrows, html, press, put} from "./dom.js";
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
  put(box, html`<div class="tb-lead"></div><section class="tb-earlier" hidden><h2 class="tb-heading">Earlier</h2><ol></ol></section><div class="tb-more"></div>`);
  filler(values => trigger("fill", values), null);
  listen(ids => draw(box, ids));
  watch("value", () => follow(box, props.value));
  press(box, deeds(box));
  arrows(box, ".tb-open, .tb-tile");
  older(box);
}

function deeds(box) {
  const far = button => Number($(button.closest(".tb-batch") || box, ".tb-range")?.value || .35);
  return {
    cancel: button => cancel(button.dataset.id), again: button => again(button.dataset.id),
    vary: button => vary(button.dataset.id, Number(button.dataset.n), far(button)),
    reuse: button => reuse(job(button.dataset.id).request),
    reseed: button => { const each = job(button.dataset.id); reuse(each.request, each.provenance?.seeds?.[0] ?? each.request.seed); },
    favour: button => favour(button.dataset.id, button.getAttribute("aria-pressed") !== "true"),
    remove: button => remove([button.dataset.id]),
    open: button => view(entries(button.dataset.id), Number(button.dataset.n), button),
    example};
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
  arrange($(box, ".tb-lead"), [lead ? {key: lead.id, state: state(lead), draw: () => batch(lead)} : {key: "empty", state: "", draw: lesson}]);
  const rest = jobs.slice(1), earlier = $(box, ".tb-earlier");
  earlier.hidden = !rest.length;
  arrange($(earlier, "ol"), rest.map(each => ({key: each.id, state: state(each) + each.status, draw: () => line(each)})));
  for (const each of jobs) {
    if (!unfinished(each) || !(ids.has(each.id) || each === lead)) continue;
    const place = box.querySelector(`[data-job="${CSS.escape(each.id)}"]`);
    if (place) { patch(place, each); paint(place, each); }
  }
}

const lesson = () => html`<div class="tb-empty"><h1>Say what you see.</h1>
  <p class="tb-lesson"><span class="l1"><b>a fox</b><small>who is there</small></span><span class="l2"><b>in a snowy forest</b><small>where they are</small></span><span class="l3"><b>under a full moon</b><small>what the light does</small></span></p>
  <ul class="tb-examples">${EXAMPLES.map((each, i) => html`<li><button type="button" data-do="example" data-n="${i}"><img src="${tbFacts.assets}examples/${each.picture}.webp" alt="" width="640" height="800" decoding="async"><span class="tb-saying">${each.prompt}</span><small>${tbFacts.styles[each.style]?.title || ""}</small></button></li>`)}</ul>
  <p class="tb-tips"><span><kbd>Ctrl</kbd> <kbd>Enter</kbd> makes the picture</span><span>Drop a picture made here anywhere on the page, and its settings come back</span></p></div>`;

/** On small screens the lesson lies below the desk, so the examples also stand under the prompt until something is made. */
export function starters(element) {
  const box = $(element, ".tb-part");
  box.classList.add("tb-starters");
  put(box, EXAMPLES.map((each, i) => html`<button type="button" data-do="example" data-n="${i}"><img src="${tbFacts.assets}examples/${each.picture}.webp" alt="" width="38" height="38" loading="lazy">${each.name}</button>`));
  press(box, {example});
  listen(() => { box.hidden = known(mine).length > 0; });
}

const example = button => { const {prompt, style} = EXAMPLES[button.dataset.n]; reuse({prompt, style}); };

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
