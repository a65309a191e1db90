/* The words of a recording, which light up while they are heard. */
import {all, html, put} from "./dom.js";

const known = new Map(); // by job: the spoken text and when each word is heard, as the recording's own file tells it

/** The text of a recording as markup; word by word as soon as its times are known. */
export function spoken(each) {
  const text = each.resolved_prompt || each.request.text || "", long = text.length > 420;
  return html`<p class="tb-spoken${long ? " is-long" : ""}" data-words="${each.id}" dir="auto" tabindex="${long ? 0 : -1}">${marked(each.id) || text}</p>`;
}

function marked(id) {
  const told = known.get(id);
  if (!told?.words) return null;
  let at = 0;
  const parts = told.words.map(word => {
    const before = told.text.slice(at, word.at);
    at = word.at + word.text.length;
    return html`${before}<span data-from="${word.start}">${word.text}</span>`;
  });
  return html`${parts}${told.text.slice(at)}`;
}

/** Fetch the times of a recording's words, once. */
export async function wordsFor(each) {
  const file = (each?.outputs || []).find(output => output.role === "words");
  if (!file || known.has(each.id)) return;
  known.set(each.id, {});
  try {
    known.set(each.id, await (await fetch(file.url)).json());
    all(document, `[data-words="${CSS.escape(each.id)}"]`).forEach(place => put(place, marked(each.id)));
  } catch { known.delete(each.id); } // it is heard all the same
}

/** Show which word is heard at a time; none while nothing was heard yet. */
export function light(id, at, heard) {
  const words = known.get(id)?.words;
  if (!words) return;
  let now = -1;
  while (heard && now + 1 < words.length && words[now + 1].start <= at + .02) now++;
  for (const place of all(document, `[data-words="${CSS.escape(id)}"]`)) {
    if (place.dataset.now === String(now)) continue;
    place.dataset.now = now;
    const spans = all(place, "[data-from]");
    spans.forEach((span, i) => { span.className = i < now ? "is-heard" : i === now ? "is-now" : ""; });
    if (now >= 0 && place.scrollHeight > place.clientHeight) keepInSight(place, spans[now]);
  }
}

function keepInSight(place, word) {
  const low = word.offsetTop - place.offsetTop, height = place.clientHeight;
  if (low < place.scrollTop || low > place.scrollTop + height - 48) place.scrollTop = low - height / 3;
}
