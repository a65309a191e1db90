/* What an empty wall teaches: how to say it, and three works to start from. */
import {button, html} from "./dom.js";
import {melody} from "./staff.js";

export const LESSONS = {
  video: {
    title: "Say what happens.",
    words: [["a fox walking", "who does what"], ["in falling snow", "where, and in what weather"], ["push in", "what the camera does"]],
    tip: "makes the film",
    note: "A film lasts up to thirty seconds. A picture of yours can be set in motion too.",
    examples: [
      {about: "Anime, 6 seconds", name: "A fox in the snow", picture: "film-fox", values: {prompt: "a red fox walking in a snowy forest at night, the camera follows", style: "anime"}},
      {about: "Cinematic, 6 seconds", name: "A lighthouse", picture: "film-lighthouse", values: {prompt: "a lighthouse on a cliff at sunset, pan left", style: "cinematic"}},
      {about: "No style, 10 seconds", name: "A country road", picture: "film-road", values: {prompt: "an old man walking on a country road, birds in the sky", duration_seconds: 10}}]},
  music: {
    title: "Say how it sounds.",
    words: [["slow folk", "the kind and the pace"], ["harp and flute", "who plays"], ["quiet and wistful", "how it feels"]],
    tip: "makes the music",
    note: "Every piece comes as WAV and MP3, and as a score for other programs.",
    examples: [
      {name: "A folk tune", about: "Folk, 30 seconds", values: {prompt: "a calm folk tune for harp and flute, by the sea", genre: "folk", duration_seconds: 30}},
      {name: "Late jazz", about: "Jazz, 30 seconds", values: {prompt: "a slow and smoky jazz tune for piano, bass and soft drums", genre: "jazz", duration_seconds: 30}},
      {name: "A game tune", about: "Chiptune, 20 seconds", values: {prompt: "a fast and merry 8-bit tune", genre: "chiptune", duration_seconds: 20}}]},
  speech: {
    title: "Write what is said.",
    words: [["Good evening.", "one sentence after the other"], ["in English, German, French …", "whose language"], ["calm, or glad", "how it feels"]],
    tip: "speaks it",
    note: "The words light up while they are heard, and come as subtitles too.",
    examples: [
      {name: "A verse", about: "A calm voice, English", values: {text: "The tide had left a sail to find, a harbour and a wall behind. The evening poured its copper in.", voice: "en-gb", emotion: "calm"}},
      {name: "A good morning", about: "A woman’s voice, happy", values: {text: "Good morning! The kettle is on, the cat is fed, and the sun is all over the kitchen table.", voice: "woman", emotion: "happy"}},
      {name: "In German", about: "A German voice", values: {text: "Es war einmal ein kleiner Fuchs, der wohnte am Rande des Waldes und zählte jede Nacht die Sterne.", language: "german"}}]},
  mesh: {
    title: "Say what stands there.",
    words: [["a red lighthouse", "a thing and its colour"], ["on a rock", "where it stands"], ["with two small boats", "what is beside it"]],
    tip: "makes the object",
    note: "It can be turned on the page, used in other programs as GLB, or printed from an STL.",
    examples: [
      {about: "Picture and GLB", name: "A lighthouse", picture: "solid-lighthouse", values: {prompt: "a red lighthouse on a rock"}},
      {about: "Picture and GLB", name: "A house", picture: "solid-house", values: {prompt: "a white house with a blue roof and two trees"}},
      {about: "Picture and GLB", name: "A boat", picture: "solid-boat", values: {prompt: "a yellow sailing boat on the water"}}]}};

/** The lesson of a wall, as markup. */
export function lesson({type, examples}) {
  const told = LESSONS[type];
  return html`<div class="tb-empty is-${type}"><h1>${told.title}</h1>
    <p class="tb-lesson">${told.words.map(([words, about], i) => html`<span class="l${i + 1}"><b>${words}</b><small>${about}</small></span>`)}</p>
    <ul class="tb-examples">${examples.map((each, i) => html`<li>${button(example(each, type), "example", {look: "", n: i})}</li>`)}</ul>
    <p class="tb-tips"><span><kbd>Ctrl</kbd> <kbd>Enter</kbd> ${told.tip}</span><span>${told.note}</span></p></div>`;
}

const example = (each, type) => html`${ornament(each, type)}<span class="tb-saying" dir="auto">${each.values.prompt || each.values.text}</span><small>${each.about}</small>`;

/** An object's own picture, a melody for music, an opening quotation mark for a voice. */
function ornament(each, type) {
  if (each.picture) return html`<img src="${tbFacts.assets}examples/${each.picture}.webp" alt="" width="640" height="640" decoding="async">`;
  if (type === "music") return html`<span class="tb-tune" aria-hidden="true">${melody(each.values.prompt, 24).map(y => html`<i style="--y:${y}"></i>`)}</span>`;
  return html`<span class="tb-quote" aria-hidden="true">“</span>`;
}
