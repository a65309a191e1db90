/* The wall of the Song tab: the book that opens while it is painted, and the shelf of songs above it. */
import {$, arrange, calm, html, press, put} from "./dom.js";
import {act, cancel, filler, reuseSong} from "./acts.js";
import {cover, lesson, painter, spine, verse, verseState} from "./book.js";
import {patch} from "./dock.js";
import {ask, job, known, learn, listen, read, steps, unfinished} from "./live.js";
import {note} from "./news.js";
import {pictures} from "./words.js";
import {view} from "./view.js";

const EXAMPLE = {title: "The Girl with the Yellow Scarf", style: "cinematic", tags: "folk, road", lyrics: `Out where the poppies lean to light
she tied her scarf of yellow tight,
and called the dog, and did not say
how long a road begins today.

The tide had left a sail to find,
a harbour and a wall behind;
the evening poured its copper in
and asked her where the songs begin.

A room, a moon, a painted door,
a piano nobody played before;
she set the yellow scarf aside
and played them all the world outside.`};

const editing = new Set();
let box, songs = [], song = null, expected = "";
let wanted = location.hash.startsWith("#song/") ? decodeURIComponent(location.hash.slice(6)) : "";

export function song_(element, {trigger, props, watch}) {
  box = $(element, ".tb-part");
  put(box, html`<nav class="tb-spines" aria-label="Your songs" hidden><ul></ul></nav><article class="tb-book"></article>`);
  filler("song", values => trigger("fill", values));
  watch("value", () => { if (props.value) { expected = props.value; shelf().then(() => scrollTo(0, 0)); } }); // the book opens where the eye is
  press(box, deeds);
  box.addEventListener("submit", repaint);
  listen(changed => { if ([...changed].some(concerns)) refresh(); moving(changed); });
  addEventListener("tb-song", event => take(event.detail));
  shelf();
}
export {song_ as song};

function concerns(id) {
  const each = job(id);
  return each?.type === "song" || (song && (id === song.job || each?.parent === song.job || song.verses.some(one => one.job === id)));
}

let seen = "";
const fetchSoon = calm(() => shelf(), 150);

/** Fetch again only when a job of this song changed its state; progress is patched in place. */
function refresh() {
  const jobs = [song?.job, ...(song?.verses || []).map(each => each.job)].map(id => id && job(id)).filter(Boolean);
  const children = song?.job ? steps(song.job) : [];
  const now = [...known(each => each.type === "song"), ...jobs, ...children].map(each => each.id + each.status + (each.children?.complete ?? "")).join();
  if (!song || seen !== now) { seen = now; fetchSoon(); }
}

async function shelf() {
  try {
    const found = await read("songs", {limit: 100});
    songs = found.songs;
    const made = expected && job(expected);
    const id = (made && (made.request.song_id || made.result?.song_id)) || songs.find(each => expected && each.job === expected)?.id;
    if (id) { wanted = id; expected = ""; }
    const pick = songs.find(each => each.id === wanted || each.job === wanted) || (song && songs.find(each => each.id === song.id)) || songs[0];
    song = pick ? await ask("get_song", {song_id: pick.id}) : null;
    draw();
  } catch (error) { put($(box, ".tb-book"), html`<p class="tb-wrong">${error.message}</p>`); }
}

function take(id) {
  wanted = id;
  editing.clear();
  history.replaceState(null, "", `#song/${encodeURIComponent(id)}`);
  shelf().then(() => { if (innerWidth < 900) scrollTo(0, 0); });
}

function draw() {
  const nav = $(box, ".tb-spines"), book = $(box, ".tb-book");
  nav.hidden = songs.length < 2;
  document.body.classList.toggle("tb-has-song", Boolean(song));
  const opened = each => each.id === song?.id;
  arrange($(nav, "ul"), songs.map(each => ({key: each.id, state: [each.title, each.cover, opened(each)].join(), draw: () => spine(each, opened(each))})));
  if (!song) { arrange(book, [{key: "empty", state: "", draw: () => lesson(EXAMPLE, `${tbFacts.assets}examples/song.webp`)}]); return; }
  const painted = song.verses.filter(each => each.artifact).length, life = song.job && job(song.job)?.status;
  const front = [song.published, song.book, song.sheet, song.title, life, painted].join();
  const pages = song.verses.map((each, n) => {
    const open = editing.has(each.name);
    return {key: `${song.id}-${each.name}`, state: verseState(each, song, open), draw: () => verse(each, n, song, open)};
  });
  arrange(book, [{key: `cover-${song.id}`, state: front, draw: () => cover(song)}, ...pages]);
  moving(null);
}

