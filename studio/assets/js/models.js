/* The models: how each stands here, why auto takes what it takes, and their downloads. */
import {$, arrange, button, calm, html, press, put} from "./dom.js";
import {act, again, cancel} from "./acts.js";
import {patch} from "./dock.js";
import {ask, known, learn, listen, read, unfinished} from "./live.js";
import {note, say} from "./news.js";
import {staff} from "./staff.js";
import {whenSeen} from "./studio.js";

const STATES = {coming: "Coming", ready: "Ready", download: "To download", key: "Needs a key", package: "Needs packages", memory: "Will not fit", server: "Not set up"};
const ORDER = ["ready", "download", "key", "package", "server", "memory"];
const MARKS = {ready: "complete", memory: "cancelled", server: "cancelled"};
const WAYS = {full: "in one piece", model: "with its resting parts outside", group: "block by block"};
const DEVICES = {cuda: "Graphics card", mps: "Apple graphics", cpu: "Processor"};
const asked = {state: "", words: "", kind: ""};
const agreeing = new Set(), refused = new Map();
let box, told = null, kinds = [], failed = "", shared = "";

export function models(element, {props}) {
  box = $(element, ".tb-part");
  kinds = props.kinds;
  put(box, frame());
  press(box, {
    state: pressed => { asked.state = pressed.dataset.value; draw(); },
    get: pressed => get(pressed.dataset.name), agree: pressed => get(pressed.dataset.name, true),
    leave: pressed => { agreeing.delete(pressed.dataset.name); draw(); },
    pause: pressed => cancel(pressed.dataset.id), resume: pressed => resume(pressed.dataset.name),
    away: pressed => away(pressed.dataset.name), unload: pressed => act("unload_models", {model: pressed.dataset.name}).then(look)});
  $(box, "[type=search]").addEventListener("input", calm(event => { asked.words = event.target.value.trim().toLowerCase(); draw(); }, 120));
  $(box, ".tb-model-kinds select").addEventListener("change", event => { asked.kind = event.target.value; draw(); });
  whenSeen("models", look, 20);
  let live = "";
  listen(() => {
    const now = downloads().map(each => each.id + each.status).join();
    if (now !== live) { live = now; if (told) look(); }
    if (told) draw();
  });
}

const frame = () => html`<div class="tb-studio"><div class="tb-models">
  <div class="tb-studio-bar"><input type="search" class="tb-search" placeholder="Search" aria-label="Search the models">
    <span class="tb-field tb-model-kinds"><label class="tb-select"><select aria-label="What they are for"></select></label></span>
    <div class="tb-chips tb-model-states" role="group" aria-label="Show"></div></div>
  <p class="tb-model-note tb-soft" hidden></p><div class="tb-model-list"></div><p class="tb-model-none tb-soft" role="status">Looking at the models and the servers…</p></div>
  <aside class="tb-lanes tb-here"><h2 class="tb-heading">This machine</h2><div class="tb-machine"></div>
    <h2 class="tb-heading">Best that is ready</h2><div class="tb-autos"></div></aside></div>`;

async function look() {
  try { told = await read("models"); failed = ""; } catch (error) { failed = error.message; }
  draw();
}

const downloads = () => known(each => each.kind === "download_model");
const coming = row => downloads().find(each => (each.request.weights === row.name || each.id === row.download?.job) && unfinished(each)); // two rows may share a folder
const underWay = row => Boolean(coming(row) || row.state !== "ready" && row.download?.part_bytes);
const ended = name => downloads().find(each => each.request.weights === name && !unfinished(each));

/** Ask for a model; one that may not be used commercially only after its licence was agreed to. */
async function get(name, agreed = false) {
  const row = told.models.find(each => each.name === name);
  if (row.download.consent && !agreed) { agreeing.add(name); draw(); return; }
  agreeing.delete(name);
  refused.delete(name);
  await ask("download_model", {model: name, consent: agreed, wait: false}).then(job => learn([job]), error => { refused.set(name, error.message); say(error.message); });
  look();
}

