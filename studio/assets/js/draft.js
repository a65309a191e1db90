/* What stands on the desks outlives a reload of the page, in this window only. */
import {all} from "./dom.js";

const KEY = "troubadour-desks";
const FIELDS = ".tb-desk .tb-field :is(textarea, select, input)";
const HANDLES = ".tb-desk .tb-drawer > button.label-wrap";
const place = field => field.matches("[type=radio], select") ? field.name : field.closest(".tb-field").id;
const tell = (field, what) => field.dispatchEvent(new Event(what, {bubbles: true}));
const kept = read();

function read() {
  try { return JSON.parse(sessionStorage.getItem(KEY)) || {}; } catch { return {}; }
}

/** Keep all fields when the page goes; what was written comes back once Gradio has taken hold of it. */
export function drafts() {
  addEventListener("pagehide", () => sessionStorage.setItem(KEY, JSON.stringify(taken())));
  setTimeout(() => handles().filter(handle => kept.open?.includes(drawer(handle)) && !opened(handle)).forEach(handle => handle.click()), 400);
  setTimeout(bring, 700); // after the choices: picking a shape empties the exact sides
}

/** Write into every field that is there, for a while: a drawer may take its time, and so may Gradio. A person's own hand ends it. */
function bring() {
  const tries = new Map(), theirs = new WeakSet(), own = event => { if (event.isTrusted) theirs.add(event.target); };
  const once = field => {
    const left = tries.get(field) ?? (field.type === "checkbox" ? 1 : 3);
    if (left && !theirs.has(field) && written(field)) tries.set(field, left - 1);
  };
  const turn = setInterval(() => all(document, FIELDS).forEach(once), 350);
  const end = () => { clearInterval(turn); removeEventListener("input", own, true); removeEventListener("click", pressed, true); };
  const pressed = event => { if (event.isTrusted && event.target.closest?.("button")) end(); };
  addEventListener("input", own, true);
  addEventListener("click", pressed, true);
  all(document, FIELDS).forEach(once);
  setTimeout(end, 10_000);
}

const handles = () => all(document, HANDLES), opened = handle => handle.classList.contains("open"), drawer = handle => handle.parentElement.id;

/** Everything by field; what lies in a closed drawer is not in the page. */
function taken() {
  const fields = all(document, FIELDS).filter(field => field.type !== "radio" || field.checked);
  const values = fields.map(field => [place(field), field.type === "checkbox" ? String(field.checked) : field.value]);
  return {...Object.fromEntries(values), open: handles().filter(opened).map(drawer)};
}

/** Whether the field had to be written into. */
function written(field) {
  const value = kept[place(field)];
  if (value == null) return false;
  if (field.type === "checkbox") {
    if (String(field.checked) === value) return false;
    field.click();
    return true;
  }
  if (!field.matches("textarea, input[type=text]") || field.value || !value || field === document.activeElement) return false;
  field.value = value;
  tell(field, "input");
  return true;
}

/** A choice as it was before, if it was made. */
export function recall(element) {
  for (const field of all(element, "input[type=radio], select")) {
    const value = kept[place(field)];
    if (value == null || (field.matches("select") ? field.value === value : field.value !== value || field.checked)) continue;
    if (field.matches("select")) field.value = value; else field.checked = true;
    tell(field, "change");
  }
}
