/* What a person can do with a job, wherever it is shown. */
import {ask, hide, job, learn} from "./live.js";
import {note} from "./news.js";
import {show} from "./header.js";

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

/** Variations of one output; they appear on the Image wall. */
export async function vary(id, output, strength, count = 4) {
  const made = await act("vary", {job_id: id, output, strength, count, wait: false});
  if (made) show("image");
  return made;
}

let fillImage = null, fillSong = null;
export function filler(image, song) { fillImage = image || fillImage; fillSong = song || fillSong; }

/** Settings of a finished picture, back on the desk; the seed only if it is asked for. */
export function reuse(request, seed = null) {
  const {prompt, negative_prompt, style, width, height, steps, guidance, count, expand, model, format, scene} = request;
  show("image");
  fillImage?.({prompt, negative_prompt, style, width, height, steps, guidance, count, expand, model, format, scene, seed});
  setTimeout(() => document.querySelector("#image-prompt textarea")?.focus(), 80);
}

/** A song's words, back on the desk. */
export function reuseSong(values) { show("song"); fillSong?.(values); }
