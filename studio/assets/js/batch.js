/* One batch of pictures: the same shape while it waits, while it is painted and when it is done, so that nothing jumps. */
import {$, all, button, html, picture} from "./dom.js";
import {working} from "./live.js";
import {facts, far, lineState, now, reusing, star, wordsOf} from "./ticket.js";
import {filename, pictures, struck, thumb} from "./words.js";

const columns = n => n <= 1 ? 1 : n <= 4 ? 2 : n <= 9 ? 3 : 4;
const MOST_SHOWN = 4;

/** What a batch's markup depends on; between two equal states only words, notes and previews move. */
export function state(each) {
  const life = each.status === "queued" ? "waits" : working(each) ? "works" : each.status;
  return [life, each.favourite, pictures(each).length, each.variation_of].join();
}

/** The whole batch, large. */
export function batch(each) {
  const {width = 768, height = 768, count = 1, prompt} = each.request, shown = pictures(each);
  const n = shown.length || count, cols = width / height > 1.2 && n === 2 ? 1 : columns(n);
  const done = each.status === "complete";
  const slots = done ? shown.map((output, i) => print(each, output, i, n)) : Array.from({length: n}, (_, i) => slot(i));
  return html`<section class="tb-batch is-${each.status}" data-job="${each.id}" aria-label="${each.title}">
    <h2 class="tb-prompt ${prompt.length > 110 ? "is-long" : ""}" dir="auto">${struck(prompt, each.provenance?.unmet)}</h2>
    <div class="tb-made">
      <div class="tb-prints" style="--cols:${cols};--rows:${Math.ceil(n / cols)};--w:${width};--h:${height}">${slots}</div>
      <aside class="tb-side">${done ? "" : now(each)}${facts(each)}${done ? deeds(each, n) : ""}${wordsOf(each)}</aside>
    </div></section>`;
}

const slot = i => html`<figure class="tb-print is-blank" data-slot="${i}"><span class="tb-blank" aria-hidden="true"></span></figure>`;

function print(each, output, i, n) {
  const large = picture(thumb(output, n === 1 ? 1024 : 512), {width: output.width, height: output.height, lazy: false});
  const label = `Look at picture ${i + 1} of ${n}, seed ${output.seed ?? "unknown"}`;
  return html`<figure class="tb-print">${button(large, "open", {look: "tb-open", id: each.id, n: i, label})}<figcaption>
    ${button("Vary", "vary", {look: "tb-chip", id: each.id, n: i, label: `Vary picture ${i + 1}`})}
    <a class="tb-chip" href="${output.url}" download="${filename(each, output)}" aria-label="Save picture ${i + 1}">Save</a>
    </figcaption></figure>`;
}

const deeds = (each, n) => html`${far(each.id)}<div class="tb-acts is-column">
  ${n > 1 ? which(each, n) : button("Make 4 variations", "vary", {look: "tb-button is-strong", id: each.id, n: 0})}
  ${reusing(each.id)}${keeping(each, n)}
  <span class="tb-ends">${star(each, "tb-quiet")}${button("Delete", "remove", {look: "tb-quiet", id: each.id})}</span></div>`;

/** To be saved: the one picture, or all of them in one file. */
const keeping = (each, n) => n > 1 ? html`<a class="tb-button" href="/library.zip?ids=${each.id}" download>Save all ${n}</a>`
  : html`<a class="tb-button" href="${pictures(each)[0].url}" download="${filename(each, pictures(each)[0])}">Save</a>`;

/** Four variations of which picture? */
const which = (each, n) => html`<span class="tb-soft">Make 4 variations of picture</span><span class="tb-joined is-even">${
  Array.from({length: Math.min(n, 8)}, (_, i) => button(i + 1, "vary", {id: each.id, n: i, label: `Make 4 variations of picture ${i + 1}`}))}</span>`;

/** An earlier batch, small: its words, and its pictures in a row. */
export function line(each) {
  const shown = pictures(each);
  return html`<li class="tb-line is-${each.status}" data-job="${each.id}">
    <div class="tb-linewords"><p class="tb-prompt" dir="auto">${struck(each.request.prompt, each.provenance?.unmet)}</p>${lineState(each)}</div>
    <div class="tb-tiles">${shown.length ? shown.slice(0, MOST_SHOWN).map((output, i) => tile(each, output, i)) : blanks(each)}
      ${shown.length > MOST_SHOWN ? html`<span class="tb-plus">+${shown.length - MOST_SHOWN}</span>` : ""}</div></li>`;
}

function tile(each, output, i) {
  const small = picture(thumb(output, 256), {width: output.width, height: output.height});
  return button(small, "open", {look: "tb-tile", id: each.id, n: i, label: `Look at picture ${i + 1}`});
}

function blanks(each) {
  const {width = 1, height = 1, count = 1} = each.request;
  return Array.from({length: Math.min(MOST_SHOWN, count)}, (_, i) =>
    html`<span class="tb-tile is-blank" ${count <= MOST_SHOWN ? html`data-slot="${i}"` : ""} style="aspect-ratio:${width}/${height}"></span>`);
}

/** Previews un-blur in their slots; what was painted stays while its sisters are still on the way. */
export function paint(box, each) {
  const slots = all(box, "[data-slot]"), n = slots.length;
  if (!n || !each.preview) return;
  const at = Math.min(n - 1, Math.floor((each.progress || 0) * n));
  slots.forEach((place, i) => {
    const through = Math.max(0, Math.min(1, (each.progress || 0) * n - i));
    place.style.setProperty("--blur", `${Math.round((1 - through) * 12)}px`);
    place.classList.toggle("is-coming", i === at);
    if (i < at) place.classList.add("is-there");
  });
  const place = slots[at];
  if (place.dataset.seen === each.preview) return;
  place.dataset.seen = each.preview;
  const fresh = new Image();
  fresh.alt = "";
  fresh.onload = () => { const old = $(place, "img"); if (old) old.replaceWith(fresh); else place.append(fresh); };
  fresh.src = each.preview;
}
