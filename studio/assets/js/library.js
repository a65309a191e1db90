/* The Library: everything that was made, in rows of equal height that keep every picture's own shape. */
import {$, all, arrange, arrows, button, calm, html, picture, press, put} from "./dom.js";
import {favour, remove} from "./acts.js";
import {show} from "./header.js";
import {isHidden, job, learn, listen, read} from "./live.js";
import {view} from "./view.js";
import {day, kind, name, pictures, thumb} from "./words.js";

const PAGE = 60;
const asked = {search: "", type: "", favourite: ""};
const chosen = new Set();
let box, ids = [], cursor = "", busy = false, choosing = false, turn = 0;

export function library(element, {props}) {
  box = $(element, ".tb-part");
  put(box, frame(props.kinds));
  press(box, {type: pickType, liked: toggleLiked, choose: toggleChoosing, open: openItem, compare: compareTwo, remove: removeChosen, liking: likeChosen});
  $(box, "[type=search]").addEventListener("input", calm(event => { asked.search = event.target.value.trim(); load(true); }, 180));
  arrows(box, ".tb-item");
  new IntersectionObserver(seen => { if (seen[0].isIntersecting) load(false); }, {rootMargin: "900px"}).observe($(box, ".tb-more"));
  let first = true;
  listen(changed => { if (first) { first = false; load(true); } else arrived(changed); });
}

const frame = kinds => html`<div class="tb-library"><div class="tb-shelfbar"><h1>Library</h1>
  <input type="search" class="tb-search" placeholder="Words, styles, seeds" aria-label="Search the Library">
  <div class="tb-chips" role="group" aria-label="Show">${[{value: "", title: "All"}, ...kinds].map(each =>
    button(each.title, "type", {look: "", value: each.value, pressed: !each.value}))}${button("Favourites", "liked", {look: "", pressed: false})}</div>
  ${button("Select", "choose", {look: "tb-quiet tb-choose", pressed: false, off: true})}</div>
  <div class="tb-shelf"></div><p class="tb-shelf-end tb-soft" role="status"></p><div class="tb-more"></div>
  <div class="tb-chosen" role="toolbar" aria-label="What to do with the selected works" hidden></div></div>`;

const fits = each => !each.parent && each.status === "complete" && !["text", "model"].includes(each.type);

async function load(fresh) {
  if (!fresh && (busy || cursor === null)) return;
  const mine = fresh ? ++turn : turn;
  busy = true;
  if (fresh) cursor = "";
  try {
    const page = await read("jobs", {...asked, status: "complete", limit: PAGE, cursor});
    if (mine !== turn) return;
    learn(page.jobs);
    const found = page.jobs.filter(fits).map(each => each.id);
    ids = fresh ? found : [...ids, ...found.filter(id => !ids.includes(id))];
    cursor = page.next;
    busy = !found.length && Boolean(cursor); // nothing on this page that fits: what is empty is said after the next
    draw();
    if (busy) { busy = false; load(false); return; }
  } catch (error) { if (mine === turn) put($(box, ".tb-shelf-end"), html`${error.message}`); cursor = null; }
  busy = false;
}

/** Finished just now, favoured or deleted elsewhere. */
function arrived(changed) {
  const plain = !asked.search && !asked.favourite;
  for (const id of changed) {
    const each = job(id);
    if (each && plain && fits(each) && !ids.includes(id) && (!asked.type || asked.type === each.type)) {
      const next = ids.findIndex(other => (job(other)?.created_at ?? 0) < each.created_at);
      if (next >= 0 || cursor === null || !ids.length) ids.splice(next < 0 ? ids.length : next, 0, id);
    }
  }
  draw();
}

function draw() {
  const list = ids.map(job).filter(each => each && fits(each) && !isHidden(each.id));
  const shelf = $(box, ".tb-shelf"), items = [];
  let last = "";
  for (const each of list) {
    const today = day(each);
    if (today !== last && last) items.push(fill(last));
    if (today !== last) items.push({key: `day-${today}`, state: "", draw: () => html`<h2>${today}</h2>`});
    last = today;
    items.push({key: each.id, state: [each.favourite, choosing, chosen.has(each.id)].join(), draw: () => item(each)});
  }
  if (last) items.push(fill(last));
  shelf.classList.toggle("is-choosing", choosing);
  arrange(shelf, items);
  put($(box, ".tb-shelf-end"), list.length ? "" : empty());
  $(box, ".tb-choose").disabled = !list.length && !choosing;
  toolbar();
}