/** Go on with a download that was stopped: the same job if it is still there. */
function resume(name) {
  const before = ended(name), row = told.models.find(each => each.name === name);
  return before && before.status !== "complete" ? again(before.id).then(look) : get(name, !row.download.consent);
}

async function away(name) {
  const row = told.models.find(each => each.name === name);
  if (!await note(`${title(row)} is deleted, ${size(row.download.here_bytes || row.download.part_bytes)}.`, "Keep it")) return;
  const gone = await act("delete_model", {model: name});
  if (gone) note(`${size(gone.freed_bytes)} are free again.${gone.also.length ? ` Gone with it: ${gone.also.join(", ")}.` : ""}`);
  look();
}

const title = row => row.title || row.name;
const size = bytes => bytes >= 1e9 ? gigabytes(bytes / 1e9) : bytes >= 1e6 ? `${Math.round(bytes / 1e6)} MB` : `${Math.round(bytes / 1e3)} kB`;
const gigabytes = number => `${Number(number).toLocaleString("en", {maximumFractionDigits: 1})} GB`;
const partly = row => row.download.here_bytes > 0 ? "Another part that it needs is not here yet; the download brings it." : "";
const reasons = row => [refused.get(row.name), row.download.broken || (row.needs === "package" ? row.missing : partly(row)), row.download.why_not !== shared ? row.download.why_not : ""].filter(Boolean);
const matches = row => !asked.words || [row.name, title(row), row.about, row.licence, row.family, row.weights?.repo].join(" ").toLowerCase().includes(asked.words);

function draw() {
  if (!told) { if (failed) $(box, ".tb-model-none").textContent = failed; return; }
  const counts = {};
  told.models.forEach(row => [row.state, underWay(row) ? "coming" : ""].forEach(state => { counts[state] = (counts[state] || 0) + 1; }));
  if (asked.state === "coming" && !counts.coming) asked.state = "";
  arrange($(box, ".tb-model-states"), ["", ...Object.keys(STATES).filter(state => counts[state])].map(state => ({key: state || "all",
    state: [counts[state], asked.state === state].join(), draw: () => button(state ? `${STATES[state]} ${counts[state]}` : "All", "state", {look: "", value: state, pressed: asked.state === state})})));
  const offline = new Set(told.models.filter(row => row.state === "download").map(row => row.download.why_not)), place = $(box, ".tb-model-note");
  shared = offline.size === 1 ? [...offline][0] : ""; // one sentence for all of them is said once
  place.hidden = !shared;
  place.textContent = capital(shared);
  const list = told.models.filter(row => (!asked.state || row.state === asked.state || asked.state === "coming" && underWay(row)) && matches(row)), items = [];
  const found = groups(list);
  kindsOf(found);
  for (const group of found.filter(each => !asked.kind || each.title === asked.kind)) {
    items.push({key: `of-${group.title}`, state: "", draw: () => html`<h2 class="tb-heading">${group.title}</h2>`});
    group.rows.forEach(row => items.push({key: row.name, state: stateOf(row), draw: () => rowOf(row)}));
  }
  arrange($(box, ".tb-model-list"), items);
  $(box, ".tb-model-none").textContent = failed || (list.length ? "" : "No model is like that.");
  for (const each of downloads().filter(unfinished)) { const place = $(box, `[data-job="${CSS.escape(each.id)}"]`); if (place) patch(place, each); }
  aside();
}

/** The kinds there are among what is shown, to leave the others out. */
function kindsOf(found) {
  if (!found.some(group => group.title === asked.kind)) asked.kind = "";
  const select = $(box, ".tb-model-kinds select"), titles = found.map(group => group.title), state = titles.join();
  if (select.dataset.state !== state) put(select, ["", ...titles].map(kind => html`<option value="${kind}">${kind || "Every kind"}</option>`));
  select.dataset.state = state;
  select.value = asked.kind;
}

