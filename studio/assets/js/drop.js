/* A picture of ours, dropped anywhere, brings its settings back; it is read here and not uploaded. Any other goes to the tab
   that reads pictures. A field that takes files itself has data-takes, and what is dropped there is its own. */
import {reuse} from "./acts.js";
import {shown} from "./header.js";
import {note} from "./news.js";
import {readFile} from "./reader.js";
import {settings} from "./settings.js";

const PICTURE = /^image\//;

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
    if (!file || event.target.closest?.("[data-takes]")) return;
    event.preventDefault();
    event.stopPropagation();
    const found = shown() === "read" ? null : await ours(file);
    if (found) restore(found);
    else if (PICTURE.test(file.type)) readFile(file);
    else note("This file is no picture that can be read.");
  }, true);
}

/** Our own settings, read here: for them nothing has to be uploaded. */
async function ours(file) {
  try { return settings(await file.arrayBuffer()); } catch (error) { if (!(error instanceof RangeError)) throw error; } // a damaged file
  return null;
}

function restore(found) {
  const request = found.request || found.params || found;
  if (!request.prompt) { note("The settings in this picture name no words, so there is nothing to bring back."); return; }
  reuse({...request, scene: null, count: 1}, found.seed ?? request.seed ?? found.provenance?.seeds?.[0] ?? null);
  note("Settings are back on the desk.");
}
