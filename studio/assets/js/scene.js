/* The scene editor: form and JSON of one scene side by side, checked while it is written. */
import {$, all, button, html, press, put} from "./dom.js";
import {say} from "./news.js";
import {form, value} from "./sceneform.js";
import {fresh, words} from "./scenewords.js";
import {clear, edit, hear, redo, table, type, undo} from "./table.js";

let box;

export function scene(element) {
  box = $(element, ".tb-part");
  put(box, frame());
  press(box, {undo: () => step(undo, "Undone."), redo: () => step(redo, "Redone."), clear: () => step(clear, "The scene is empty."), add, drop, paint, pale});
  const text = $(box, "textarea");
  text.addEventListener("input", () => type(text.value));
  box.addEventListener("input", event => { if (event.target.matches("input[data-path]")) put_in(event.target); });
  box.addEventListener("change", event => {
    if (event.target.matches("select[data-path]")) put_in(event.target);
    if (event.target.matches("[data-path$='.noun']")) rename(Number(event.target.dataset.path.split(".")[1]));
  });
  box.addEventListener("keydown", keys);
  hear(change);
  words().then(() => change("whole"), () => put($(box, ".tb-sceneplace"), html`<p class="tb-wrong">The studio did not answer. Load the page again.</p>`));
}

const frame = () => html`<section class="tb-scene" aria-labelledby="scene-title">
  <div class="tb-scenebar"><h2 class="tb-heading" id="scene-title">The scene</h2>
    <p class="tb-soft" data-say="words" dir="auto"></p>
    <div class="tb-acts">${button("Undo", "undo", {look: "tb-quiet"})}${button("Redo", "redo", {look: "tb-quiet"})}${button("Start from nothing", "clear", {look: "tb-quiet"})}</div></div>
  <div class="tb-scenepair"><div class="tb-sceneplace"></div>
    <div class="tb-field tb-scenetext"><label><span class="tb-label">The same as JSON</span>
      <textarea spellcheck="false" autocapitalize="off" autocomplete="off" rows="24" aria-describedby="scene-told"></textarea></label>
      <div class="tb-told" id="scene-told" role="status" aria-live="polite"></div></div></div>
  <div class="tb-sceneend">${button("Draw this scene", "draw", {look: "tb-button is-strong"})}</div></section>`;

function change(what) {
  const {scene: now, text, back, forth} = table(), area = $(box, "textarea"), place = $(box, ".tb-sceneplace");
  if (what !== "text" && what !== "told" && area.value !== text) area.value = text;
  const inside = place.contains(document.activeElement);
  if ((what === "whole" || what === "text") && !(inside && what === "text")) draw(place, now);
  if (what === "form") dots(now);
  $(box, "[data-do=undo]").disabled = !back;
  $(box, "[data-do=redo]").disabled = !forth;
  marks();
}

function draw(place, now) {
  const at = document.activeElement?.dataset?.path;
  put(place, form(now));
  if (at) $(place, `[data-path="${CSS.escape(at)}"]`)?.focus({preventScroll: true});
}

/** Titles and colour dots follow what is typed, while the fields stay as they are. */
function dots(now) {
  all(box, ".tb-thing").forEach((card, n) => {
    const each = now.things?.[n] || {};
    $(card, "legend span").textContent = `${n + 1}. ${each.noun || "Something"}`;
    $(card, ".tb-dot").style.setProperty("--of", each.color || "none");
    $(card, "[data-at$='.to']").classList.toggle("is-idle", !each.relation);
  });
}

