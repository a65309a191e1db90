/* The book of a song as markup: a cover, then a picture on the left and its verse on the right. */
import {html} from "./dom.js";
import {job, unfinished, working} from "./live.js";
import {staff} from "./staff.js";

const STATES = {pending: "waiting", queued: "waiting", loading: "getting ready", generating: "being painted", encoding: "being painted", complete: "painted", error: "not painted", cancelled: "not painted"};
const ROMAN = [["c", 100], ["xc", 90], ["l", 50], ["xl", 40], ["x", 10], ["ix", 9], ["v", 5], ["iv", 4], ["i", 1]];

const roman = n => ROMAN.reduce(([text, rest], [letters, size]) => { while (rest >= size) { text += letters; rest -= size; } return [text, rest]; }, ["", n])[0];

/** A picture of a verse at a width. */
const picture = (verse, width) => verse.artifact ? `/artifacts/${encodeURIComponent(verse.artifact)}?w=${width}` : "";

/** The state of a verse, its own job's if that is known. */
export const life = verse => { const each = verse.job && job(verse.job); return each && unfinished(each) ? each.status : verse.status; };

export function cover(song) {
  const painted = song.verses.filter(verse => verse.artifact).length, n = song.verses.length, whole = song.job && job(song.job);
  const busy = whole && unfinished(whole);
  return html`<header class="tb-cover"><p class="tb-cover-by">${song.style && song.style !== "none" ? `In the style “${tbFacts.styles[song.style]?.title || song.style}”` : "A songbook"}</p>
    <h1 dir="auto">${song.title || "Untitled"}</h1>${song.tags?.length ? html`<p class="tb-tags">${song.tags.map(tag => html`<span dir="auto">${tag}</span>`)}</p>` : ""}
    <div class="tb-cover-staff" data-job="${busy ? whole.id : ""}">${staff(busy ? whole : {id: song.id, title: song.title, progress: painted / Math.max(1, n)}, 44, `${painted} of ${n} verses painted`)}</div>
    <p class="tb-cover-facts"><span>${painted} of ${n} ${n === 1 ? "verse" : "verses"} painted</span>${song.published ? html`<a href="/songs/${encodeURIComponent(song.slug)}" target="_blank" rel="noopener">Published at /songs/${song.slug}</a>` : ""}</p>
    ${whole?.status === "error" && whole.error ? html`<p class="tb-mark is-error">The book was not finished</p><p dir="auto">${whole.error.message}</p>` : ""}
    <div class="tb-acts">${acts(song, busy, painted, n)}</div></header>`;
}

const acts = (song, busy, painted, n) => html`
  ${busy ? html`<button type="button" class="tb-button" data-do="cancel" data-id="${song.job}">Stop painting</button>` : painted < n ? html`<button type="button" class="tb-button is-strong" data-do="paint">${painted ? "Paint the rest" : "Paint it"}</button>` : ""}
  ${song.book ? html`<a class="tb-button" href="${song.book}" download="${song.slug || "song"}.pdf">Book (PDF)</a>` : ""}
  ${song.sheet ? html`<a class="tb-button" href="${song.sheet}" download="${song.slug || "song"}-sheet">Contact sheet</a>` : ""}
  <button type="button" class="tb-button" data-do="publish" aria-pressed="${String(Boolean(song.published))}" ${painted ? "" : "disabled"}>${song.published ? "Unpublish" : "Publish"}</button>
  <button type="button" class="tb-quiet" data-do="words">Back to the desk</button>`;

/** What a verse's markup depends on. */
export function verseState(verse, editing) {
  return [life(verse), Boolean(verse.job && job(verse.job)), verse.artifact, verse.prompt, verse.seed, editing, (verse.unmet || []).join("|"), verse.error?.message].join("·");
}

