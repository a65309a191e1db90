/* One event stream feeds everything alive on the page; verbs go out through the REST door. */
const jobs = new Map();
const hearers = new Set();
const hidden = new Set(); // deleted, but it can still be undone
const heard = new Map(); // when the stream last told of a job
const asked = new WeakMap(); // when an answer was asked for
let lanes = null, source = null, ready = false;

/** A job by id, as it was last seen. */
export const job = id => jobs.get(id);

/** The jobs that were seen and pass, newest first. */
export const known = test => [...jobs.values()].filter(each => !hidden.has(each.id) && test(each)).sort((a, b) => b.created_at - a.created_at);

/** The steps of a song or film, oldest first. */
export const steps = parent => [...jobs.values()].filter(each => each.parent === parent).sort((a, b) => a.created_at - b.created_at);

/** Lanes, how many wait and run, and the order in which jobs will run. */
export const queue = () => lanes || {lanes: {}, queued: 0, running: 0, jobs: []};

/** The waiting jobs in the order in which they will run. */
export function waiting() {
  const place = new Map((queue().jobs || []).map((id, i) => [id, i]));
  return known(each => each.status === "queued" && !each.parent).sort((a, b) => (place.get(a.id) ?? 1e9) - (place.get(b.id) ?? 1e9) || a.created_at - b.created_at);
}

export const unfinished = each => ["queued", "loading", "generating", "encoding"].includes(each.status);
export const working = each => unfinished(each) && each.status !== "queued";
export const isReady = () => ready;
export const isHidden = id => hidden.has(id);

/** Call `hear` with the set of ids that changed, now and whenever something does. */
export function listen(hear) {
  hearers.add(hear);
  open();
  if (ready) hear(new Set(jobs.keys()));
}

/** Learn jobs that came another way: a page of the Library, the answer of a verb; not what the stream has overtaken. */
export function learn(many) {
  const fresh = many.filter(each => each && each.id && !(heard.get(each.id) > asked.get(each)));
  fresh.forEach(each => jobs.set(each.id, each));
  tell(new Set(fresh.map(each => each.id)));
}

/** Hide a job while its deletion can be undone, or show it again. */
export function hide(id, on = true) {
  on ? hidden.add(id) : hidden.delete(id);
  tell(new Set([id]));
}

function tell(ids) { hearers.forEach(hear => hear(ids)); }

function open() {
  if (source && source.readyState !== EventSource.CLOSED) return;
  source = new EventSource("/events");
  source.onmessage = event => hear(JSON.parse(event.data));
  source.onopen = () => document.body.classList.remove("tb-lost");
  source.onerror = () => {
    document.body.classList.add("tb-lost");
    if (source.readyState === EventSource.CLOSED) setTimeout(open, 2000);
  };
}

function hear(news) {
  if (news.queue) lanes = news.queue;
  if (!news.jobs && !news.removed && !news.queue) return;
  const changed = new Set();
  if (news.full) {
    const kept = new Set((news.jobs || []).map(each => each.id));
    jobs.forEach((each, id) => { if (unfinished(each) && !kept.has(id)) { jobs.delete(id); changed.add(id); } });
    ready = true;
  }
  for (const each of news.jobs || []) { jobs.set(each.id, each); heard.set(each.id, performance.now()); changed.add(each.id); }
  for (const id of news.removed || []) { jobs.delete(id); changed.add(id); }
  tell(changed);
}

export class Refused extends Error {
  constructor(error) { super(error?.message || "The studio did not answer. Is it still running?"); this.code = error?.code; }
}

async function answer(reply) {
  const body = await reply.json().catch(() => null);
  if (!reply.ok || body?.success === false) throw new Refused(body?.error);
  return body;
}

async function call(url, init) {
  const now = performance.now(), body = await fetch(url, init).catch(() => { throw new Refused(null); }).then(answer);
  for (const each of [body, body?.job, ...(body?.jobs || [])]) if (each && typeof each === "object") asked.set(each, now);
  return body;
}

/** A verb: what it answers, or Refused with a sentence to show. */
export function ask(verb, values = {}, more = {}) {
  return call(`/api/v1/${verb}`, {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(values), ...more});
}

/** A reading route of the REST door. */
export function read(path, values = {}) {
  const asked = new URLSearchParams(Object.entries(values).filter(([, value]) => value != null && value !== ""));
  return call(`/api/v1/${path}${asked.size ? "?" + asked : ""}`);
}
