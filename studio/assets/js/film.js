/* Films: the browser's own player with the poster before it. */
import {all, html} from "./dom.js";
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
