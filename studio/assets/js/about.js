/* What there is to say about a work of each type: its facts, what its words went into, and what it may be saved as. */
import {language, length as heardFor} from "./hearing.js";
import {pictures, sketched, span, style} from "./words.js";

const INTO = {image: "the picture", video: "the film", music: "the music", mesh: "the object", speech: "what is said"};
const FILES = {"video/mp4": "MP4", "audio/wav": "WAV", "audio/x-wav": "WAV", "audio/mpeg": "MP3", "audio/midi": "Score (MIDI)", "application/x-subrip": "Subtitles (SRT)",
  "text/vtt": "Subtitles (VTT)", "application/json": "Words (JSON)", "text/plain": "Text", "model/gltf-binary": "GLB", "model/stl": "STL"};

/** What the words of a work went into. */
export const into = each => INTO[each.type] || "the work";

/** What the work was asked for in. */
export const asked = each => each.request.prompt || each.request.text || each.title || each.result?.text?.slice?.(0, 160) || "";

/** Seconds as a player shows them. */
export const minutes = seconds => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

const capital = text => text ? String(text).charAt(0).toUpperCase() + String(text).slice(1) : null;
const sound = each => (each.outputs || []).find(output => (output.media_type || "").startsWith("audio/") && output.duration);
const length = each => { const one = sound(each), wanted = each.request.duration_seconds; return one ? minutes(one.duration) : wanted ? minutes(wanted) : null; };
const speed = each => each.request.speed && each.request.speed !== 1 ? `${each.request.speed} ×` : null;
const list = many => Array.isArray(many) && many.length ? many.join(", ") : null;

const OWN = {
  image: each => {
    const first = pictures(each)[0], width = first?.width || each.request.width, height = first?.height || each.request.height;
    return [["Style", style(each)], ["Size", width && height ? `${width} × ${height}` : null]];
  },
  video: each => {
    const made = (each.outputs || []).find(output => output.duration), {width, height, fps} = each.request;
    return [["Length", made ? `${Math.round(made.duration * 10) / 10} s` : null], ["Style", style(each)],
      ["Size", made ? `${made.width} × ${made.height}` : `${width} × ${height}`], ["Frames a second", fps]];
  },
  music: ({request, ...each}) => [["Length", length({request, ...each})], ["Genre", capital(request.genre)], ["Mood", capital(request.mood)],
    ["Tempo", request.tempo ? `${request.tempo} beats a minute` : null], ["Played by", list(request.instruments)]],
  speech: ({request, ...each}) => [["Length", length({request, ...each})], ["Voice", capital(request.voice)], ["Language", capital(request.language)],
    ["Feeling", request.emotion && request.emotion !== "neutral" ? capital(request.emotion) : null], ["Pace", speed({request})]],
  text: each => [["Length", heardFor(each)], ["Language", language(each)]],
  mesh: each => [["File", (each.request.format || "").toUpperCase()]]};

/** Facts as pairs of a term and its value; what is not known is null. */
export function known(each) {
  const made = each.provenance || {}, seeds = made.seeds?.length ? made.seeds : each.request.seed != null ? [each.request.seed] : [];
  const own = (OWN[each.type] || OWN.image)(each);
  return [...own, ["Seed", seeds.length > 1 ? `${seeds[0]} … ${seeds.at(-1)}` : seeds[0]],
    ["Made by", sketched(each) || made.model ? tbFacts.models[made.model] || made.model : null],
    ["Took", each.status === "complete" && each.duration_s != null ? span(each.duration_s) : null]];
}

/** The same in a few words, for an earlier work. */
export function brief(each) {
  if (each.type === "image") return `${style(each) === "None" ? "No style" : style(each)}, seed ${each.request.seed}`;
  const rows = OWN[each.type](each).map(([, value]) => value).filter(Boolean);
  return [...rows.slice(0, 2), each.type === "speech" ? "" : `seed ${each.request.seed}`].filter(Boolean).join(", ");
}

/** What a finished work can be saved as: [{title, output}], its poster apart. */
export const files = each => (each.outputs || []).filter(output => output.role !== "poster" && output.role !== "picture").map(output => ({
  title: FILES[output.media_type] || (output.filename || "").split(".").pop().toUpperCase(), output}));