/** Words, notes and previews of what is being painted. */
function moving(changed) {
  if (!song) return;
  for (const each of song.verses) {
    const at = painter(each, song);
    if (!at || !unfinished(at) || (changed && !changed.has(at.id))) continue;
    const place = $(box, `.tb-verse[data-name="${CSS.escape(each.name)}"]`);
    if (!place) continue;
    patch(place, at);
    place.style.setProperty("--blur", `${Math.round((1 - (at.progress || 0)) * 12)}px`);
    preview($(place, ".tb-plate"), at);
  }
}

function preview(plate, at) {
  if (!at.preview || plate.dataset.seen === at.preview) return;
  plate.dataset.seen = at.preview;
  const picture = new Image();
  picture.alt = "";
  picture.className = "tb-preview";
  picture.onload = () => { $(plate, ".tb-preview")?.remove(); plate.insertBefore(picture, $(plate, ".tb-plate-notes")); };
  picture.src = at.preview;
}

const find = button => song.verses.find(each => each.name === button.dataset.name);

const place = (name, what) => $(box, `.tb-verse[data-name="${CSS.escape(name)}"] ${what}`);
const lyrics = () => song.verses.map(each => each.text).join("\n\n");

async function publish(on) {
  if (!await act("publish_song", {song_id: song.id, published: on})) return;
  note(on ? "Published. Anybody who can reach this studio can read it." : "Taken back.");
  shelf();
}

const deeds = {
  take: button => take(button.dataset.id),
  cancel: button => cancel(button.dataset.id),
  example: () => reuseSong(EXAMPLE),
  words: () => reuseSong({title: song.title, tags: (song.tags || []).join(", "), style: song.style, lyrics: song.lyrics || lyrics()}),
  paint: async () => { if (await act("illustrate_song", {song_id: song.id, wait: false})) shelf(); },
  publish: () => publish(!song.published),
  edit: button => {
    editing.add(button.dataset.name);
    draw();
    place(button.dataset.name, "textarea")?.focus({preventScroll: true});
    place(button.dataset.name, ".tb-editor")?.scrollIntoView({block: "nearest"});
  },
  leave: button => { editing.delete(button.dataset.name); draw(); place(button.dataset.name, ".tb-acts .tb-button")?.focus(); },
  look: button => look(find(button), button),
};

/** The large view over all verses that are painted. */
async function look(verse, button) {
  const painted = song.verses.filter(each => each.artifact && each.job);
  for (const each of painted) if (!job(each.job)) await act("get_job", {job_id: each.job});
  const entries = painted.filter(each => job(each.job)).map(entry).filter(each => each.output);
  view(entries, Math.max(0, entries.findIndex(entry => entry.job === verse.job)), button);
}

function entry(verse) {
  const made = pictures(job(verse.job));
  return {job: verse.job, output: made.find(one => one.id === verse.artifact) || made[0]};
}

async function repaint(event) {
  event.preventDefault();
  const form = event.target, words = $(form, "textarea").value.trim(), seed = $(form, "input").value.trim(), wrong = $(form, ".tb-wrong");
  try {
    const drawn = seed ? {seed: /^-?\d+$/.test(seed) ? Number(seed) : seed} : {};
    const made = await ask("redo_verse", {song_id: song.id, verse: form.dataset.name, ...words ? {words} : {}, ...drawn, wait: false});
    if (made?.id && made.status) learn([made]);
    editing.delete(form.dataset.name);
    shelf();
  } catch (error) {
    wrong.textContent = error.message;
    wrong.hidden = false;
  }
}

