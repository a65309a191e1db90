/* The large view: one picture, its facts and what can be done with it; two pictures to compare. A native dialog, so the
   focus stays inside and goes back where it came from. */
import {$, all, button, html, make, picture, press, put} from "./dom.js";
import {act, favour, remove, reuse, vary} from "./acts.js";
import {asked} from "./about.js";
import {compare} from "./compare.js";
import {isHidden, job, learn} from "./live.js";
import {note} from "./news.js";
import {hush} from "./sound.js";
import {facts, far, reusing, star, wordsOf} from "./ticket.js";
import {turn} from "./turn.js";
import {filename, kind, pictures, struck, thumb} from "./words.js";
import {VARIED, saving, stage as heard} from "./works.js";

const FILM = 17;
let dialog = null, list = [], at = 0, other = null, from = null;

/** Open on entry `n` of entries [{job: id, output}]; `other` starts with a comparison. */
export function view(entries, n, opener, second = null) {
  if (!entries.length) return;
  [list, at, other, from] = [entries, Math.max(0, Math.min(n, entries.length - 1)), second, opener || document.activeElement];
  dialog ||= build();
  draw();
  if (!dialog.open) dialog.showModal();
  $(dialog, ".tb-view-close").focus();
}

function build() {
  const made = document.body.appendChild(make(html`<dialog class="tb-view" aria-label="Large view">
    <div class="tb-view-top"><p class="tb-view-count" aria-live="polite"></p><div class="tb-view-tools"></div>
      ${button("✕", "close", {look: "tb-view-close", label: "Close"})}</div>
    <div class="tb-view-stage" tabindex="0" aria-label="Picture"></div><aside class="tb-view-side"></aside>
    <div class="tb-film" role="group" aria-label="Pictures"></div></dialog>`));
  press(made, {
    close: () => made.close(), next: () => go(1), back: () => go(-1), zoom: () => zoom(),
    pick: small => { const n = Number(small.dataset.n); if (other === null) at = n; else other = n; draw(); },
    compare: () => { other = other === null ? beside() : null; draw(); },
    favour: async pressed => { await favour(now().job, pressed.getAttribute("aria-pressed") !== "true"); draw(); },
    remove: () => discard(), discard: () => discardOne(),
    vary: () => { const {job: id} = now(); vary(id, piece(), Number($(made, ".tb-range").value)); made.close(); },
    scene: () => { const id = now().job, n = piece(); made.close(); dispatchEvent(new CustomEvent("tb-scene", {detail: {id, n}})); },
    reuse: () => { const {request, type} = job(now().job); made.close(); reuse(request, null, type); },
    reseed: () => { const {job: id, output} = now(); made.close(); reuse({...job(id).request, count: 1}, output.seed ?? job(id).request.seed, job(id).type); }});
  made.addEventListener("keydown", keys);
  made.addEventListener("close", () => { hush(); const to = from?.isConnected ? from : document.querySelector(".tb-open, .tb-item"); to?.focus({preventScroll: true}); });
  made.addEventListener("click", event => { if (event.target === made) made.close(); });
  return made;
}

const now = () => list[at];

/** Which of its job's pieces is shown: a picture, or the sound or solid that a picture stands for. */
const piece = ({job: id, output} = now()) => Math.max(0, pictures(job(id)).findIndex(one => one.id === output.id));
const still = n => job(list[n].job)?.type === "image";

/** The next picture to compare this one with. */
function beside() {
  for (let i = 1; i < list.length; i++) if (still((at + i) % list.length)) return (at + i) % list.length;
  return null;
}

function keys(event) {
  if (event.target.matches("input")) return;
  const act = {ArrowRight: () => go(1), ArrowLeft: () => go(-1), Home: () => go(-at), End: () => go(list.length - 1 - at), f: () => $(dialog, "[data-do=favour]")?.click(),
    z: () => zoom(), c: () => $(dialog, "[data-do=compare]")?.click(), Delete: () => ($(dialog, "[data-do=discard]") ? discardOne : discard)()}[event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key.startsWith("Arrow") && $(dialog, ".tb-view-stage").classList.contains("is-whole") && event.target.matches(".tb-view-stage")) return;
  event.preventDefault();
  act();
}

function go(by) {
  const to = at + by;
  if (to < 0 || to >= list.length) return;
  at = to;
  if (other === at || !still(at)) other = still(at) ? beside() : null;
  draw();
}

function zoom() {
  const stage = $(dialog, ".tb-view-stage");
  const whole = stage.classList.toggle("is-whole");
  const toggle = $(dialog, "[data-do=zoom]");
  toggle.textContent = whole ? "Fit" : "100 %";
  toggle.setAttribute("aria-label", whole ? "Fit the picture into the window" : "Show the picture at its full size");
  if (whole) { stage.scrollTo((stage.scrollWidth - stage.clientWidth) / 2, (stage.scrollHeight - stage.clientHeight) / 2); stage.focus(); }
}

