/* The words a scene may be made of, asked for once, and how a person says them. */
let asked = null, known = null;

/** {nouns, settings, places, colours, times, weathers, seasons, shots, sizes, relations} */
export function words() {
  asked ||= fetch("/scene/words").then(reply => reply.ok ? reply.json() : Promise.reject(reply.status)).then(found => { known = found; return found; });
  return asked;
}

/** The same once they are here. */
export const now = () => known;

export const ACROSS = [["", "anywhere"], [.18, "left"], [.5, "middle"], [.82, "right"]];
export const NEAR = [["", "anywhere"], [.15, "far away"], [.5, "half-way"], [.9, "near"]];
export const SIZES = {tiny: "tiny", small: "small", normal: "usual", large: "large", huge: "huge"};

/** The name of a colour of the vocabulary. */
export const named = hex => Object.entries(known?.colours || {}).find(([, value]) => value.toLowerCase() === String(hex).toLowerCase())?.[0];

/** The first free id for a noun: fox, fox-2, fox-3. */
export function fresh(things, noun) {
  const ids = new Set(things.map(each => each?.id)), stem = (noun || "thing").slice(0, 50);
  let n = 1, id = stem;
  while (ids.has(id)) id = `${stem}-${++n}`;
  return id;
}
