/* The endpoints: every server that works for this studio, as it is now. */
import {$, arrange, button, html, press, put} from "./dom.js";
import {read} from "./live.js";
import {whenSeen} from "./studio.js";

const STATES = {up: ["complete", "Up"], slow: ["generating", "Slow"], down: ["error", "Does not answer"], off: ["cancelled", "Not set up"]};
const KINDS = {comfyui: "ComfyUI", server: "Server"};
const NAMED = 6;
let box;

export function endpoints(element) {
  box = $(element, ".tb-part");
  put(box, html`<div class="tb-studio"><div class="tb-peers"><div class="tb-peer-list"></div><p class="tb-peer-none tb-soft" role="status">Asking…</p></div>
    <aside class="tb-lanes tb-here"><h2 class="tb-heading">Where they are named</h2>
      <p>Servers stand in <code>config/studio.yaml</code>: ComfyUI under <code>comfyui</code>, with name and address; all others under <code>servers</code>, by the name that a row of <code>models.yaml</code> uses. The studio reads it when it starts.</p>
      <p>Keys stand in the environment or in <code>secrets.yaml</code>. The page shows and takes neither keys nor addresses: whoever could enter one here could send the studio anywhere.</p>
      <p class="tb-soft">This list looks again every few seconds while you see it.</p></aside></div>`);
  press(box, {open: pressed => dispatchEvent(new CustomEvent("tb-open", {detail: pressed.dataset.id}))});
  whenSeen("endpoints", look, 4);
}

let asking = false;

async function look() {
  if (asking) return;
  asking = true;
  try { draw((await read("endpoints", {only: "servers"})).servers); } catch (error) { $(box, ".tb-peer-none").textContent = error.message; }
  asking = false;
}

function draw(servers) {
  const list = [...servers].sort((a, b) => (a.state === "off") - (b.state === "off") || (a.kind > b.kind) - (a.kind < b.kind));
  $(box, ".tb-peer-none").textContent = list.some(each => each.state !== "off") ? "" : "No server is set up yet. The studio works on its own without one.";
  arrange($(box, ".tb-peer-list"), list.map(each => ({key: `${each.kind}-${each.name}`, state: JSON.stringify(each), draw: () => row(each)})));
}

function row(each) {
  const [mark, words] = STATES[each.state] || ["queued", each.state];
  return html`<article class="tb-model tb-peer" data-peer="${each.name}"><span class="tb-mark is-${mark}">${words}</span>
    <div class="tb-model-words"><h3>${each.name} <small class="tb-soft">${KINDS[each.kind] || each.kind}</small></h3>
      ${each.message && html`<p class="${each.state === "down" ? "tb-wrong" : "tb-soft"}">${each.message}</p>`}
      ${each.last_error && each.last_error.message !== each.message ? html`<p class="tb-soft">Last error, ${ago(each.last_error.at)}: ${each.last_error.message}</p>` : ""}
      <p class="tb-model-facts">${facts(each).map(fact => html`<span>${fact}</span>`)}</p>${running(each)}${offers(each)}</div></article>`;
}

/** How long ago something was, to the minute. */
function ago(at) {
  const minutes = Math.round((Date.now() / 1000 - at) / 60);
  return minutes < 1 ? "just now" : minutes < 60 ? `${minutes} min ago` : minutes < 2880 ? `${Math.round(minutes / 60)} h ago` : `${Math.round(minutes / 1440)} days ago`;
}

function facts(each) {
  const seconds = each.seconds ?? null;
  return [each.for?.length ? `For ${each.for.slice(0, 4).join(", ")}` : "", each.version ? `ComfyUI ${each.version}` : "", each.device,
    each.vram_total_mb ? `${(each.vram_free_mb / 1024).toFixed(1)} of ${(each.vram_total_mb / 1024).toFixed(1)} GB of video memory free` : "",
    each.tags?.length ? `for ${each.tags.join(", ")}` : "", each.weight && each.weight !== 1 ? `takes ${each.weight} times the work` : "",
    seconds != null && each.state !== "off" ? `answered in ${seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`}` : ""].filter(Boolean);
}

function running(each) {
  const jobs = each.running?.jobs || [], others = (each.running?.count || 0) - jobs.length, waits = each.waiting;
  if (each.state === "off" || each.state === "down" && !jobs.length) return "";
  const free = !jobs.length && !others && !waits;
  return html`<p class="tb-peer-work">${free ? html`<span class="tb-soft">Nothing of ours runs there.</span>` : ""}${jobs.map(job => button(job.title || "A job", "open", {look: "tb-link", id: job.id}))}${
    others > 0 ? html`<span>${others} of other people</span>` : ""}${waits ? html`<span class="tb-soft">${waits} in its queue</span>` : ""}</p>`;
}

function offers(each) {
  const models = each.models?.length ? each.models : each.checkpoints || [];
  if (!models.length) return "";
  const shown = models.slice(0, NAMED);
  if (models.length <= NAMED) return html`<p class="tb-peer-models">${shown.map(name => html`<code>${name}</code>`)}</p>`;
  return html`<details class="tb-model-more"><summary>${models.length} models<span class="tb-sr"> on ${each.name}</span></summary><p class="tb-peer-models">${models.map(name => html`<code>${name}</code>`)}</p></details>`;
}
