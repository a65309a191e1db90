/* What a person can do with a job, wherever it is shown. */
import {ask, hide, job, learn} from "./live.js";
import {note} from "./news.js";
import {show} from "./header.js";
import {pieces} from "./words.js";

const told = error => { note(error.message); return null; };

/** A verb whose answer is a job; a refusal is said at the foot of the page. */
export async function act(verb, values) {
  try {
    const answer = await ask(verb, values);
    if (answer?.id && answer.status) learn([answer]);
    return answer;
  } catch (error) { return told(error); }
}

export const cancel = id => act("cancel_job", {job_id: id});
export const again = id => act("requeue_job", {job_id: id});
export const favour = (id, on) => act("favourite", {job_id: id, on}).then(answer => {
  const each = job(id);
  if (answer && each) learn([{...each, favourite: on}]);
  return answer;
});

/** Delete, with some seconds to think better of it. */
export async function remove(ids) {
  const many = [...ids];
  many.forEach(id => hide(id));
  const kept = await note(many.length > 1 ? `${many.length} works deleted.` : "Deleted.", "Undo");
  if (!kept) { many.forEach(id => hide(id, false)); return false; }
  for (const id of many) {
    await ask("delete_job", {job_id: id}, {keepalive: true}).catch(error => { hide(id, false); told(error); });
  }
  return true;
}

let chosen = .35;

/** How far the last variation was to go. */
export const distance = () => chosen;

const TABS = {mesh: "3d", hearing: "speech"};
const tab = type => TABS[type] || type || "image";

/** Variations of the nth piece of a job, four of a picture; they appear on the wall of their type. */
export async function vary(id, n, strength) {
  chosen = strength;
  const type = job(id)?.type, count = type === "image" ? 4 : 1;
  const output = Math.max(0, (job(id)?.outputs || []).indexOf(pieces(job(id))[n]));
  const made = await act("vary", {job_id: id, output, strength, count, wait: false});
  if (made) show(tab(type));
  return made;
}

const fillers = new Map();

/** How settings come onto the desk of a type. */
export function filler(type, fill) { fillers.set(type, fill); }

/** Settings of a finished work, back on its desk; the seed only if it is asked for. */
export function reuse(request, seed = null, type = "image") {
  show(tab(type));
  fillers.get(type)?.({...request, seed});
  if (seed !== null) document.querySelector(`#${type}-drawer button.label-wrap:not(.open)`)?.click(); // a seed that stays is seen
  setTimeout(() => document.querySelector(`:is(#${type}-prompt, #${type}-text) textarea`)?.focus(), 80);
}

/** A song's words, back on the desk. */
export function reuseSong(values) { show("song"); fillers.get("song")?.(values); }
