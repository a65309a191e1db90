/* The field that takes files of yours: a picture to start from or to be set in motion, a film to be changed, a recording that leads a tune. */
import {$, all, button, html, press, put} from "./dom.js";

const KINDS = {
  picture: {accept: "image/*", choose: "Choose a picture", before: "A picture from before", show: url => html`<img src="${url}" alt="">`},
  recording: {accept: "audio/*", choose: "Choose a recording", before: "A recording from before",
    show: url => html`<audio controls src="${url}" aria-label="The recording"></audio>`},
  film: {accept: "video/mp4,video/quicktime,video/webm", choose: "Choose a film", before: "A film from before",
    show: url => html`<video muted playsinline preload="metadata" src="${url}" aria-label="The film"></video>`},
};

/** A field that takes a file of a kind, or up to `props.many` of them: chosen or dropped, sent to this studio, kept as the ids they were given. */
export function given(element, {trigger, props, watch}) {
  const box = $(element, ".tb-part"), known = new Map(), kind = KINDS[props.kind || "picture"], most = props.many || 1;
  const ids = () => (props.value || "").split(",").map(id => id.trim()).filter(Boolean);
  box.dataset.takes = props.kind || "picture";
  box.classList.add("tb-given");
  const draw = wrong => put(box, html`<span class="tb-label">${props.label}</span>
    ${ids().map((id, n) => row(kind, known.get(id), n))}
    ${ids().length < most ? html`<div class="tb-givenrow"><label class="tb-button tb-choosing">${ids().length ? "One more" : kind.choose}
      <input type="file" accept="${kind.accept}" class="tb-sr"></label></div>` : ""}
    ${wrong ? html`<small class="tb-amiss" role="alert">${wrong}</small>` : ""}`);
  const set = list => { props.value = list.join(", "); trigger("change"); all(element.closest(".block"), ".tb-amiss").forEach(words => words.remove()); draw(); };
  const take = async chosen => {
    if (!chosen) return;
    try {
      const sent = await upload(chosen);
      known.set(sent.id, {name: chosen.name, url: URL.createObjectURL(chosen)});
      set([...ids().slice(0, most - 1), sent.id]);
    } catch (error) { draw(error.message); }
  };
  press(box, {drop: button => { set(ids().filter((_, n) => n !== Number(button.dataset.n))); $(box, "input")?.focus(); }});
  box.addEventListener("change", event => { if (event.target.type === "file") { event.stopPropagation(); take(event.target.files[0]); } });
  box.addEventListener("dragover", event => event.preventDefault());
  box.addEventListener("drop", event => { event.preventDefault(); take(event.dataTransfer?.files?.[0]); });
  watch("value", () => draw());
  draw();
}

const row = (kind, seen, n) => html`<div class="tb-givenrow">${seen ? kind.show(seen.url) : ""}
  <span class="tb-givenname">${seen ? seen.name : kind.before}</span>${button("Take it out", "drop", {n: String(n)})}</div>`;

async function upload(chosen) {
  const body = new FormData();
  body.append("file", chosen);
  const answer = await fetch("/api/v1/uploads", {method: "POST", body}), told = await answer.json();
  if (!answer.ok) throw new Error(told.error?.message || "The file could not be sent.");
  return told;
}
