/* One batch of pictures: the same shape while it waits, while it is painted and when it is done, so that nothing jumps. */
import {$, all, html} from "./dom.js";
import {job, working} from "./live.js";
import {staff} from "./staff.js";
import {pictures, sign, sketched, span, struck, style, thumb} from "./words.js";

const columns = n => n <= 1 ? 1 : n <= 4 ? 2 : n <= 9 ? 3 : 4;

/** What a batch's markup depends on; between two equal states only words, notes and previews move. */
export function state(each) {
  const life = each.status === "queued" ? "waits" : working(each) ? "works" : each.status;
  return [life, each.favourite, pictures(each).length, each.variation_of].join();
}

/** The whole batch, large. */
export function batch(each) {
  const {width = 768, height = 768, count = 1} = each.request, shown = pictures(each);
  const n = shown.length || count, cols = width / height > 1.2 && n === 2 ? 1 : columns(n);
  const done = each.status === "complete";
  return html`<section class="tb-batch is-${each.status}" data-job="${each.id}" aria-label="${each.title}">
    <h2 class="tb-prompt ${each.request.prompt.length > 110 ? "is-long" : ""}" dir="auto">${struck(each.request.prompt, each.provenance?.unmet)}</h2>
    <div class="tb-made"><div class="tb-prints" style="--cols:${cols};--rows:${Math.ceil(n / cols)};--w:${width};--h:${height}">
      ${done ? shown.map((output, i) => print(each, output, i, n)) : Array.from({length: n}, (_, i) => html`<figure class="tb-print is-blank" data-slot="${i}"><span class="tb-blank" aria-hidden="true"></span></figure>`)}
    </div><aside class="tb-side">${done ? "" : now(each)}${facts(each)}${done ? deeds(each, n) : ""}</aside></div></section>`;
}

const print = (each, output, i, n) => html`<figure class="tb-print"><button type="button" class="tb-open" data-do="open" data-id="${each.id}" data-n="${i}"
  aria-label="Look at picture ${i + 1} of ${n}, seed ${output.seed ?? ""}"><img src="${thumb(output, n === 1 ? 1024 : 512)}" width="${output.width}" height="${output.height}" alt="" decoding="async"></button>
  <figcaption><button type="button" class="tb-chip" data-do="vary" data-id="${each.id}" data-n="${i}" aria-label="Vary picture ${i + 1}">Vary</button>
  <a class="tb-chip" href="${output.url}" download="${output.filename}" aria-label="Save picture ${i + 1}">Save</a></figcaption></figure>`;

function now(each) {
  if (each.status === "error") return html`<div class="tb-now is-error" role="group" aria-label="What went wrong"><p class="tb-mark is-error">It failed</p><p dir="auto">${each.error?.message || "Something went wrong."}</p>
    <div class="tb-acts"><button type="button" class="tb-button is-strong" data-do="again" data-id="${each.id}">Try again</button><button type="button" class="tb-button" data-do="reuse" data-id="${each.id}">Change it</button></div></div>`;
  const waits = each.status === "queued";
  return html`<div class="tb-now"><b class="tb-big" data-say="percent"></b><p><span data-say="stage"></span><span class="tb-soft" data-say="left"></span></p>${staff(each, 22)}
    <button type="button" class="tb-button" data-do="cancel" data-id="${each.id}">${waits ? "Take it out of the queue" : "Cancel"}</button></div>`;
}

/** Style, seed, size and what became of the words. */
export function facts(each) {
  const made = each.provenance || {}, request = each.request, first = pictures(each)[0];
  const seeds = made.seeds?.length ? made.seeds : request.seed != null ? [request.seed] : [];
  const seed = seeds.length > 1 ? `${seeds[0]} … ${seeds.at(-1)}` : seeds[0];
  const rows = [["Style", style(each)], ["Seed", seed], ["Size", `${first?.width || request.width} × ${first?.height || request.height}`],
    ["Made by", sketched(each) ? "Sketch illustrator" : made.model], ["Took", each.status === "complete" && each.duration_s != null ? span(each.duration_s) : ""]];
  return html`<dl class="tb-facts">${rows.filter(([, value]) => value != null && value !== "").map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>
    ${each.variation_of ? origin(each) : ""}${wordsOf(each)}`;
}

function origin(each) {
  const from = job(each.variation_of), picture = from && pictures(from)[0];
  const strength = each.request.variation_strength;
  return html`<p class="tb-origin">${picture ? html`<button type="button" class="tb-tiny" data-do="open" data-id="${from.id}" data-n="0" aria-label="Look at the original"><img src="${thumb(picture, 128)}" alt="" width="40" height="40"></button>` : ""}
    <span>A variation${strength != null ? html`, <b>${Math.round(strength * 100)} %</b> of the way to something else` : ""}.</span></p>`;
}