/** Everything that is wrong, in place; what has no place of its own stands below the JSON. */
function marks() {
  const {fault, told} = table(), said = [...told.problems.map(each => ({...each, wrong: true})), ...told.hints];
  all(box, ".tb-amiss").forEach(each => { each.hidden = true; each.textContent = ""; });
  all(box, "[data-path]").forEach(each => { each.removeAttribute("aria-invalid"); each.removeAttribute("aria-describedby"); });
  for (const each of said) mark(each);
  $(box, "textarea").setAttribute("aria-invalid", String(Boolean(fault || told.problems.length)));
  const rows = fault ? [{message: fault, wrong: true}] : said;
  put($(box, ".tb-told"), rows.length ? html`<ul>${rows.map(each => html`<li class="${each.wrong ? "is-wrong" : ""}" dir="auto"><b>${where(each.at)}</b> ${each.message}</li>`)}</ul>`
    : told.text ? html`<p class="tb-mark is-complete">It can be drawn</p>` : "");
  $(box, "[data-say=words]").textContent = fault ? "" : told.words;
}

function mark({at = "", message, wrong}) {
  const path = at.split(".");
  while (path.length) {
    const cell = box.querySelector(`.tb-cell[data-at="${CSS.escape(path.join("."))}"]`);
    if (cell) {
      const words = $(cell, ".tb-amiss"), fields = all(cell, "[data-path]");
      words.hidden = false;
      words.classList.toggle("is-hint", !wrong);
      words.textContent = message;
      fields.forEach(each => { if (wrong) each.setAttribute("aria-invalid", "true"); each.setAttribute("aria-describedby", words.id); });
      return;
    }
    path.pop();
  }
}

/** A path as a person would say it. */
function where(at) {
  if (!at) return "";
  const [first, n, last] = at.split(".");
  return first === "things" && n != null ? `Thing ${Number(n) + 1}${last ? `, ${last}` : ""}:` : `${first}:`;
}

function put_in(target) {
  const path = target.dataset.path.split("."), what = value(target.dataset.path, target.value);
  edit(next => {
    let at = next;
    for (const key of path.slice(0, -1)) at = at[key] ??= {};
    const last = path.at(-1);
    if (what === undefined) delete at[last]; else at[last] = what;
    if (last === "relation" && what === undefined) delete at.to;
    if (path[0] !== "palette") delete next.prompt;
  }, {where: target.dataset.path});
}

/** A thing that has only its first id takes the name of what it is, unless another thing speaks of it. */
function rename(n) {
  const {scene: now} = table(), each = now.things[n];
  if (!/^thing(-\d+)?$/.test(each.id) || !each.noun || now.things.some(other => other?.to === each.id)) return;
  edit(next => { next.things[n].id = fresh(next.things.filter((_, other) => other !== n), each.noun); }, {where: `things.${n}.noun`});
}

function add() {
  edit(next => {
    next.things = Array.isArray(next.things) ? next.things : [];
    next.things.push({id: fresh(next.things, "thing"), noun: ""});
    delete next.prompt;
  }, {whole: true, where: "add"});
  all(box, ".tb-thing").at(-1)?.querySelector("input")?.focus();
}

function drop(pressed) {
  const n = Number(pressed.dataset.n);
  edit(next => {
    const [gone] = next.things.splice(n, 1);
    for (const each of next.things) if (each?.to === gone?.id) { delete each.to; delete each.relation; }
    delete next.prompt;
  }, {whole: true, where: "drop"});
  (all(box, "[data-do=drop]")[n] || $(box, "[data-do=add]")).focus();
  say("Taken out. Undo brings it back.");
}

const paint = () => { edit(next => { next.palette = [...(Array.isArray(next.palette) ? next.palette : []), "#d8a62c"]; }, {whole: true, where: "paint"}); all(box, "input[type=color]").at(-1)?.focus(); };
const pale = pressed => edit(next => { next.palette.splice(Number(pressed.dataset.n), 1); if (!next.palette.length) delete next.palette; }, {whole: true, where: "pale"});

function step(way, words) { way(); say(words); }

/** Ctrl+Z and Ctrl+Shift+Z (or Ctrl+Y) go through the scene's own past, form and JSON alike. */
function keys(event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
  const key = event.key.toLowerCase(), way = key === "z" ? (event.shiftKey ? redo : undo) : key === "y" ? redo : null;
  if (!way) return;
  event.preventDefault();
  way();
}
