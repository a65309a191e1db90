/* The fields of the desks: choices as native radio buttons and lists, refusals shown where they belong, Ctrl+Enter. */
import {$, all, html, make, put} from "./dom.js";
import {recall} from "./draft.js";

export function choice(element, {trigger, props, watch}) {
  const fields = () => all(element, "input[type=radio], select");
  const sync = () => fields().forEach(field => {
    if (field.matches("select")) offer(field, props.value); else field.checked = field.value === props.value;
  });
  const follow = () => {
    const inside = element.contains(document.activeElement);
    sync();
    if (inside) $(element, "input:checked, select")?.focus();
  };
  sync();
  watch("value", follow);
  element.addEventListener("change", event => {
    if (!event.target.matches("input[type=radio], select")) return;
    props.value = event.target.value;
    trigger("change");
    trigger("picked"); // by a person, not by settings that are put back
  });
  if ($(element, ".tb-cards")) titles(element);
  setTimeout(() => recall(element));
}

/** Choose what was asked for, even if the list does not offer it. */
function offer(field, value) {
  field.value = value;
  if (field.value === value) return;
  field.append(new Option(value, value));
  field.value = value;
}

/** While the sketch engine is the model, a style may have to be called by a humbler name. */
function titles(element) {
  const say = () => {
    const model = $(document, "#image-model select")?.value || "auto";
    const sketch = model === "auto" ? tbFacts.sketch : model.startsWith("sketch");
    all(element, ".tb-cardname").forEach(name => { name.textContent = sketch ? name.dataset.sketch : name.dataset.title; });
  };
  say();
  addEventListener("change", event => { if (event.target.closest?.("#image-model")) say(); });
}

/** A refusal: the sentence above the button, a mark on the fields it names. */
export function said(element, {props, watch}) {
  const prefix = element.closest("[id$=-said]")?.id.replace(/-said$/, "") || "image";
  const draw = () => {
    const wrong = props.value && props.value.message ? props.value : null;
    tidy(prefix);
    const box = $(element, ".tb-part") || element;
    put(box, wrong ? html`<div class="tb-said" role="alert" id="${prefix}-wrong"><b>This cannot be made yet.</b><span dir="auto">${sentence(plainly(prefix, wrong))}</span></div>` : "");
    const fields = wrong ? wrong.fields.map(name => mark(prefix, name, wrong)).filter(Boolean) : [];
    reveal(fields[0]);
  };
  watch("value", draw);
  draw();
  anatomy(element.closest(".tb-desk"));
  addEventListener("input", event => { if (event.target.getAttribute?.("aria-invalid")) event.target.removeAttribute("aria-invalid"); });
}

/** What Gradio leaves unsaid: whether the drawer is open, and that words may run from right to left. */
function anatomy(desk) {
  const handle = desk && $(desk, ".tb-drawer > button.label-wrap");
  if (handle) {
    const say = () => handle.setAttribute("aria-expanded", String(handle.classList.contains("open")));
    say();
    new MutationObserver(say).observe(handle, {attributes: true, attributeFilter: ["class"]});
  }
  const turn = field => { if (field.matches?.(".tb-field :is(textarea, input[type=text])")) field.dir = "auto"; };
  all(desk || document, "textarea").forEach(turn);
  desk?.addEventListener("focusin", event => turn(event.target));
}

function tidy(prefix) {
  all(document, `.tb-amiss[data-for="${prefix}"]`).forEach(words => words.remove());
  all(document, `[id^="${prefix}-"] [aria-invalid]`).forEach(field => { field.removeAttribute("aria-invalid"); field.removeAttribute("aria-describedby"); });
}

/** Mark a field and say under it what it should be. */
function mark(prefix, name, wrong) {
  const holder = document.getElementById(`${prefix}-${name.replaceAll("_", "-")}`);
  const field = holder && ($(holder, "textarea, input, select") || $(holder, "button")); // a button where a file has been given
  if (!field) return null;
  const about = wrong.message.split("; ").find(part => part.startsWith(name)), title = label(prefix, name);
  const said = about && (asks(title) ? about.replace(`${name}: `, "").replace(new RegExp(`^${name}(?= )`), "this") : titled(about, name, title));
  if (about) holder.append(make(html`<small class="tb-amiss" data-for="${prefix}" id="${prefix}-${name}-amiss" dir="auto">${sentence(said)}</small>`));
  if (!field.matches("button")) field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", about ? `${prefix}-${name}-amiss` : `${prefix}-wrong`);
  return field;
}

/** What a field is called on the page; a question is quoted. */
const label = (prefix, name) => document.getElementById(`${prefix}-${name.replaceAll("_", "-")}`)?.querySelector("[data-testid=block-info], .tb-label, legend")?.textContent.trim() || "";
const asks = title => title.endsWith("?");
const titled = (text, name, title) => title ? text.replace(`${name}: `, "").replace(new RegExp(`(^|; )${name}(?= )`, "g"), `$1${asks(title) ? `“${title}”` : title}`) : text;

/** The studio's sentence with the names that programs use replaced by those that stand on the page. */
function plainly(prefix, {message, fields}) {
  return fields.reduce((text, name) => titled(text, name, label(prefix, name)), message).replace("(models says how)", "(the Studio tab says how)")
    .replace(/\b(set up|choose) ([\w.-]+(?: or [\w.-]+)*)/, (_, verb, names) => `${verb} ${names.split(" or ").map(name => tbFacts.models[name] || name).join(" or ")}`);
}

const HEARD = 1500;

const sentence = text => { const said = text.charAt(0).toUpperCase() + text.slice(1); return /[.!?]$/.test(said) ? said : `${said}.`; };

function reveal(field) {
  if (!field) return;
  const drawer = field.closest(".tb-drawer");
  const handle = drawer && $(drawer, "button.label-wrap");
  if (handle && !handle.classList.contains("open")) handle.click();
  setTimeout(() => { field.focus({preventScroll: true}); field.scrollIntoView({block: "center"}); }, 150);
}

/** Keys that work everywhere, and a sign at once that the button was heard. */
export function keys() {
  addEventListener("click", event => {
    const go = event.target.closest?.("button.tb-go, .tb-go button");
    if (!go) return;
    go.setAttribute("aria-busy", "true");
    setTimeout(() => go.removeAttribute("aria-busy"), HEARD);
  });
  addEventListener("keydown", event => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || document.querySelector("dialog[open]")) return;
    const own = event.target.closest?.("form.tb-editor"); // a box within a work has a deed of its own
    if (own) { event.preventDefault(); event.stopPropagation(); own.requestSubmit(); return; }
    const go = all(document, ".tb-go").map(box => box.matches("button") ? box : $(box, "button")).find(button => button?.offsetParent);
    if (!go) return;
    event.preventDefault();
    event.stopPropagation();
    event.target.dispatchEvent?.(new Event("change", {bubbles: true}));
    setTimeout(() => go.click(), 30); // what comes of it is announced with the job, or as a refusal
  }, true);
}
