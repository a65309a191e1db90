/* Progress is a line of square notes on a four-line staff; every job has a melody of its own. */
import {all, html} from "./dom.js";

/** A tune for a name: heights from 0 to 6, always the same. */
export function melody(id, length) {
  let state = [...String(id)].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7) || 1;
  const draw = () => { state ^= state << 13; state >>>= 0; state ^= state >>> 17; state ^= state << 5; state >>>= 0; return state / 2 ** 32; };
  const tune = [];
  let at = 2 + Math.floor(draw() * 2);
  for (let i = 0; i < length; i++) { // mostly steps, now and then a leap, as in chant
    tune.push(at);
    const move = draw() < .16 ? (draw() < .5 ? 2 : -2) : draw() < .22 ? 0 : draw() < .5 ? 1 : -1;
    at = at + move < 0 || at + move > 6 ? at - move : at + move;
    at = Math.max(0, Math.min(6, at));
  }
  return tune;
}

/** The staff of a job as markup: a clef, its notes, and for screen readers a progress bar. */
export function staff(job, notes, label = job.title) {
  const tune = melody(job.id, notes);
  const percent = Math.round((job.progress || 0) * 100);
  return html`<div class="tb-staff" role="progressbar" aria-label="${label}" aria-valuemin="0" aria-valuemax="100" aria-valuenow="${percent}">
    <span class="tb-clef" aria-hidden="true"></span><span class="tb-notes" aria-hidden="true">${tune.map((y, i) =>
      html`<i style="--y:${y}" class="${noteState(i, notes, job.progress)}${i && tune[i - 1] - y === 2 ? " tied" : ""}"></i>`)}</span></div>`;
}

function noteState(i, length, progress) {
  const at = (progress || 0) * length;
  return i < Math.floor(at) ? "sung" : i < at ? "sounds" : "";
}

/** Move the notes of every staff inside an element. */
export function sing(element, progress) {
  for (const line of all(element, ".tb-staff")) {
    line.setAttribute("aria-valuenow", Math.round(progress * 100));
    const notes = all(line, "i");
    notes.forEach((note, i) => {
      const tied = note.classList.contains("tied") ? " tied" : "";
      const name = noteState(i, notes.length, progress) + tied;
      if (note.className !== name) note.className = name;
    });
  }
}