function groups(list) {
  const found = new Map();
  const order = new Map(kinds.map((kind, i) => [kind.value, i]));
  const first = row => kinds[Math.min(...row.for.map(kind => order.get(kind) ?? 99))]?.title || "More";
  [...new Set(kinds.map(kind => kind.title)), "More"].forEach(name => found.set(name, []));
  list.forEach(row => found.get(first(row)).push(row));
  const place = row => ORDER.indexOf(row.state); // not by what is coming: nothing moves from under a finger
  return [...found].filter(([, rows]) => rows.length).map(([name, rows]) => ({title: name, rows: rows.sort((a, b) => place(a) - place(b))}));
}

function stateOf(row) {
  const job = coming(row), before = ended(row.name);
  return JSON.stringify([row.state, row.auto, row.warm, row.missing, row.download, job?.id, job?.status === "queued", job?.status === "queued" && job.message, before?.id, before?.status, refused.get(row.name), agreeing.has(row.name), told.may_change, shared]);
}

function rowOf(row) {
  const job = coming(row), part = !job && row.state !== "ready" && row.download?.part_bytes > 0;
  const mark = job ? [job.status === "queued" ? "queued" : "generating", job.status === "queued" ? "Waiting" : "Coming"] : part ? ["queued", "Paused"] : [MARKS[row.state] || "queued", STATES[row.state] || row.state];
  return html`<article class="tb-model"${job ? html` data-job="${job.id}"` : ""} data-model="${row.name}"><span class="tb-mark is-${mark[0]}">${mark[1]}</span>
    <div class="tb-model-words"><h3>${title(row)}${row.auto.length ? html`<small class="tb-taken">taken by auto</small>` : ""}${row.warm ? html`<small class="tb-taken">in memory</small>` : ""}</h3>
      ${row.about && html`<p>${row.about}</p>`}<p class="tb-model-facts">${facts(row)}</p>${job ? progress(job) : trouble(row, part)}${
      agreeing.has(row.name) ? consent(row) : ""}${more(row)}</div>
    <span class="tb-acts">${acts(row, job, part)}</span></article>`;
}

const progress = job => html`${job.status === "queued" && job.message ? html`<p class="tb-soft">${job.message}</p>` : ""}<div class="tb-row-notes">${staff(job, 32)}<small><span data-say="stage"></span><span data-say="left"></span></small></div>`;

/** Licence, what it allows, size, memory: what one wants to know before anything else. */
function facts(row) {
  const held = row.download?.here_bytes, gb = row.weights?.gb;
  return [row.licence && `${row.licence[0].toUpperCase()}${row.licence.slice(1)}`, row.commercial ? "" : html`<b class="tb-wrong">not for commercial use</b>`, held ? `${size(held)} on the disk` : gb ? `${size(gb * 1e9)} to download` : "",
    row.strategy && row.memory_gb[row.strategy] ? `${gigabytes(row.memory_gb[row.strategy])} of memory ${WAYS[row.strategy]}` : "",
    row.named_only ? "costs money or sends the work away: only when named" : ""].filter(Boolean).map(each => html`<span>${each}</span>`);
}

/** Why it is not ready, and what to do; a download that failed says what happened. */
function trouble(row, part) {
  const before = ended(row.name), broke = before?.status === "error" && row.state !== "ready" ? before.error?.message : "";
  if (broke) return html`<p class="tb-wrong">${broke}</p>`;
  if (part) return html`<p class="tb-soft">${size(row.download.part_bytes)} of ${size(row.weights.gb * 1e9)} are here.</p>`;
  if (row.state === "ready") return "";
  if (row.state === "download") return html`${reasons(row).map(said => html`<p class="${row.download.broken || refused.has(row.name) ? "tb-wrong" : "tb-soft"}">${capital(said)}</p>`)}`;
  const words = row.state !== "key" || !row.download ? row.missing : row.download.why_not === shared ? "" : row.download.why_not;
  return html`${words && html`<p class="tb-soft">${capital(words)}</p>`}${row.state === "key" && row.download?.terms ? html`<p>${link(row.download.terms, "Its terms")}</p>` : ""}`;
}

