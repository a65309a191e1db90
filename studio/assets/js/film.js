/* Films: the browser's own player with the poster before it; and the field that takes a picture to be set in motion. */
import {$, all, button, html, press, put} from "./dom.js";
import {asked} from "./about.js";
import {pictures, thumb} from "./words.js";

const file = each => (each.outputs || []).find(output => output.media_type === "video/mp4");

/** The place of a film: its player, or its poster where the file is gone. */
export function film(each) {
  const made = file(each), shown = pictures(each)[0];
  if (!made) return "";
  return html`<video class="tb-reel" controls playsinline loop preload="metadata" src="${made.url}" width="${made.width}" height="${made.height}"
    poster="${shown ? thumb(shown, 1024) : ""}" aria-label="${asked(each).slice(0, 120) || "A film"}"></video>`;
}

/** The shape of a film while it is made. */
export const shape = each => html`--w:${each.request.width};--h:${each.request.height}`;

/** Only one film plays, and none where nobody looks. */
export function films() {
  addEventListener("play", event => all(document, "video.tb-reel").forEach(one => { if (one !== event.target) one.pause(); }), true);
  addEventListener("tb-tab", () => all(document, "video.tb-reel").forEach(one => one.pause()));
}

/** A field that takes one picture: chosen or dropped, sent to this studio, kept as the id it was given. */
export function given(element, {trigger, props, watch}) {
  const box = $(element, ".tb-part"), known = new Map();
  box.dataset.takes = "picture";
  box.classList.add("tb-given");
  const draw = wrong => {
    const id = props.value || "", seen = known.get(id);
    put(box, html`<span class="tb-label">${props.label}</span><div class="tb-givenrow">
      ${id && seen ? html`<img src="${seen.url}" alt="">` : ""}
      ${id ? html`<span class="tb-givenname">${seen ? seen.name : "A picture from before"}</span>${button("Take it out", "drop")}`
        : html`<label class="tb-button tb-choosing">Choose a picture<input type="file" accept="image/*" class="tb-sr"></label>`}</div>
      ${wrong ? html`<small class="tb-amiss" role="alert">${wrong}</small>` : ""}`);
  };
  const set = id => { props.value = id; trigger("change"); draw(); };
  const take = async chosen => {
    if (!chosen) return;
    try { const sent = await upload(chosen); known.set(sent.id, {name: chosen.name, url: URL.createObjectURL(chosen)}); set(sent.id); } catch (error) { draw(error.message); }
  };
  press(box, {drop: () => { set(""); $(box, "input")?.focus(); }});
  box.addEventListener("change", event => { if (event.target.type === "file") { event.stopPropagation(); take(event.target.files[0]); } });
  box.addEventListener("dragover", event => event.preventDefault());
  box.addEventListener("drop", event => { event.preventDefault(); take(event.dataTransfer?.files?.[0]); });
  watch("value", () => draw());
  draw();
}

async function upload(chosen) {
  const body = new FormData();
  body.append("file", chosen);
  const answer = await fetch("/api/v1/uploads", {method: "POST", body}), told = await answer.json();
  if (!answer.ok) throw new Error(told.error?.message || "The picture could not be sent.");
  return told;
}
