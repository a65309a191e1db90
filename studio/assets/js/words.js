/* What the page says about jobs, in words. */
import {html} from "./dom.js";
import {job as known, queue} from "./live.js";

const SIGNS = {queued: "Waiting", loading: "Getting ready", generating: "At work", encoding: "Finishing", complete: "Done", error: "Failed", cancelled: "Cancelled"};
const KINDS = {image: "Picture", song: "Song", text: "Words", video: "Video", music: "Music", speech: "Voice", mesh: "3D", film: "Film", model: "Model"};

export const sign = job => SIGNS[job.status] || job.status;
export const kind = job => job.kind === "repaint" ? verse(job) : job.kind === "describe_image" ? "Picture read" : job.kind === "transcribe" ? "Words from a sound" : KINDS[job.type] || job.type;
const verse = job => { const named = job.request?.verse || ""; return named ? named.charAt(0).toUpperCase() + named.slice(1) : "Verse of a song"; };
export const percent = job => `${Math.round((job.progress || 0) * 100)} %`;
export const name = job => job.title || kind(job);

/** A title that is heard or stands in a row: up to 80 characters, never the half of a word. */
export const brief = text => text.length <= 80 ? text : `${text.slice(0, 80).replace(/\s+\S*$/, "")}…`;

/** Seconds as a person would say them. */
export function span(seconds) {
  const s = Math.max(0, Math.round(seconds));
  return s < 60 ? `${s} s` : s < 3600 ? `${Math.floor(s / 60)} min ${s % 60 ? `${s % 60} s` : ""}`.trim() : `${Math.floor(s / 3600)} h ${Math.round(s % 3600 / 60)} min`;
}

/** How long it will take from now. */
export function left(job) {
  if (job.eta_s == null || job.status === "queued" && (paused(job) || job.type === "model")) return "";
  if (job.status === "queued") return `ready in about ${span(job.eta_s)}`;
  if (job.eta_s < 1) return job.progress > .8 ? "nearly there" : "";
  return `about ${span(job.eta_s)} left`;
}

/** Where a job stands, in one line. */
export function stage(job) {
  if (job.status === "queued") return paused(job) ? "The queue is paused" : before(job) ? `${before(job)} before it` : "Next in line";
  return job.message || job.stage || sign(job);
}

/** How many go before it: in the order as it was last heard, which is newer than what the job itself says. */
function before(job) {
  const {jobs = [], lanes = {}} = queue(), mine = jobs.filter(id => !known(id) || known(id).lane === job.lane), at = mine.indexOf(job.id);
  return at >= 0 && mine.length === lanes[job.lane]?.queued ? at : Math.max(0, (job.queue_position || 1) - 1);
}

export const paused = job => Boolean(queue().lanes[job.lane]?.paused);

/** A style's title; what the sketch engine makes of a photograph is called by its name. */
export function style(job) {
  const known = tbFacts.styles[job.style];
  if (!job.style || job.style === "none") return "None";
  return known ? (sketched(job) ? known.sketch : known.title) : job.style;
}

export const sketched = job => (job.provenance?.model || job.request?.model || "").startsWith("sketch");

/** Text with its unmet words struck through. */
export function struck(text, unmet = []) {
  const sorted = unmet.filter(Boolean).sort((a, b) => b.length - a.length).map(word => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  if (!sorted.length) return text;
  const parts = text.split(new RegExp(`(?<![\\p{L}\\p{N}])(${sorted.join("|")})(?![\\p{L}\\p{N}])`, "giu"));
  return parts.map((part, i) => i % 2 ? html`<s title="Not in the picture">${part}</s>` : part);
}

/** The day a job was made, as a heading. */
export function day(job) {
  const then = new Date(job.created_at * 1000), now = new Date();
  const days = Math.round((new Date(now).setHours(0, 0, 0, 0) - new Date(then).setHours(0, 0, 0, 0)) / 864e5);
  if (days < 1) return "Today";
  if (days < 2) return "Yesterday";
  return then.toLocaleDateString("en", {weekday: days < 7 ? "long" : undefined, day: "numeric", month: "long", year: then.getFullYear() === now.getFullYear() ? undefined : "numeric"});
}

export const clock = job => new Date(job.created_at * 1000).toLocaleTimeString("en", {hour: "2-digit", minute: "2-digit", hour12: false});

/** The pictures among a job's files; of a song in which a verse was painted anew, that verse's first. */
export function pictures(job) {
  const found = (job.outputs || []).filter(output => (output.media_type || "").startsWith("image/") && output.role !== "sheet");
  const anew = output => job.kind === "repaint" && output.seed === job.request?.seed;
  return [...found.filter(anew), ...found.filter(output => !anew(output))];
}

const PIECES = ["picture", "video", "music", "mesh"];

/** The files of a job that are works of their own; an MP3, a score and a poster follow the one they are of. */
export const pieces = job => (job?.outputs || []).filter(output => PIECES.includes(output.role));

/** A picture's address at a width. */
export const thumb = (output, width) => `${output.url}?w=${width}`;

/** A name to save a picture under: what it shows, and its seed. */
export function filename(job, output) {
  const words = name(job).normalize("NFKD").replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 48) || "picture";
  const ending = (output.filename || "").split(".").pop() || "png";
  return `${words}${output.seed != null ? `-${output.seed}` : `-${output.index + 1}`}.${ending}`;
}
