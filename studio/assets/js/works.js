/* Music, voices and solids: the same shape while they wait, work and are done, beside the same ticket as a picture. */
import {button, html, picture} from "./dom.js";
import {asked, files} from "./about.js";
import {film, shape} from "./film.js";
import {copying, lines} from "./hearing.js";
import {working} from "./live.js";
import {player} from "./sound.js";
import {spoken} from "./spoken.js";
import {facts, far, lineState, now, reusing, star, wordsOf} from "./ticket.js";
import {turning} from "./turn.js";
import {filename, kind, pictures, pieces, struck, thumb} from "./words.js";

/** The types whose works can be varied. */
export const VARIED = ["image", "video", "music", "mesh"];

const every = draw => (each, n) => n == null ? pieces(each).map((_, i) => draw(each, i)) : draw(each, n);
const STAGES = {video: every(film), music: every(player), speech: each => html`${player(each)}${spoken(each)}`, text: each => each.kind === "transcribe" ? html`${lines(each)}${copying(each)}` : null, mesh: each => turning(each)};

/** A finished work to be heard or turned, all its pieces or the nth; null if it is a picture to be looked at. */
export const stage = (each, n = null) => STAGES[each.type]?.(each, n) ?? null;

/** What a work's markup depends on; between two equal states only words and notes move. */
export function state(each) {
  const life = each.status === "queued" ? "waits" : working(each) ? "works" : each.status;
  return [life, each.favourite, (each.outputs || []).length, each.variation_of].join();
}

/** The whole work, large. */
export function work(each) {
  const done = each.status === "complete", words = asked(each) || kind(each), speech = each.type === "speech" || each.type === "text";
  const title = html`<h2 class="tb-prompt ${words.length > 110 ? "is-long" : ""}" dir="auto">${struck(words, each.provenance?.unmet)}</h2>`;
  return html`<section class="tb-batch tb-work is-${each.type} is-${each.status}" data-job="${each.id}" aria-label="${each.title}">
    ${speech && done ? "" : title}
    <div class="tb-made"><div class="tb-heard">${done ? html`${stage(each)}${saving(each)}` : blank(each)}</div>
      <aside class="tb-side">${done ? "" : now(each)}${facts(each)}${done ? deeds(each) : ""}${wordsOf(each)}</aside>
    </div></section>`;
}

const SEEN = ["mesh", "video"];

const blank = each => html`<figure class="tb-print is-blank${SEEN.includes(each.type) ? "" : " is-sound"}" style="${each.type === "video" ? shape(each) : ""}" data-slot="0"><span class="tb-blank" aria-hidden="true"></span></figure>`;

/** Every file of a work, to be saved. */
export const saving = each => html`<div class="tb-saving tb-acts" role="group" aria-label="Save">${files(each).map(({title, output}) =>
  html`<a class="tb-button" href="${output.url}" download="${filename(each, output)}" aria-label="Save ${title}, ${weight(output.bytes)}">${title} <small>${weight(output.bytes)}</small></a>`)}</div>`;

const weight = bytes => bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round((bytes || 0) / 1e3))} kB`;

const deeds = each => html`${VARIED.includes(each.type) ? far(each.id) : ""}<div class="tb-acts is-column">
  ${VARIED.includes(each.type) ? varying(each) : ""}
  ${each.type === "speech" ? button("Reuse words and settings", "reuse", {id: each.id}) : reusing(each.id)}
  <span class="tb-ends">${star(each, "tb-quiet")}${button("Delete", "remove", {look: "tb-quiet", id: each.id})}</span></div>`;

const varying = each => pieces(each).length < 2 ? button("Make a variation", "vary", {look: "tb-button is-strong", id: each.id, n: 0})
  : html`<span class="tb-soft">Make a variation of piece</span><span class="tb-joined is-even">${pieces(each).map((_, n) =>
    button(n + 1, "vary", {id: each.id, n, label: `Make a variation of piece ${n + 1}`}))}</span>`;

/** An earlier work, small: its words, and a player or its picture. */
export function line(each) {
  return html`<li class="tb-line is-${each.type} is-${each.status}" data-job="${each.id}">
    <div class="tb-linewords"><p class="tb-prompt" dir="auto">${struck(asked(each) || kind(each), each.provenance?.unmet)}</p>${lineState(each)}</div>
    <div class="tb-lineend">${each.status === "complete" ? small(each) : ""}</div></li>`;
}

function small(each) {
  const shown = pictures(each)[0];
  if (each.type === "text") return "";
  if (!SEEN.includes(each.type)) return player(each, 0, true);
  return shown && button(picture(thumb(shown, 256), {width: shown.width, height: shown.height}), "open", {look: each.type === "video" ? "tb-tile is-film" : "tb-tile", id: each.id, n: 0, label: "Look at it"});
}
