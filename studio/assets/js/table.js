/* The scene on the table: its text, what was there before and after, and what the studio says of it. */
const KEY = "troubadour-scene", MOST = 200, PAUSE = 700, WAIT = 220;
const hearers = new Set();
const past = [], future = [];
let text = kept(), scene = parse(text).scene, told = {problems: [], hints: [], words: ""}, fault = "", stamp = 0, source = "", asked = 0, timer;

function kept() {
  try { return sessionStorage.getItem(KEY) || blank(); } catch { return blank(); }
}

function blank() { return write({schema: "scene/1", setting: "meadow", things: []}); }

function write(value) { return JSON.stringify(value, null, 2); }

function parse(words) {
  try {
    const found = JSON.parse(words);
    return found && typeof found === "object" && !Array.isArray(found) ? {scene: found} : {fault: "A scene is an object: { … }"};
  } catch (error) { return {fault: `This is not JSON: ${error.message}`}; }
}

/** The scene as it was last readable; its text, however it stands; what is wrong; what the studio says. */
export const table = () => ({scene, text, fault, told, sound: !fault && !told.problems.length && told.text === text, back: past.length > 0, forth: future.length > 0});

/** Hear of every change: "text" typed, "form" filled in, "whole" scenes, "told" by the studio. */
export function hear(then) { hearers.add(then); }

const tell = what => hearers.forEach(then => then(what));

function settle(words, what, where = what) {
  if (words === text) return;
  const now = Date.now();
  if (now - stamp > PAUSE || where !== source) { past.push(text); if (past.length > MOST) past.shift(); }
  future.length = 0;
  stamp = now;
  source = where;
  take(words, what);
}

function take(words, what) {
  text = words;
  const found = parse(text);
  fault = found.fault || "";
  if (found.scene) scene = found.scene;
  try { sessionStorage.setItem(KEY, text); } catch { /* a full store keeps nothing */ }
  tell(what);
  clearTimeout(timer);
  timer = setTimeout(check, WAIT);
}

/** Somebody wrote in the text. */
export const type = words => settle(words, "text");

/** Somebody filled in the form: `change` works on a copy. What the old words said of the scene goes with them. */
export function edit(change, {whole = false, where = "form"} = {}) {
  const next = structuredClone(scene);
  change(next);
  for (const stale of ["understood", "unmet"]) delete next[stale];
  settle(write(next), whole ? "whole" : "form", where);
}

/** A whole scene, from a picture or from nothing. */
export function lay(next) { stamp = 0; settle(write(next), "whole"); }

export const clear = () => lay(JSON.parse(blank()));

function turn(from, to) {
  if (!from.length) return;
  to.push(text);
  stamp = 0;
  take(from.pop(), "whole");
}

export const undo = () => turn(past, future);
export const redo = () => turn(future, past);

async function check() {
  const mine = ++asked, of = text;
  if (fault) { told = {problems: [], hints: [], words: told.words}; tell("told"); return; }
  try {
    const reply = await fetch("/scene/check", {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({scene})});
    const answer = await reply.json();
    if (mine !== asked) return;
    told = reply.ok ? {...answer, text: of} : {problems: [{at: "", message: answer.error?.message || "It could not be checked."}], hints: [], words: ""};
  } catch { if (mine === asked) told = {problems: [{at: "", message: "The studio did not answer, so the scene is not checked."}], hints: [], words: ""}; }
  tell("told");
}

/** Check now, and say whether it can be drawn. */
export async function proofread() {
  clearTimeout(timer);
  await check();
  return table().sound;
}

timer = setTimeout(check, WAIT);
