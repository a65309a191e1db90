/* One batch of pictures: the same shape while it waits, while it is painted and when it is done, so that nothing jumps. */
import {$, all, button, html, picture} from "./dom.js";
import {job, working} from "./live.js";
import {staff} from "./staff.js";
import {filename, pictures, sign, sketched, span, struck, style, thumb} from "./words.js";

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
      <aside class="tb-side">${done ? "" : now(each)}${facts(each)}${done ? deeds(each, n) : ""}</aside>
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

function now(each) {
  if (each.status === "error") return failed(each);
  return html`<div class="tb-now"><b class="tb-big" data-say="percent"></b>
    <p><span data-say="stage"></span><span class="tb-soft" data-say="left"></span></p>${staff(each, 22)}
    ${button(each.status === "queued" ? "Take it out of the queue" : "Cancel", "cancel", {id: each.id})}</div>`;
}

const failed = each => html`<div class="tb-now is-error" role="group" aria-label="What went wrong">
  <p class="tb-mark is-error">It failed</p><p dir="auto">${each.error?.message || "Something went wrong."}</p>
  <div class="tb-acts">${button("Try again", "again", {look: "tb-button is-strong", id: each.id})}${button("Change it", "reuse", {id: each.id})}</div></div>`;

/** Style, seed, size and what became of the words. */
export function facts(each) {
  const made = each.provenance || {}, request = each.request, first = pictures(each)[0];
  const seeds = made.seeds?.length ? made.seeds : request.seed != null ? [request.seed] : [];
  const width = first?.width || request.width, height = first?.height || request.height;
  const rows = [
    ["Style", style(each)],
    ["Seed", seeds.length > 1 ? `${seeds[0]} … ${seeds.at(-1)}` : seeds[0]],
    ["Size", width && height ? `${width} × ${height}` : null],
    ["Made by", sketched(each) ? "Sketch illustrator" : made.model],
    ["Took", each.status === "complete" && each.duration_s != null ? span(each.duration_s) : null]];
  const told = rows.filter(([, value]) => value != null && value !== "");
  return html`<dl class="tb-facts">${told.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>
    ${each.variation_of ? origin(each) : ""}${wordsOf(each)}`;
}

function origin(each) {
  const from = job(each.variation_of), shown = from && pictures(from)[0], strength = each.request.variation_strength;
  const small = shown ? picture(thumb(shown, 128), {width: 40, height: 40, lazy: false}) : "";
  return html`<p class="tb-origin">${shown ? button(small, "open", {look: "tb-tiny", id: from.id, n: 0, label: "Look at the original"}) : ""}
    <span>A variation${strength != null ? html`, <b>${Math.round(strength * 100)} %</b> of the way to something else` : ""}.</span></p>`;
}

function wordsOf(each) {
  const {added = [], unmet = [], notes = []} = each.provenance || {};
  const section = (title, inside) => html`<div class="tb-words"><h3>${title}</h3>${inside}</div>`;
  const missing = html`<p dir="auto">${unmet.map((word, i) => html`${i ? " " : ""}<s>${word}</s>`)}</p><p class="tb-soft">These are not in the picture.</p>`;
  const none = html`<p class="tb-soft">None. Every word is in the picture.</p>`;
  return [
    added.length ? section("Words added", added.map(word => html`<p class="is-added" dir="auto">+ ${word}</p>`)) : "",
    unmet.length ? section("Words unmet", missing) : each.status === "complete" ? section("Words unmet", none) : "",
    notes.length ? section("Notes", notes.map(note => html`<p class="tb-soft" dir="auto">${note}</p>`)) : ""];
}

/** How far a variation may go. */
export const far = id => html`<div class="tb-vary"><label for="far-${id}">How far may a variation go?</label>
  <input id="far-${id}" class="tb-range" type="range" min="0.05" max="0.95" step="0.05" value="0.35" data-keep="far">
  <span class="tb-ends" aria-hidden="true"><span>close</span><span>far</span></span></div>`;

/** Settings again, with another seed or the same. */
export const reusing = id => html`<span class="tb-joined">${button("Reuse settings", "reuse", {id})}${
  button("and seed", "reseed", {id, label: "Reuse settings with the same seed"})}</span>`;

/** The star, which is also a word. */
export const star = (each, look) => button(each.favourite ? "Favourite ★" : "Favourite ☆", "favour", {look, id: each.id, pressed: each.favourite});

const deeds = (each, n) => html`${far(each.id)}<div class="tb-acts is-column">
  ${n > 1 ? which(each, n) : button("Make 4 variations", "vary", {look: "tb-button is-strong", id: each.id, n: 0})}
  ${reusing(each.id)}<span class="tb-joined">${star(each)}${button("Delete", "remove", {id: each.id})}</span></div>`;

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

function lineState(each) {
  const busy = working(each) || each.status === "queued";
  if (busy) return html`<p class="tb-soft"><span data-say="stage"></span> <span data-say="left"></span></p>${staff(each, 22)}`;
  if (each.status !== "complete") return html`<p class="tb-wrong" dir="auto">${sign(each)}. ${each.error?.message || ""}</p>
    <div class="tb-acts">${button("Try again", "again", {look: "tb-quiet", id: each.id})}</div>`;
  return html`<p class="tb-soft">${style(each) === "None" ? "No style" : style(each)}, seed ${each.request.seed}</p>
    <div class="tb-acts">${button("Reuse settings", "reuse", {look: "tb-quiet", id: each.id})}${star(each, "tb-quiet")}</div>`;
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