async function discard() {
  const id = now().job, kept = list.filter(each => each.job !== id);
  if (kept.length) { list = kept; at = Math.min(at, kept.length - 1); other = null; draw(); } else dialog.close();
  await remove([id]);
}

/** One picture of a batch; with some seconds to think better of it, as for whole works. */
async function discardOne() {
  const {job: id, output} = now(), before = list;
  list = list.filter(each => each.output.id !== output.id);
  other = null;
  draw();
  if (await note("Picture deleted.", "Undo")) {
    const answer = await act("delete_job", {job_id: id, output: (job(id)?.outputs || []).findIndex(each => each.id === output.id)});
    if (answer?.job) { learn([answer.job]); return; }
  }
  list = before;
  if (dialog.open) draw();
}

function draw() {
  list = list.filter(each => job(each.job) && !isHidden(each.job));
  if (!list.length) { dialog.close?.(); return; }
  at = Math.min(at, list.length - 1);
  const {job: id, output} = now(), each = job(id), pair = other !== null && list[other];
  $(dialog, ".tb-view-count").textContent = pair ? `Comparing ${at + 1} and ${other + 1} of ${list.length}` : `${at + 1} of ${list.length}`;
  put($(dialog, ".tb-view-tools"), tools(each, output, pair));
  const stage = $(dialog, ".tb-view-stage");
  stage.classList.remove("is-whole");
  if (pair) { put(stage, ""); stage.append(compare(output, pair.output)); }
  else put(stage, single(each, output));
  stage.classList.toggle("is-heard", !still(at));
  all(stage, ".tb-solid").forEach(turn);
  put($(dialog, ".tb-view-side"), side(each, output));
  film();
}

function single(each, output) {
  const other = heard(each, piece());
  const small = `background-image:url('${thumb(output, 256)}')`;
  return html`${button("‹", "back", {look: "tb-turn is-back", label: "Picture before", off: at === 0})}
    ${other ? html`<div class="tb-heard">${other}</div>` : html`<img class="tb-view-picture" src="${output.url}" width="${output.width}" height="${output.height}" alt="${each.title}" style="${small}">`}
    ${button("›", "next", {look: "tb-turn is-next", label: "Next picture", off: at === list.length - 1})}`;
}

function tools(each, output, pair) {
  const many = each.outputs.filter(one => one.role === "picture").length > 1;
  return [
    pair || !still(at) ? "" : button("100 %", "zoom", {look: "", label: "Show the picture at its full size"}),
    still(at) && beside() !== null ? button(pair ? "Stop comparing" : "Compare", "compare", {look: "", pressed: pair}) : "",
    star(each, ""),
    still(at) ? html`<a href="${output.url}" download="${filename(each, output)}">Save</a>` : "",
    many ? button("Delete this one", "discard", {look: ""}) : "",
    button(many ? "Delete all" : "Delete", "remove", {look: ""})];
}

function side(each, output) {
  const words = each.type === "speech" ? kind(each) : asked(each), seeds = output.seed != null ? [output.seed] : each.provenance?.seeds;
  const own = {...each, provenance: {...each.provenance, seeds}};
  return html`<h2 class="tb-prompt ${words.length > 160 ? "is-long" : ""}" dir="auto">${struck(words, each.provenance?.unmet)}</h2>${facts(own)}
    ${still(at) ? "" : saving(each)}${can(each)}${wordsOf(own)}`;
}

/** Variations and settings, of what can be made here again. */
function can(each) {
  const vary = VARIED.includes(each.type), words = each.type === "image" ? "Make 4 variations" : "Make a variation";
  if (!vary && each.type !== "speech") return "";
  return html`${vary ? far("view") : ""}<div class="tb-acts is-column">${vary ? button(words, "vary", {look: "tb-button is-strong"}) : ""}${reusing()}${
    each.type === "image" ? button("Edit its scene", "scene") : ""}</div>`;
}

/** The pictures before and after, small. */
function film() {
  const box = $(dialog, ".tb-film");
  box.hidden = list.length < 2;
  const first = Math.max(0, Math.min(at - 8, list.length - FILM));
  put(box, list.slice(first, first + FILM).map((each, i) => {
    const n = first + i, look = `${n === at ? "is-now" : ""}${n === other ? " is-other" : ""}`;
    return button(picture(thumb(each.output, 128)), "pick", {look, n, label: `Picture ${n + 1}`});
  }));
  all(box, ".is-now").forEach(now => { now.setAttribute("aria-current", "true"); now.scrollIntoView({block: "nearest", inline: "center"}); });
}
