/* The Studio: its rooms, one at a time. A room that wants to know when it is seen asks `whenSeen`. */
import {$, all, button, html, press, put} from "./dom.js";
import {shown} from "./header.js";

let names = [], now = "";

/** The row of rooms above them; the hash remembers which: #studio/endpoints. */
export function rooms(element, {props}) {
  const box = $(element, ".tb-part");
  names = props.rooms.map(each => each.value);
  put(box, html`<div class="tb-studio-top"><h1>Studio</h1><div class="tb-chips" role="group" aria-label="Rooms of the Studio">${
    props.rooms.map(each => button(each.title, "room", {look: "", room: each.value, pressed: false}))}</div></div>`);
  press(box, {room: pressed => enter(pressed.dataset.room, true)});
  const asked = () => { const [tab, name] = location.hash.slice(1).split("/"); return tab === "studio" && names.includes(name) ? name : ""; };
  enter(asked() || names[0]);
  addEventListener("hashchange", () => { if (asked()) enter(asked(), true); });
}

function enter(name, chosen = false) {
  now = name;
  for (const each of names) { const room = document.getElementById(`studio-${each}`); if (room) room.classList.toggle("is-away", each !== name); }
  all(document, "#studio-rooms [data-do=room]").forEach(each => each.setAttribute("aria-pressed", String(each.dataset.room === name)));
  if (chosen) { history.replaceState(null, "", `#studio/${name}`); dispatchEvent(new CustomEvent("tb-room", {detail: name})); }
}

/** Show a room, from wherever somebody is. */
export const room = name => enter(name, true);

/** Call `look` now and then while a room is before somebody's eyes: when they come to it, and every so many seconds. */
export function whenSeen(name, look, seconds) {
  const seen = () => !document.hidden && shown() === "studio" && now === name;
  let last = 0;
  const maybe = (fresh = false) => { if (seen() && (fresh || Date.now() - last >= seconds * 1000)) { last = Date.now(); look(); } };
  addEventListener("tb-tab", () => maybe(true));
  addEventListener("tb-room", () => maybe(true));
  document.addEventListener("visibilitychange", () => maybe());
  setInterval(maybe, 1000);
  maybe(true);
}