export function verse(song, each, n, editing) {
  const now = life(each), busy = ["queued", "loading", "generating", "encoding"].includes(now), at = each.job && job(each.job);
  const unmet = each.unmet || [], small = picture(each, 512);
  return html`<section class="tb-verse is-${now}" data-job="${each.job || ""}" data-name="${each.name}" aria-label="${each.label || each.name}">
    <div class="tb-plate">${small ? html`<button type="button" class="tb-open" data-do="look" data-name="${each.name}" aria-label="Look at the picture of ${each.label || each.name}"><img src="${picture(each, 1024)}" alt="${each.summary || each.prompt || ""}" loading="lazy" decoding="async"></button>` : html`<span class="tb-blank" aria-hidden="true"></span>`}
      <div class="tb-plate-notes">${busy && at ? staff(at, 20, each.label || each.name) : ""}</div></div>
    <div class="tb-page"><p class="tb-state"><span class="tb-mark is-${now === "pending" ? "queued" : now}">${each.label || each.name}</span><span class="tb-soft"><span>${STATES[now] || now}</span>${busy && at && working(at) ? html`, <span data-say="percent"></span>` : ""}${unmet.length && !busy ? html`, ${unmet.length === 1 ? "one word unmet" : `${unmet.length} words unmet`}` : ""}</span></p>
      ${lines(each.text)}
      ${unmet.length ? html`<p class="tb-notdrawn" dir="auto">Not drawn: ${unmet.map((word, i) => html`${i ? ", " : ""}<s>${word}</s>`)}</p>` : ""}
      ${each.error ? html`<p class="tb-wrong" dir="auto">${each.error.message || each.error}</p>` : ""}
      ${editing ? editor(each) : html`<div class="tb-acts">${busy ? "" : html`<button type="button" class="tb-button" data-do="edit" data-name="${each.name}" aria-label="Redo the picture of ${each.label || each.name}">${each.artifact ? "Redo picture" : "Paint this one"}</button>`}</div>`}
      <span class="tb-folio" aria-hidden="true">${roman(n + 1)}</span></div></section>`;
}

/** The words, with a red initial that screen readers do not read twice. */
function lines(text) {
  const rows = String(text).split("\n");
  const [start] = new Intl.Segmenter(undefined, {granularity: "grapheme"}).segment(rows[0] || " ");
  const first = start.segment;
  const lettered = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]/u.test(first);
  return html`<p class="tb-lines${lettered ? "" : " is-plain"}" dir="auto">${rows.map((row, i) => html`<span class="tb-verse-line">${i === 0 && lettered ? html`<span class="tb-initial" aria-hidden="true">${first}</span><span class="tb-sr">${first}</span>${row.slice(first.length)}` : row}</span>`)}</p>`;
}

const editor = each => html`<form class="tb-editor" data-name="${each.name}"><label><span>What should this picture show?</span><textarea rows="3" data-keep="words-${each.name}" dir="auto" placeholder="${each.prompt || "your own words for this picture"}"></textarea></label>
  <label class="tb-editor-seed"><span>Seed</span><input type="text" inputmode="numeric" data-keep="seed-${each.name}" placeholder="drawn anew" aria-label="Seed, empty draws a new one"></label>
  <p class="tb-soft">Empty keeps the words it has. Other verses stay as they are.</p><p class="tb-wrong" role="alert" hidden></p>
  <div class="tb-acts"><button type="submit" class="tb-button is-strong">Paint it again</button><button type="button" class="tb-quiet" data-do="leave" data-name="${each.name}">Never mind</button></div></form>`;

/** Songs to open again, as spines on a shelf. */
export const spine = (song, open) => html`<li><button type="button" class="tb-spine${open ? " is-open" : ""}" data-do="take" data-id="${song.id}" ${open ? html`aria-current="true"` : ""}>
  ${song.thumbnail ? html`<img src="${song.thumbnail}" alt="" loading="lazy" decoding="async">` : html`<span class="tb-blank"></span>`}<span dir="auto">${song.title || "Untitled"}</span></button></li>`;

export const lesson = (example, covers) => html`<div class="tb-empty"><h1>Every verse, a picture.</h1>
  <p class="tb-empty-say">Put the words of a song on the desk with an empty line between verses. The same people and places go through the whole book.</p>
  <div class="tb-sample"><img src="${covers}" alt="" width="640" height="640" decoding="async"><div><p class="tb-lines">${example.lyrics.split("\n\n")[0].split("\n").map((row, i) => html`<span class="tb-verse-line">${i ? row : html`<span class="tb-initial" aria-hidden="true">${row[0]}</span><span class="tb-sr">${row[0]}</span>${row.slice(1)}`}</span>`)}</p>
  <button type="button" class="tb-button is-strong" data-do="example">Try this song</button></div></div></div>`;
