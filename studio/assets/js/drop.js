/* A picture of ours, dropped anywhere, brings its settings back. It is read here; nothing is uploaded. */
import {reuse} from "./acts.js";
import {note} from "./news.js";

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
    restore(settings(await file.arrayBuffer()));
  }, true);
}

function restore(found) {
  if (!found) { note("This file carries no Troubadour settings. PNG pictures made here do."); return; }
  const request = found.request || found.params || found;
  if (!request.prompt) { note("The settings in this picture name no words, so there is nothing to bring back."); return; }
  reuse({...request, count: 1}, found.seed ?? request.seed ?? found.provenance?.seeds?.[0] ?? null);
  note("Settings are back on the desk.");
}

/** The JSON of our text chunk, or null. */
export function settings(buffer) {
  const view = new DataView(buffer), plain = new TextDecoder("latin1"), text = new TextDecoder();
  if (buffer.byteLength < 20 || view.getUint32(0) !== 0x89504E47) return null;
  for (let at = 8; at + 12 <= view.byteLength;) {
    const length = view.getUint32(at), type = plain.decode(new Uint8Array(buffer, at + 4, 4));
    if (at + 12 + length > view.byteLength) return null;
    if (type === "tEXt" || type === "iTXt") {
      const bytes = new Uint8Array(buffer, at + 8, length), end = bytes.indexOf(0);
      if (plain.decode(bytes.subarray(0, end)) === "troubadour") {
        let from = end + 1;
        if (type === "iTXt") { from = bytes.indexOf(0, end + 3) + 1; from = bytes.indexOf(0, from) + 1; }
        try { return JSON.parse(text.decode(bytes.subarray(from))); } catch { return null; }
      }
    }
    at += length + 12;
  }
  return null;
}