/** What is left of a day's last row. */
const fill = day => ({key: `fill-${day}`, state: "", draw: () => html`<i class="tb-fill"></i>`});

function item(each) {
  const shown = pictures(each), first = shown[0], titled = each.type !== "image" || !first;
  const ratio = first?.width && first?.height ? Math.max(.45, Math.min(2.6, first.width / first.height)) : 1;
  const on = chosen.has(each.id), label = `${choosing ? "Select" : "Open"} ${kind(each)}: ${name(each)}${each.favourite ? ", favourite" : ""}`;
  const inside = html`${first ? picture(thumb(first, 512)) : html`<span class="tb-blank"></span>`}
    <span class="tb-caption"><span dir="auto">${name(each)}</span>${titled ? html`<small>${kind(each)}</small>` : ""}</span>${marks(each, shown, on)}`;
  return html`<div class="tb-frame" style="--ratio:${ratio}">${button(inside, "open", {
    look: `tb-item is-${each.type}${titled ? " is-titled" : ""}`, id: each.id, label, pressed: choosing ? on : null})}</div>`;
}

function marks(each, shown, on) {
  const many = shown.length > 1 && each.type === "image";
  return [many ? html`<span class="tb-many" aria-hidden="true">${shown.length}</span>` : "",
    each.favourite ? html`<span class="tb-star" aria-hidden="true">★</span>` : "",
    choosing ? html`<span class="tb-tick" aria-hidden="true">${on ? "✓" : ""}</span>` : ""];
}

function empty() {
  if (busy && !ids.length) return "";
  if (asked.search) return `Nothing here says “${asked.search}”. Search looks at the words, the style and the seed.`;
  if (asked.favourite) return "No favourites yet. The star beside a picture puts it here.";
  return "Nothing has been made yet. What you make on the other tabs is kept here.";
}

function toolbar() {
  const bar = $(box, ".tb-chosen"), n = chosen.size;
  bar.hidden = !choosing;
  if (!choosing) return;
  const zip = n ? html`<a class="tb-button" href="/library.zip?ids=${[...chosen].join(",")}" download>ZIP</a>`
    : html`<a class="tb-button is-off" aria-disabled="true">ZIP</a>`;
  put(bar, html`<span><b>${n}</b><i> selected</i></span>
    ${button("Compare", "compare", {off: !comparable(), title: comparable() ? null : "Select two pictures to compare them"})}${zip}
    ${button("Favourite", "liking", {off: !n})}${button("Delete", "remove", {off: !n})}${button("Done", "choose", {look: "tb-quiet"})}`);
}

const comparable = () => chosen.size === 2 && [...chosen].every(id => job(id)?.type === "image");

function pickType(chip) {
  asked.type = chip.dataset.value;
  all(box, "[data-do=type]").forEach(each => each.setAttribute("aria-pressed", String(each === chip)));
  load(true);
}

function toggleLiked(chip) {
  asked.favourite = asked.favourite ? "" : "true";
  chip.setAttribute("aria-pressed", String(Boolean(asked.favourite)));
  load(true);
}

function toggleChoosing() {
  choosing = !choosing;
  chosen.clear();
  const toggle = $(box, ".tb-choose");
  toggle.setAttribute("aria-pressed", String(choosing));
  toggle.textContent = choosing ? "Stop selecting" : "Select";
  draw();
}

function openItem(item) {
  const each = job(item.dataset.id);
  if (choosing) {
    chosen.has(each.id) ? chosen.delete(each.id) : chosen.add(each.id);
    draw();
    return;
  }
  if (each.type === "song") {
    show("song");
    dispatchEvent(new CustomEvent("tb-song", {detail: each.request.song_id || each.result?.song_id || each.id}));
    return;
  }
  const works = ids.map(job).filter(one => one && one.type !== "song" && !isHidden(one.id));
  const entries = works.flatMap(one => pictures(one).map(output => ({job: one.id, output})));
  view(entries, entries.findIndex(entry => entry.job === each.id), item);
}

function compareTwo(opener) {
  const entries = [...chosen].map(job).map(each => ({job: each.id, output: pictures(each)[0]})).filter(entry => entry.output);
  if (entries.length === 2) view(entries, 0, opener, 1);
}

function removeChosen() {
  const many = [...chosen];
  chosen.clear();
  remove(many);
  draw();
}

async function likeChosen() {
  for (const id of chosen) await favour(id, true);
}

