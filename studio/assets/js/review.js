/* The review list: what moderation flagged or blocked, until whoever runs the studio has looked at it. */
import {$, arrange, button, html, picture, press, put} from "./dom.js";
import {act} from "./acts.js";
import {ask, listen} from "./live.js";
import {note} from "./news.js";
import {whenSeen} from "./studio.js";
import {clock, day, kind, name, pictures, thumb} from "./words.js";

const MODES = {off: "Off", flag: "What is found is made, and stands here", block: "What is found is refused"};
const asked = {state: "open"};
const seen = new Set(); // pictures somebody chose to look at
let box, told = null, failed = "", gone = new Set();

export function review(element) {
  box = $(element, ".tb-part");
  put(box, html`<div class="tb-studio"><div class="tb-reviews">
      <div class="tb-studio-bar"><div class="tb-chips tb-review-states" role="group" aria-label="Show"></div></div>
      <div class="tb-review-list"></div><p class="tb-review-none tb-soft" role="status">Looking…</p></div>
    <aside class="tb-lanes tb-here"><h2 class="tb-heading">Moderation</h2><div class="tb-review-mode"></div>
      <p class="tb-soft">It is set by <code>moderation</code> and <code>moderators</code> in <code>config/studio.yaml</code>; the rules and a brand's guidelines stand in <code>moderation.yaml</code>.</p></aside></div>`);
  press(box, {
    state: pressed => { asked.state = pressed.dataset.value; told = null; draw(); look(); },
    show: pressed => { seen.add(pressed.dataset.id); draw(); },
    open: pressed => dispatchEvent(new CustomEvent("tb-open", {detail: pressed.dataset.id})),
    approve: pressed => decide(pressed.dataset.id, "approve"), remove: pressed => decide(pressed.dataset.id, "remove")});
  whenSeen("review", look, 15);
  listen(() => { if (told) look(); });
}

let asking = false;

async function look() {
  if (asking) return;
  asking = true;
  try { told = await ask("list_reviews", {state: asked.state, limit: 100}); failed = ""; } catch (error) { failed = error.message; }
  asking = false;
  draw();
}

async function decide(id, decision) {
  if (decision === "remove") {
    gone.add(id);
    draw();
    const sure = await note("Removed with its files.", "Undo");
    gone.delete(id);
    if (!sure) { draw(); return; }
  }
  const answer = await act("review_job", {job_id: id, decision});
  if (answer && decision === "approve") note(answer.status === "queued" ? "Let pass; it is made now." : "Let pass.");
  look();
}

function draw() {
  arrange($(box, ".tb-review-states"), [["open", "Waiting"], ["approved", "Let pass"]].map(([state, title]) => ({key: state,
    state: [asked.state === state, told?.open].join(), draw: () => button(state === "open" && told?.open ? `${title} ${told.open}` : title, "state", {look: "", value: state, pressed: asked.state === state})})));
  const list = (told?.reviews || []).filter(each => !gone.has(each.job.id));
  arrange($(box, ".tb-review-list"), list.map(each => ({key: each.job.id, state: JSON.stringify([each.state, each.verdicts, each.job.status, seen.has(each.job.id)]), draw: () => row(each)})));
  $(box, ".tb-review-none").textContent = failed || (!told ? "Looking…" : list.length ? "" : empty());
  if (told) put($(box, ".tb-review-mode"), html`<dl class="tb-facts"><div><dt>Mode</dt><dd>${MODES[told.mode] || told.mode}</dd></div>
    ${told.mode === "off" ? "" : html`<div><dt>Asked</dt><dd>${told.moderators.join(", ") || "nobody"}</dd></div>`}</dl>`);
}

const empty = () => asked.state !== "open" ? "Nothing was let pass yet." : told.mode === "off" ? "Moderation is off, and nothing waits from before." : "Nothing waits to be looked at.";

function row(each) {
  const {job} = each, first = pictures(job)[0], mark = each.state === "approved" ? ["complete", "Let pass"] : each.blocked ? ["error", "Blocked"] : ["queued", "Flagged"];
  const about = [kind(job), day(job) === "Today" ? clock(job) : `${day(job)} ${clock(job)}`].join(", ");
  const shown = !first ? "" : seen.has(job.id) ? button(picture(thumb(first, 256)), "open", {look: "tb-tiny tb-review-picture", id: job.id, label: `Open ${name(job)}`})
    : button("Show the picture", "show", {look: "tb-quiet", id: job.id, label: `Show the picture of ${name(job)}`});
  return html`<article class="tb-model tb-review" data-job="${job.id}"><span class="tb-mark is-${mark[0]}">${mark[1]}</span>
    <div class="tb-model-words"><h3 dir="auto">${name(job)}</h3><p class="tb-soft">${about}</p>
      <ul class="tb-verdicts">${each.verdicts.map(verdict => html`<li><b>${verdict.category}</b> <span dir="auto">${subject(verdict)}: ${verdict.why || "it was judged so"}</span>
        <small class="tb-soft">${verdict.by}${verdict.score != null ? `, ${Math.round(verdict.score * 100)} %` : ""}</small></li>`)}</ul>${shown}</div>
    <span class="tb-acts">${each.state === "open" ? button("Let it pass", "approve", {id: job.id, label: `Let ${name(job)} pass`}) : ""}${
      button("Remove", "remove", {id: job.id, label: `Remove ${name(job)}`})}</span></article>`;
}

const subject = verdict => /\.look-\d+\.png$/.test(verdict.subject) ? "a frame" : /\.(png|jpe?g|webp)$/.test(verdict.subject) ? "the picture" : verdict.subject;
