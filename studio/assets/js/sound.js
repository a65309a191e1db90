/* Players: a native <audio> for every work that was heard, kept apart from the markup, so that it plays on when a wall
   is drawn again; any number of players show the same one. The waveform is the seek bar. */
import {$, all, html, make} from "./dom.js";
import {asked, minutes} from "./about.js";
import {isHidden, job, listen} from "./live.js";
import {light, wordsFor} from "./spoken.js";
import {pictures} from "./words.js";

const sounds = new Map();
let holder = null, ticking = false;

/** Which work a sound belongs to; a sound is called by its job and its number there. */
const owner = key => key.slice(0, key.lastIndexOf("."));
const nth = (each, media, n) => (each?.outputs || []).filter(output => (output.media_type || "") === media)[n];
const source = key => { const each = job(owner(key)), n = Number(key.slice(key.lastIndexOf(".") + 1)); return nth(each, "audio/mpeg", n) || nth(each, "audio/wav", n); };
const lasts = key => source(key)?.duration || sounds.get(key)?.duration || 1;

/** A player as markup; `small` is one line high. */
export function player(each, n = 0, small = false) {
  const id = `${each.id}.${n}`, one = source(id), wave = pictures(each)[n], at = sounds.get(id)?.currentTime || 0, name = asked(each).slice(0, 60);
  if (!one) return "";
  const playing = isPlaying(id);
  return html`<div class="tb-player${small ? " is-small" : ""}${playing ? " is-playing" : ""}" data-sound="${id}" role="group" aria-label="Player: ${name}" style="--at:${at / one.duration}">
    <button type="button" class="tb-play" data-play="${id}" aria-label="${playing ? "Pause" : "Play"}"><span aria-hidden="true"></span></button>
    <div class="tb-wave"${wave ? html` style="--wave:url('${wave.url}?w=1024')"` : ""}><i aria-hidden="true"></i>
      <input type="range" min="0" max="${one.duration}" step="0.05" value="${at}" aria-label="Position" aria-valuetext="${told(at, one.duration)}"></div>
    <span class="tb-time"><b>${minutes(at)}</b> / ${minutes(one.duration)}</span></div>`;
}

const told = (at, whole) => `${minutes(at)} of ${minutes(whole)}`;
const isPlaying = id => { const one = sounds.get(id); return Boolean(one && !one.paused && !one.ended); };

function sound(id) {
  if (sounds.has(id)) return sounds.get(id);
  holder ||= document.body.appendChild(make(html`<div class="tb-sounds" hidden></div>`));
  const audio = document.createElement("audio");
  audio.preload = "none";
  audio.src = source(id).url;
  for (const what of ["play", "pause", "ended", "seeked", "timeupdate"]) audio.addEventListener(what, () => show(id));
  audio.addEventListener("play", () => { others(id); tick(); });
  audio.addEventListener("error", () => all(document, `[data-sound="${id}"] .tb-time`).forEach(place => { place.textContent = "cannot be played here"; }));
  holder.append(audio);
  sounds.set(id, audio);
  return audio;
}

const others = id => sounds.forEach((audio, other) => { if (other !== id) audio.pause(); });

/** All is quiet. */
export const hush = () => others(null);

async function toggle(id) {
  const audio = sound(id);
  if (!audio.paused) { audio.pause(); return; }
  if (audio.ended) audio.currentTime = 0;
  wordsFor(job(owner(id)));
  await audio.play().catch(() => {}); // said by its error event, or paused again at once
}

function seek(id, at) {
  const audio = sound(id);
  if (audio.readyState === 0) {
    audio.addEventListener("loadedmetadata", () => { audio.currentTime = at; }, {once: true});
    audio.preload = "auto";
    audio.load();
  } else audio.currentTime = at;
  wordsFor(job(owner(id)));
  show(id, at);
}

/** All players of a sound show where it is. */
function show(id, at = sounds.get(id)?.currentTime || 0) {
  const whole = lasts(id), playing = isPlaying(id);
  for (const box of all(document, `[data-sound="${CSS.escape(id)}"]`)) {
    box.style.setProperty("--at", at / whole);
    box.classList.toggle("is-playing", playing);
    const range = $(box, "input"), button = $(box, ".tb-play"), clock = $(box, ".tb-time b");
    if (document.activeElement !== range || Math.abs(range.value - at) > .2) range.value = at;
    range.setAttribute("aria-valuetext", told(at, whole));
    const words = playing ? "Pause" : "Play";
    if (button.getAttribute("aria-label") !== words) button.setAttribute("aria-label", words);
    if (clock && clock.textContent !== minutes(at)) clock.textContent = minutes(at);
  }
  light(owner(id), at, playing || at > 0);
}

function tick() {
  if (ticking) return;
  ticking = true;
  const step = () => {
    const playing = [...sounds.keys()].filter(isPlaying);
    playing.forEach(id => show(id));
    if (playing.length) requestAnimationFrame(step); else ticking = false;
  };
  requestAnimationFrame(step);
}

/** Clicks and keys of every player on the page, wherever it was drawn. */
export function players() {
  addEventListener("click", event => {
    const button = event.target.closest?.("[data-play]"), word = event.target.closest?.("[data-from]");
    if (button) toggle(button.dataset.play);
    if (word) { const id = `${word.closest("[data-words]").dataset.words}.0`; seek(id, Number(word.dataset.from)); if (!isPlaying(id)) toggle(id); }
  });
  addEventListener("input", event => { if (event.target.matches?.(".tb-wave input")) seek(event.target.closest("[data-sound]").dataset.sound, Number(event.target.value)); });
  addEventListener("tb-tab", hush);
  listen(() => sounds.forEach((audio, id) => { if (!job(owner(id)) || isHidden(owner(id))) audio.pause(); }));
}
