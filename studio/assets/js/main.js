/* Where it starts: every part of the page by name, and what works everywhere. */
import {drawers} from "./able.js";
import {choice, keys, said} from "./fields.js";
import {drafts} from "./draft.js";
import {dock} from "./dock.js";
import {drops} from "./drop.js";
import {endpoints} from "./endpoints.js";
import {films} from "./film.js";
import {given} from "./given.js";
import {header, show} from "./header.js";
import {desks} from "./hearing.js";
import {image, imageStarters} from "./image.js";
import {library} from "./library.js";
import {media, mediaStarters} from "./media.js";
import {job} from "./live.js";
import {models} from "./models.js";
import {queue} from "./queue.js";
import {reader} from "./reader.js";
import {reading} from "./reading.js";
import {review} from "./review.js";
import {scene} from "./scene.js";
import {drawing, scenery} from "./scenery.js";
import {song} from "./song.js";
import {players} from "./sound.js";
import {room, rooms} from "./studio.js";
import {solids} from "./turn.js";
import {view} from "./view.js";
import {pictures} from "./words.js";

const parts = {header, choice, said, desks, dock, image, starters: imageStarters, media, mediaStarters, given, song, library, queue, reader, reading, scene, scenery, drawing, rooms, models, endpoints, review};

function mount(name, element, gradio) {
  if (element.dataset.mounted) return;
  element.dataset.mounted = name;
  parts[name](element, gradio);
}

/** Somebody wants to see a job, wherever on the page they are. */
function open(id) {
  const each = job(id);
  if (!each) return;
  if (each.type === "song") { show("song"); dispatchEvent(new CustomEvent("tb-song", {detail: each.request.song_id || each.id})); }
  else if (each.type === "model") { show("studio"); room("models"); }
  else view(pictures(each).map(output => ({job: id, output})), 0);
}

keys();
drops();
drawers();
players();
solids();
films();
drafts();
addEventListener("tb-open", event => open(event.detail));
const waiting = window.tb.waiting;
window.tb.mount = mount;
waiting.forEach(part => mount(...part));
