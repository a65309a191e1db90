/* Films: the browser's own player with the poster before it. */
import {all, html} from "./dom.js";
import {asked} from "./about.js";
import {pictures, thumb} from "./words.js";

const file = (each, n) => (each.outputs || []).filter(output => output.media_type === "video/mp4")[n];

/** The place of the nth film of a job: its player. */
export function film(each, n = 0) {
  const made = file(each, n), shown = pictures(each)[n];
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
