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
  setTimeout(() => all(document, FIELDS).forEach(written), 700); // after the choices: picking a shape empties the exact sides
}

const handles = () => all(document, HANDLES), opened = handle => handle.classList.contains("open"), drawer = handle => handle.parentElement.id;

/** Everything by field; what lies in a closed drawer is not in the page. */
function taken() {
  const fields = all(document, FIELDS).filter(field => field.type !== "radio" || field.checked);
  const values = fields.map(field => [place(field), field.type === "checkbox" ? String(field.checked) : field.value]);
  return {...Object.fromEntries(values), open: handles().filter(opened).map(drawer)};
}

function written(field) {
  const value = kept[place(field)];
  if (value == null) return;
  if (field.type === "checkbox" && String(field.checked) !== value) field.click();
  if (!field.matches("textarea, input[type=text]") || field.value || !value || field === document.activeElement) return;
  field.value = value;
  tell(field, "input");
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
