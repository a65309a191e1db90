/* The book of a song as markup: a cover, then a picture on the left and its verse on the right. */
import {button, html, picture} from "./dom.js";
import {job, known, steps, unfinished, working} from "./live.js";
import {staff} from "./staff.js";

const STATES = {pending: "waiting", queued: "waiting", loading: "getting ready", generating: "being painted", encoding: "being painted",
  complete: "painted", error: "not painted", cancelled: "not painted"};
const ROMAN = [["c", 100], ["xc", 90], ["l", 50], ["xl", 40], ["x", 10], ["ix", 9], ["v", 5], ["iv", 4], ["i", 1]];
const BUSY = ["queued", "loading", "generating", "encoding"];

const roman = number => ROMAN.reduce(([text, rest], [letters, size]) =>
  [text + letters.repeat(Math.floor(rest / size)), rest % size], ["", number])[0];

const art = (verse, width) => verse.artifact ? `/artifacts/${encodeURIComponent(verse.artifact)}?w=${width}` : "";
const called = verse => verse.label || verse.name;

/** The job that paints a verse just now, or else the one that painted it. */
export function painter(verse, song) {
  const own = verse.job && job(verse.job);
  if (own && unfinished(own)) return own;
  const names = [verse.name, verse.repeat_of];
  const [anew] = known(each => each.kind === "repaint" && unfinished(each) && each.request.song_id === song.id && names.includes(each.request.verse));
  return anew ? steps(anew.id).find(unfinished) || anew : own;
}

/** The state of a verse, its job's while that goes on. */
const life = (verse, at) => at && unfinished(at) ? at.status : verse.status;

export function cover(song) {
  const painted = song.verses.filter(verse => verse.artifact).length, n = song.verses.length, whole = song.job && job(song.job);
  const busy = whole && unfinished(whole), style = tbFacts.styles[song.style]?.title || song.style;
  const line = {id: song.id, title: song.title, progress: painted / Math.max(1, n)};
  return html`<header class="tb-cover"><p class="tb-cover-by">${style && song.style !== "none" ? `In the style “${style}”` : "A songbook"}</p>
    <h1 dir="auto">${song.title || "Untitled"}</h1>
    ${song.tags?.length ? html`<p class="tb-tags">${song.tags.map(tag => html`<span dir="auto">${tag}</span>`)}</p>` : ""}
    <div class="tb-cover-staff">${staff(line, 44, `${painted} of ${n} verses painted`)}</div>
    <p class="tb-cover-facts"><span>${painted} of ${n} ${n === 1 ? "verse" : "verses"} painted${
      song.verses.some(verse => (verse.model || "").startsWith("sketch")) ? ", drawn by the Sketch illustrator" : ""}</span>${song.published ? shelfmark(song) : ""}</p>
    ${whole?.status === "error" && whole.error ? html`<p class="tb-mark is-error">The book was not finished</p><p dir="auto">${whole.error.message}</p>` : ""}
    <div class="tb-acts">${acts(song, busy, painted, n)}</div></header>`;
}

const shelfmark = song => html`<a href="/songs/${encodeURIComponent(song.slug)}" target="_blank" rel="noopener">Published at /songs/${song.slug}</a>`;

function acts(song, busy, painted, n) {
  const file = (url, ending, words) => url ? html`<a class="tb-button" href="${url}" download="${song.slug || "song"}${ending}">${words}</a>` : "";
  return [
    busy ? button("Stop painting", "cancel", {id: song.job})
      : painted < n ? button(painted ? "Paint the rest" : "Paint it", "paint", {look: "tb-button is-strong"}) : "",
    file(song.book, ".pdf", "Book (PDF)"), file(song.sheet, "-sheet", "Contact sheet"),
    button(song.published ? "Unpublish" : "Publish", "publish", {off: !painted}),
    button("Reuse words", "words", {look: "tb-quiet"})];
}

/** What a verse's markup depends on. */
export function verseState(verse, song, editing) {
  const unmet = (verse.unmet || []).join("|"), at = painter(verse, song);
  return [life(verse, at), at?.id, verse.artifact, verse.prompt, verse.seed, editing, unmet, verse.error?.message].join("·");
}

