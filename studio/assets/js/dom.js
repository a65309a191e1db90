/* Small helps for building markup. Text never becomes HTML unless html`` made it. */
const HTML = Symbol("html");
const CODES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"};

export const $ = (from, what) => from.querySelector(what);
export const all = (from, what) => [...from.querySelectorAll(what)];
const escape = text => String(text).replace(/[&<>"']/g, letter => CODES[letter]);
const shown = value => value == null || value === false ? "" : value[HTML] != null ? value[HTML] : Array.isArray(value) ? value.map(shown).join("") : escape(value);

/** A template whose values are escaped, unless they came from html`` themselves. */
export const html = (strings, ...values) => ({[HTML]: strings.reduce((text, next, i) => text + shown(values[i - 1]) + next)});

/** A button that does `what`; whatever else is named becomes its data. */
export function button(words, what, {look = "tb-button", label, pressed, off, title, ...data} = {}) {
  return html`<button type="button" class="${look}" data-do="${what}"${Object.entries(data).map(([name, value]) => attribute(`data-${name}`, value))}${
    [attribute("aria-label", label), attribute("title", title), attribute("aria-pressed", pressed == null ? null : String(Boolean(pressed)))]}${
    off ? html` disabled` : ""}>${words}</button>`;
}

/** A picture that comes when it is needed. */
export const picture = (url, {alt = "", width, height, lazy = true} = {}) => html`<img src="${url}" alt="${alt}"${attribute("width", width)}${
  attribute("height", height)}${lazy ? html` loading="lazy"` : ""} decoding="async">`;

const attribute = (name, value) => value == null ? "" : html` ${name}="${value}"`;

/** Put markup into an element. */
export function put(element, markup) { element.innerHTML = shown(markup); }

/** An element from markup. */
export function make(markup) {
  const holder = document.createElement("template");
  holder.innerHTML = shown(markup).trim();
  return holder.content.firstElementChild;
}

/**
 * Make `parent` hold these items in this order. Each is {key, state, draw}: an item is drawn again only when its state
 * changes, so that focus, scroll and pictures stay. Returns the elements drawn anew.
 */
export function arrange(parent, items) {
  const there = new Map(all(parent, ":scope > [data-key]").map(element => [element.dataset.key, element]));
  const fresh = [];
  let at = parent.firstElementChild;
  for (const {key, state, draw} of items) {
    let element = there.get(key);
    there.delete(key);
    if (!element || element.dataset.state !== state) {
      const drawn = make(draw());
      drawn.dataset.key = key;
      drawn.dataset.state = state;
      if (element) { if (at === element) at = element.nextElementSibling; keepFocus(element, drawn); }
      element = drawn;
      fresh.push(drawn);
    }
    if (element === at) at = at.nextElementSibling; else parent.insertBefore(element, at);
  }
  there.forEach(element => { passFocus(element); element.remove(); });
  return fresh;
}

/** An item of a list goes: who was in it comes to its neighbour, and not back to the top of the page. */
function passFocus(old) {
  const near = old.matches("li") && old.contains(document.activeElement) && (old.nextElementSibling || old.previousElementSibling);
  if (near) $(near, "button, a")?.focus({preventScroll: true});
}

/** Replace an element and give the focus back to what took the place of the focused one. */
function keepFocus(old, fresh) {
  const active = document.activeElement, inside = old.contains(active);
  const name = inside && active.dataset.do, number = name ? all(old, `[data-do="${name}"]`).indexOf(active) : -1;
  const typed = new Map(all(old, "textarea, input").filter(field => field.dataset.keep).map(field => [field.dataset.keep, field.value]));
  old.replaceWith(fresh);
  typed.forEach((value, keep) => { const field = $(fresh, `[data-keep="${keep}"]`); if (field) field.value = value; });
  if (inside) (all(fresh, `[data-do="${name}"]`)[number] || $(fresh, "button, a, [tabindex]") || fresh).focus?.({preventScroll: true});
}

/** Clicks on [data-do] inside an element, by name. */
export function press(element, actions) {
  element.addEventListener("click", event => {
    const button = event.target.closest("[data-do]");
    if (button && element.contains(button)) actions[button.dataset.do]?.(button, event);
  });
}

/** Arrow keys walk over the elements that `what` selects, to the nearest one in that direction. */
export function arrows(element, what) {
  const ways = {ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1]};
  element.addEventListener("keydown", event => {
    const way = ways[event.key], from = event.target.closest?.(what);
    if (!way || !from || event.target !== from) return;
    const a = from.getBoundingClientRect();
    let best = null, least = Infinity;
    for (const to of all(element, what)) {
      const b = to.getBoundingClientRect();
      const dx = b.left + b.width / 2 - a.left - a.width / 2, dy = b.top + b.height / 2 - a.top - a.height / 2;
      const along = dx * way[0] + dy * way[1], aside = Math.abs(dx * way[1]) + Math.abs(dy * way[0]);
      if (to === from || !b.width || along < 4 || (way[0] && aside > a.height * .6)) continue;
      if (along + aside * 3 < least) { least = along + aside * 3; best = to; }
    }
    if (best) { event.preventDefault(); best.focus(); best.scrollIntoView({block: "nearest"}); }
  });
}

/** Call `then` at most once per `wait` milliseconds, after the last of a burst. */
export function calm(then, wait) {
  let timer;
  return (...given) => { clearTimeout(timer); timer = setTimeout(() => then(...given), wait); };
}
