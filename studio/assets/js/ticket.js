/* What stands beside a work of any type: how far it is, what it took, what became of the words, what can be done with it. */
import {button, html, picture} from "./dom.js";
import {distance} from "./acts.js";
import {brief, into, known} from "./about.js";
import {job, working} from "./live.js";
import {staff} from "./staff.js";
import {pictures, sign, thumb} from "./words.js";

/** The work as it stands: percent, stage, time left, notes, cancel; or what went wrong and a way on. */
export function now(each) {
  if (each.status === "error") return failed(each);
  return html`<div class="tb-now"><b class="tb-big" data-say="percent"></b>
    <p><span data-say="stage"></span><span class="tb-soft" data-say="left"></span></p>${staff(each, 22)}
    ${button("Cancel", "cancel", {id: each.id})}</div>`;
}

const failed = each => html`<div class="tb-now is-error" role="group" aria-label="What went wrong">
  <p class="tb-mark is-error">It failed</p><p dir="auto">${each.error?.message || "Something went wrong."}</p>
  <div class="tb-acts">${button("Try again", "again", {look: "tb-button is-strong", id: each.id})}${button("Change it", "reuse", {id: each.id})}</div></div>`;

/** What it took, and what it is a variation of. */
export function facts(each) {
  const told = known(each).filter(([, value]) => value != null && value !== "");
  return html`<dl class="tb-facts">${told.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>
    ${each.variation_of ? origin(each) : ""}`;
}

function origin(each) {
  const from = job(each.variation_of), shown = from && pictures(from)[0], strength = each.request.variation_strength;
  const small = shown ? picture(thumb(shown, 128), {width: 40, height: 40, lazy: false}) : "";
  return html`<p class="tb-origin">${shown ? button(small, "open", {look: "tb-tiny", id: from.id, n: 0, label: "Look at the original"}) : ""}
    <span>A variation${strength != null ? html`, <b>${Math.round(strength * 100)} %</b> of the way to something else` : ""}.</span></p>`;
}

/** What became of the words. */
export function wordsOf(each) {
  const {added = [], unmet = [], notes = []} = each.provenance || {};
  const section = (title, inside) => html`<div class="tb-words"><h3>${title}</h3>${inside}</div>`;
  const missing = html`<p dir="auto">${unmet.map((word, i) => html`${i ? " " : ""}<s>${word}</s>`)}</p><p class="tb-soft">${unmet.length > 1 ? "These are" : "This is"} not in ${into(each)}.</p>`;
  const none = html`<p class="tb-soft">None. Every word is in ${into(each)}.</p>`;
  return [
    added.length ? section("Words added", added.map(word => html`<p class="is-added" dir="auto">+ ${word}</p>`)) : "",
    unmet.length ? section("Words unmet", missing) : each.status === "complete" && !["speech", "text"].includes(each.type) ? section("Words unmet", none) : "",
    notes.length ? section("Notes", notes.map(note => html`<p class="tb-soft" dir="auto">${note}</p>`)) : ""];
}

/** How far a variation may go; what was chosen last is offered next. */
export const far = id => html`<div class="tb-vary"><label for="far-${id}">How far may a variation go?</label>
  <input id="far-${id}" class="tb-range" type="range" min="0.05" max="0.95" step="0.05" value="${distance()}" data-keep="far">
  <span class="tb-ends" aria-hidden="true"><span>close</span><span>far</span></span></div>`;

/** Settings again, with another seed or the same. */
export const reusing = id => html`<span class="tb-joined">${button("Reuse settings", "reuse", {id})}${
  button("same seed", "reseed", {id, label: "Reuse settings with the same seed"})}</span>`;

/** The star, which is also a word. */
export const star = (each, look) => button(each.favourite ? "Favourite ★" : "Favourite ☆", "favour", {look, id: each.id, pressed: each.favourite});

/** The state of an earlier work, in a line. */
export function lineState(each) {
  const busy = working(each) || each.status === "queued";
  if (busy) return html`<p class="tb-soft"><span data-say="stage"></span> <span data-say="left"></span></p>${staff(each, 22)}`;
  if (each.status !== "complete") return html`<p class="tb-wrong" dir="auto">${sign(each)}. ${each.error?.message || ""}</p>
    <div class="tb-acts">${button("Try again", "again", {look: "tb-quiet", id: each.id})}</div>`;
  return html`<p class="tb-soft">${brief(each)}</p>
    <div class="tb-acts">${button("Reuse settings", "reuse", {look: "tb-quiet", id: each.id})}${star(each, "tb-quiet")}</div>`;
}

