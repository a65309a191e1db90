/* A picture of ours, dropped anywhere, brings its settings back. It is read here; nothing is uploaded. */
import {reuse} from "./acts.js";
import {note} from "./news.js";
import {settings} from "./settings.js";

export function drops() {
  const holds = event => [...(event.dataTransfer?.types || [])].includes("Files");
  addEventListener("dragover", event => {
    if (!holds(event)) return;
    event.preventDefault();
    document.body.classList.add("tb-dropping");
  });
  addEventListener("dragleave", event => { if (!event.relatedTarget) document.body.classList.remove("tb-dropping"); });
  addEventListener("drop", async event => {
    document.body.classList.remove("tb-dropping");
    const file = event.dataTransfer?.files?.[0];
    if (!file) return;
    event.preventDefault();
    event.stopPropagation();
    const buffer = await file.arrayBuffer();
    let found = null;
    try { found = settings(buffer); } catch (error) { if (!(error instanceof RangeError)) throw error; } // a damaged file
    restore(found);
  }, true);
}

function restore(found) {
  if (!found) { note("This file carries no settings of ours. Pictures made here do."); return; }
  const request = found.request || found.params || found;
  if (!request.prompt) { note("The settings in this picture name no words, so there is nothing to bring back."); return; }
  reuse({...request, scene: null, count: 1}, found.seed ?? request.seed ?? found.provenance?.seeds?.[0] ?? null);
  note("Settings are back on the desk.");
}
