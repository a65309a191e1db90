/* One polite region says what changed, and short notes at the foot of the page can be undone. */
import {$, html, make} from "./dom.js";
import {job, listen, unfinished} from "./live.js";
import {brief, kind, name} from "./words.js";

let region = null;
const seen = new Map();

/** Give the region its element, and follow the jobs. */
export function announceTo(element) {
  region = element;
  let first = true;
  listen(ids => {
    const said = [...ids].map(id => job(id)).filter(each => each && !each.parent).map(change).filter(Boolean);
    if (said.length && !first) say(said.slice(0, 3).join(" "));
    first = false;
  });
}

function change(each) {
  const before = seen.get(each.id);
  seen.set(each.id, each.status);
  if (before === each.status) return "";
  const what = `${kind(each)}, ${brief(name(each))}`;
  if (each.status === "generating") return `Started: ${what}.`;
  if (before === undefined && !unfinished(each)) return "";
  const words = {queued: `Waiting: ${what}.`, complete: `Done: ${what}.`, error: `Failed: ${what}. ${each.error?.message || ""}`, cancelled: `Cancelled: ${what}.`};
  return words[each.status] || "";
}

/** Say something to a screen reader. */
export function say(text) {
  if (!region) return;
  region.textContent = "";
  setTimeout(() => { region.textContent = text; }, 60);
}

/** A note that leaves by itself; `undo` gives it a button. Resolves to false if it was undone. */
export function note(text, undo = "", seconds = 6) {
  say(undo ? `${text} ${undo} is possible for ${seconds} seconds.` : text);
  const holder = $(document, ".tb-notes-foot") || document.body.appendChild(make(html`<div class="tb-notes-foot"></div>`));
  if (document.querySelector("dialog[open]")) $(document, "dialog[open]").append(holder); else document.body.append(holder);
  const slip = make(html`<div class="tb-note"><span>${text}</span>${undo && html`<button type="button" data-do="undo">${undo}</button>`}</div>`);
  holder.append(slip);
  return new Promise(done => {
    const end = kept => { slip.remove(); clearTimeout(timer); removeEventListener("pagehide", leave); done(kept); };
    const leave = () => end(true);
    const timer = setTimeout(() => end(true), seconds * 1000);
    addEventListener("pagehide", leave);
    slip.querySelector("button")?.addEventListener("click", () => end(false));
  });
}