function wordsOf(each) {
  const {added = [], unmet = [], notes = []} = each.provenance || {};
  const done = each.status === "complete";
  return html`${added.length ? html`<div class="tb-words"><h3>Words added</h3>${added.map(word => html`<p class="is-added" dir="auto">+ ${word}</p>`)}</div>` : ""}
    ${unmet.length ? html`<div class="tb-words"><h3>Words unmet</h3><p dir="auto">${unmet.map((word, i) => html`${i ? " " : ""}<s>${word}</s>`)}</p><p class="tb-soft">These are not in the picture.</p></div>`
      : done ? html`<div class="tb-words"><h3>Words unmet</h3><p class="tb-soft">None. Every word is in the picture.</p></div>` : ""}
    ${notes.length ? html`<div class="tb-words"><h3>Notes</h3>${notes.map(each => html`<p class="tb-soft" dir="auto">${each}</p>`)}</div>` : ""}`;
}

function deeds(each, n) {
  return html`<div class="tb-vary"><label for="far-${each.id}">How far may a variation go?</label><input id="far-${each.id}" class="tb-range" type="range" min="0.05" max="0.95" step="0.05" value="0.35" data-keep="far">
    <span class="tb-ends" aria-hidden="true"><span>close</span><span>far</span></span></div>
    <div class="tb-acts is-column">${n > 1 ? which(each, n) : html`<button type="button" class="tb-button is-strong" data-do="vary" data-id="${each.id}" data-n="0">Make 4 variations</button>`}
    <span class="tb-joined"><button type="button" class="tb-button" data-do="reuse" data-id="${each.id}">Reuse settings</button><button type="button" class="tb-button" data-do="reseed" data-id="${each.id}" aria-label="Reuse settings with the same seed">and seed</button></span>
    <span class="tb-joined"><button type="button" class="tb-button" data-do="favour" data-id="${each.id}" aria-pressed="${String(each.favourite)}">${each.favourite ? "Favourite ★" : "Favourite ☆"}</button><button type="button" class="tb-button" data-do="remove" data-id="${each.id}">Delete</button></span></div>`;
}

/** Four variations of which picture? */
const which = (each, n) => html`<span class="tb-soft">Make 4 variations of picture</span><span class="tb-joined is-even">${Array.from({length: Math.min(n, 8)}, (_, i) =>
  html`<button type="button" class="tb-button" data-do="vary" data-id="${each.id}" data-n="${i}" aria-label="Make 4 variations of picture ${i + 1}">${i + 1}</button>`)}</span>`;

/** An earlier batch, small: its pictures in a row, its words beside them. */
export function line(each) {
  const shown = pictures(each), {width = 1, height = 1, count = 1} = each.request;
  const tiles = shown.length ? shown.slice(0, 4).map((output, i) => html`<button type="button" class="tb-tile" data-do="open" data-id="${each.id}" data-n="${i}" aria-label="Look at picture ${i + 1}"><img src="${thumb(output, 256)}" alt="" width="${output.width}" height="${output.height}" loading="lazy" decoding="async"></button>`)
    : Array.from({length: Math.min(4, count)}, (_, i) => html`<span class="tb-tile is-blank" ${count <= 4 ? html`data-slot="${i}"` : ""} style="aspect-ratio:${width}/${height}"></span>`);
  const busy = working(each) || each.status === "queued";
  return html`<li class="tb-line is-${each.status}" data-job="${each.id}">
    <div class="tb-linewords"><p class="tb-prompt" dir="auto">${struck(each.request.prompt, each.provenance?.unmet)}</p>
    <p class="tb-soft">${busy ? html`<span data-say="stage"></span> <span data-say="left"></span>` : each.status === "error" ? html`<span class="tb-wrong">${sign(each)}. ${each.error?.message || ""}</span>` : `${style(each) === "None" ? "No style" : style(each)}, seed ${each.request.seed}`}</p>
    ${busy ? staff(each, 22) : html`<div class="tb-acts">${each.status === "complete" ? html`<button type="button" class="tb-quiet" data-do="reuse" data-id="${each.id}">Reuse settings</button><button type="button" class="tb-quiet" data-do="favour" data-id="${each.id}" aria-pressed="${String(each.favourite)}">${each.favourite ? "Favourite ★" : "Favourite ☆"}</button>`
      : html`<button type="button" class="tb-quiet" data-do="again" data-id="${each.id}">Try again</button>`}</div>`}</div><div class="tb-tiles">${tiles}${shown.length > 4 ? html`<span class="tb-plus">+${shown.length - 4}</span>` : ""}</div></li>`;
}

/** Previews un-blur in their slots; what was painted stays while its sisters are still on the way. */
export function paint(box, each) {
  const slots = all(box, "[data-slot]"), n = slots.length;
  if (!n || !each.preview) return;
  const at = Math.min(n - 1, Math.floor((each.progress || 0) * n));
  slots.forEach((slot, i) => {
    const through = Math.max(0, Math.min(1, (each.progress || 0) * n - i));
    slot.style.setProperty("--blur", `${Math.round((1 - through) * 12)}px`);
    slot.classList.toggle("is-coming", i === at);
    if (i < at) slot.classList.add("is-there");
  });
  const slot = slots[at];
  if (slot.dataset.seen === each.preview) return;
  slot.dataset.seen = each.preview;
  const picture = new Image();
  picture.alt = "";
  picture.onload = () => { const old = $(slot, "img"); if (old) old.replaceWith(picture); else slot.append(picture); };
  picture.src = each.preview;
}
