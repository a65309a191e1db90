/* The header: the skip link, day and night, and the tabs, which Gradio leaves without arrow keys. */
import {$, all, button, make} from "./dom.js";
import {announceTo} from "./news.js";

const tabs = () => all(document, "#tb-nav > .tab-wrapper [role=tab]").filter(tab => tab.offsetParent);
const nameOf = tab => tab.dataset.tabId || tab.textContent.trim().toLowerCase();
const every = () => all(document, "#tb-nav > .tab-wrapper .tab-container:not(.visually-hidden) [role=tab]"); // folded ones too
const named = name => every().find(tab => nameOf(tab) === name);

/** Show a tab by its name, as a click on it would. */
export function show(name) {
  const tab = named(name);
  if (tab && tab.getAttribute("aria-selected") !== "true") tab.click();
  if (location.hash.slice(1).split("/")[0] !== name) history.replaceState(null, "", `#${name}`); // #studio/review names a room too
}

/** The name of the tab that is shown. */
export const shown = () => every().filter(tab => tab.getAttribute("aria-selected") === "true").map(nameOf)[0];

export function header(element) {
  announceTo($(element, ".tb-news"));
  $(element, ".tb-skip").addEventListener("click", event => {
    event.preventDefault();
    const first = all(document, ".tb-desk textarea, .tb-desk input, .tb-shelfbar input, .tb-queue button, .tb-studio-top button").find(field => field.offsetParent);
    first?.focus();
  });
  dayNight($(element, ".tb-daynight"));
  whenTabs(nav => {
    nav.append($(element, ".tb-daynight")); // after the tabs, where the eye finds it
    fade();
    more(nav);
    const follow = () => { const asked = location.hash.slice(1).split("/")[0]; if (asked && named(asked)) show(asked); };
    follow();
    addEventListener("hashchange", follow);
  });
  addEventListener("keydown", walkTabs);
  addEventListener("click", event => {
    const tab = event.target.closest?.("#tb-nav > .tab-wrapper [role=tab]");
    if (tab) setTimeout(() => moved(tab));
  });
}

function moved(tab) {
  const name = nameOf(tab);
  if (location.hash.slice(1).split("/")[0] !== name) history.replaceState(null, "", `#${name}`);
  tab.scrollIntoView({block: "nearest", inline: "center"});
  scrollTo(0, 0);
  rove();
  folded?.();
  dispatchEvent(new CustomEvent("tb-tab", {detail: name}));
}

const FIRST = ["image", "song", "library", "queue"];
let folded = null;

/** On a phone four tabs stand in the bar; the others lie in a second row that opens above it and closes by itself. */
function more(nav) {
  const all = [...nav.querySelectorAll(".tab-container:not(.visually-hidden) [role=tab]")];
  all.forEach(tab => tab.classList.toggle("is-second", !FIRST.includes(nameOf(tab))));
  const handle = make(button("More", "more", {look: "tb-moretabs"}));
  const open = on => { nav.classList.toggle("is-open", on); handle.setAttribute("aria-expanded", String(on)); };
  folded = () => {
    const now = all.find(tab => tab.getAttribute("aria-selected") === "true"), apart = now?.classList.contains("is-second");
    handle.textContent = apart ? now.textContent.trim() : "More";
    handle.setAttribute("aria-label", apart ? `${now.textContent.trim()}, more tabs` : "More tabs");
    handle.classList.toggle("is-here", Boolean(apart));
    open(false);
  };
  handle.addEventListener("click", () => { open(!nav.classList.contains("is-open")); if (nav.classList.contains("is-open")) nav.querySelector(".is-second")?.focus(); });
  addEventListener("keydown", event => { if (event.key === "Escape" && nav.classList.contains("is-open")) { open(false); handle.focus(); } });
  addEventListener("pointerdown", event => { if (!nav.contains(event.target)) open(false); });
  nav.append(handle);
  new MutationObserver(() => { folded(); rove(); }).observe(nav, {subtree: true, attributeFilter: ["aria-selected"]});
  folded();
}

/** Where there are more tabs than fit, the row fades at the side on which they go on. */
function fade() {
  const row = tabs()[0].parentElement;
  const look = () => row.classList.toggle("is-more", row.scrollWidth - row.clientWidth - row.scrollLeft > 8);
  row.addEventListener("scroll", look, {passive: true});
  new ResizeObserver(look).observe(row);
}

/** One stop for Tab, arrows within, as the tab pattern asks. */
function rove() {
  for (const tab of tabs()) tab.tabIndex = tab.getAttribute("aria-selected") === "true" ? 0 : -1;
}

function whenTabs(then, tries = 0) {
  const nav = $(document, "#tb-nav > .tab-wrapper");
  if (nav && tabs().length) { rove(); then(nav); }
  else if (tries < 200) setTimeout(() => whenTabs(then, tries + 1), 50);
}

function walkTabs(event) {
  const tab = event.target.closest?.("#tb-nav > .tab-wrapper [role=tab]");
  const list = tabs(), to = {ArrowRight: 1, ArrowLeft: -1}[event.key];
  const next = !tab ? null : event.key === "Home" ? list[0] : event.key === "End" ? list.at(-1) : to ? list[(list.indexOf(tab) + to + list.length) % list.length] : null;
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.click();
}

function dayNight(button) {
  const KEY = "troubadour-night";
  const set = night => { document.body.classList.toggle("dark", night); say(); };
  const say = () => { const night = document.body.classList.contains("dark"); button.setAttribute("aria-label", night ? "Switch to day" : "Switch to night"); };
  const kept = localStorage.getItem(KEY);
  if (kept) set(kept === "yes"); else say();
  button.addEventListener("click", () => {
    const night = !document.body.classList.contains("dark");
    localStorage.setItem(KEY, night ? "yes" : "no");
    set(night);
  });
}