const capital = text => text ? `${/^\S*[./]/.test(text) ? text[0] : text[0].toUpperCase()}${text.slice(1)}${/[.!?)]$/.test(text) ? "" : "."}` : "";
const link = (url, words) => html`<a class="tb-link" href="${url}" target="_blank" rel="noopener noreferrer">${words}</a>`;

const consent = row => html`<div class="tb-consent" role="group" aria-label="Licence of ${title(row)}">
  <p><b>${row.licence}</b> does not allow commercial use. Read it at ${link(row.download.terms, row.weights.repo)} before you agree.</p>
  <span class="tb-acts">${button("I agree, download", "agree", {look: "tb-button is-strong", name: row.name})}${button("Not now", "leave", {look: "tb-quiet", name: row.name})}</span></div>`;

function more(row) {
  const defaults = Object.entries({...row.defaults, ...row.fixed}).map(([name, value]) => `${name} ${value}`).join(", ");
  const memory = Object.entries(row.memory_gb).map(([way, gb]) => `${gigabytes(gb)} ${WAYS[way]}`).join("; ");
  const lines = [["Name", row.name], ["Family", row.family], ["Defaults", defaults], ["Memory", memory], ["From", row.weights?.repo && html`${row.download?.terms ? link(row.download.terms, row.weights.repo) : row.weights.repo}`],
    ["Pinned commit", row.weights?.revision && html`<code>${row.weights.revision.slice(0, 12)}</code>`], ["Files", row.weights?.variant], ["Lists", row.offers.slice(0, 12).join(", ")]];
  return html`<details class="tb-model-more"><summary>Details<span class="tb-sr"> of ${title(row)}</span></summary><dl class="tb-facts">${
    lines.filter(([, value]) => value).map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl></details>`;
}

function acts(row, job, part) {
  const name = row.name, what = title(row), can = told.may_change && row.download?.can;
  if (job) return told.may_change ? button("Pause", "pause", {id: job.id, label: `Pause the download of ${what}`}) : "";
  const there = row.download && (row.download.here_bytes || row.download.part_bytes) && told.may_change;
  return [part && can ? button("Resume", "resume", {look: "tb-button", name, label: `Resume the download of ${what}`})
    : can && !agreeing.has(name) ? button("Download", "get", {name, label: `Download ${what}, ${size(row.weights.gb * 1e9)}`}) : "",
    row.warm && told.may_change ? button("Unload", "unload", {look: "tb-quiet", name, label: `Unload ${what}`}) : "",
    there ? button("Delete", "away", {look: "tb-quiet", name, label: `Delete ${what}`}) : ""];
}

function aside() {
  const here = told.machine, lines = !here ? [] : [["Works on", `${DEVICES[here.device] || here.device}${here.device === "cpu" ? "" : `, ${here.name}`}`], ["Memory", gigabytes(here.memory_gb)],
    ["Free on the disk", gigabytes(here.free_disk_gb)], ["Kept free", gigabytes(here.floor_gb)]];
  arrange($(box, ".tb-machine"), [{key: "facts", state: JSON.stringify([here, told.may_change]), draw: () => html`<div><dl class="tb-facts">${
    lines.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>${told.may_change ? "" : html`<p class="tb-soft">In a public studio its owner brings models, with app.py in the shell.</p>`}</div>`}]);
  const shown = kinds.filter(kind => told.auto[kind.value]);
  arrange($(box, ".tb-autos"), shown.map(kind => ({key: kind.value, state: JSON.stringify(told.auto[kind.value]), draw: () => autoRow(kind, told.auto[kind.value])})));
}

const autoRow = (kind, chosen) => html`<details class="tb-auto"><summary><span class="tb-soft">${kind.title}</span> <b>${chosen.title || "none yet"}</b></summary><p class="tb-soft">${chosen.because}</p></details>`;