export function verse(each, n, song, editing) {
  const at = painter(each, song), now = life(each, at), busy = BUSY.includes(now);
  return html`<section class="tb-verse is-${now}" data-job="${each.job || ""}" data-name="${each.name}" aria-label="${called(each)}">
    <div class="tb-plate">${plate(each)}<div class="tb-plate-notes">${busy && at ? staff(at, 20, called(each)) : ""}</div></div>
    <div class="tb-page">${state(each, now, at)}${lines(each.text)}${missing(each)}
      ${each.error ? html`<p class="tb-wrong" dir="auto">${each.error.message || each.error}</p>` : ""}
      ${editing ? editor(each) : busy ? "" : html`<div class="tb-acts">${redo(each)}</div>`}
      <span class="tb-folio" aria-hidden="true">${roman(n + 1)}</span></div></section>`;
}

function plate(each) {
  if (!each.artifact) return html`<span class="tb-blank" aria-hidden="true"></span>`;
  const large = picture(art(each, 1024), {alt: each.summary || each.prompt || ""});
  return button(large, "look", {look: "tb-open", name: each.name, label: `Look at the picture of ${called(each)}`});
}

const redo = each => button(each.artifact ? "Redo picture" : "Paint this one", "edit", {name: each.name, label: `Redo the picture of ${called(each)}`});

function state(each, now, at) {
  const busy = BUSY.includes(now), count = (each.unmet || []).length;
  const unmet = count && !busy ? `, ${count === 1 ? "one word unmet" : `${count} words unmet`}` : "";
  return html`<p class="tb-state"><span class="tb-mark is-${now === "pending" ? "queued" : now}">${called(each)}</span>
    <span class="tb-soft">${STATES[now] || now}${busy && at && working(at) ? html`, <span data-say="percent"></span>` : ""}${unmet}</span></p>`;
}

const missing = each => each.unmet?.length
  ? html`<p class="tb-notdrawn" dir="auto">Not drawn: ${each.unmet.map((word, i) => html`${i ? ", " : ""}<s>${word}</s>`)}</p>` : "";

/** The words, with a red initial that screen readers do not read twice. */
function lines(text) {
  const rows = String(text).split("\n");
  const [start] = new Intl.Segmenter(undefined, {granularity: "grapheme"}).segment(rows[0] || " ");
  const first = start.segment, great = first.toLocaleUpperCase(), lettered = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]/u.test(first);
  const opened = row => html`<span class="tb-initial" aria-hidden="true">${great}</span><span class="tb-sr">${first}</span>${row.slice(first.length)}`;
  return html`<p class="tb-lines" dir="auto">${rows.map((row, i) => html`<span class="tb-verse-line">${i === 0 && lettered ? opened(row) : row}</span>`)}</p>`;
}

const editor = each => html`<form class="tb-editor" data-name="${each.name}"><label><span>What should this picture show?</span>
    <textarea rows="5" data-keep="words-${each.name}" dir="auto" placeholder="${each.prompt || "your own words for this picture"}"></textarea></label>
  <label class="tb-editor-seed"><span>Seed</span><input type="text" inputmode="numeric" data-keep="seed-${each.name}" placeholder="drawn anew"></label>
  <p class="tb-soft">Left empty, it keeps the words that stand there in grey. Other verses stay as they are.</p><p class="tb-wrong" role="alert" hidden></p>
  <div class="tb-acts"><button type="submit" class="tb-button is-strong">Paint it again</button>
    ${button("Never mind", "leave", {look: "tb-quiet", name: each.name})}</div></form>`;

/** Songs to open again, as spines on a shelf. */
export const spine = (song, open) => html`<li><button type="button" class="tb-spine${open ? " is-open" : ""}" data-do="take" data-id="${song.id}"
  ${open ? html`aria-current="true"` : ""}>${song.cover ? picture(song.cover) : html`<span class="tb-blank"></span>`}
  <span dir="auto">${song.title || "Untitled"}</span></button></li>`;

/** What the wall teaches while there is no song. */
export const lesson = (example, plate) => html`<div class="tb-empty"><h1>Every verse, a picture.</h1>
  <p class="tb-empty-say">Put the words of a song on the desk with an empty line between verses. The same people and places go through the
    whole book.</p>
  <div class="tb-sample">${picture(plate, {width: 640, height: 640, lazy: false})}<div>${lines(example.lyrics.split("\n\n")[0])}
    ${button("Try this song", "example", {look: "tb-button is-strong"})}</div></div></div>`;
