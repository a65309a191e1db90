/* How the scene on the table is drawn: style, shape and seed; the button that draws it; the picture it became. */
import {$, button, html, make, press, put} from "./dom.js";
import {again, cancel, reuse} from "./acts.js";
import {now as ticket} from "./ticket.js";
import {patch} from "./dock.js";
import {Refused, ask, job, learn, listen, unfinished, working} from "./live.js";
import {note, say} from "./news.js";
import {onRead} from "./reader.js";
import {proofread, table} from "./table.js";
import {view} from "./view.js";
import {pictures, thumb} from "./words.js";

let box, sizes, drawn = null;

export function scenery(element, {props}) {
  box = $(element, ".tb-part");
  sizes = props.sizes;
  const styles = Object.entries(tbFacts.styles), shapes = Object.keys(sizes);
  put(box, html`<div class="tb-scenery"><div class="tb-field"><label class="tb-select"><span class="tb-label">Style</span><select data-is="style">${styles.map(([name, {title, sketch}]) =>
      html`<option value="${name}">${tbFacts.sketch ? sketch : title}</option>`)}</select></label></div>
    <div class="tb-cells"><div class="tb-field"><label class="tb-select"><span class="tb-label">Shape</span><select data-is="shape">${shapes.map(each =>
      html`<option value="${each}">${each.charAt(0).toUpperCase() + each.slice(1)}</option>`)}</select></label></div>
    <div class="tb-field" id="read-seed"><label><span class="tb-label">Seed</span><input type="text" inputmode="numeric" data-is="seed" placeholder="drawn anew" autocomplete="off"></label></div></div>
    ${button("Send to the Image tab", "send", {look: "tb-button"})}
    <div class="tb-refused" role="alert"></div></div>`);
  press(box, {send});
  onRead(take);
  addEventListener("click", event => { if (event.target.closest?.("#read-go, .tb-sceneend button")) draw(); });
  listen(() => show());
}

const is = name => $(box, `[data-is=${name}]`);

/** What the picture was made with, where it says so. */
function take({state, result}) {
  if (state !== "done") return;
  const {settings, measures} = result, style = settings?.style || "none";
  is("style").value = tbFacts.styles[style] ? style : "none";
  is("seed").value = settings?.seed ?? "";
  $(is("shape"), "[data-read]")?.remove();
  const width = settings?.width, height = settings?.height;
  if (width && height) {
    is("shape").append(make(html`<option value="${width}x${height}" data-read="yes">As read, ${width} × ${height}</option>`));
    is("shape").value = `${width}x${height}`;
  } else if (measures) is("shape").value = measures.width > 1.15 * measures.height ? "wide" : measures.height > 1.15 * measures.width ? "tall" : "square";
}

/** Everything a picture of this scene is asked for with. */
function wanted() {
  const {scene, told} = table(), shape = is("shape").value, seed = is("seed").value.trim(), read = /^(\d+)x(\d+)$/.exec(shape);
  const size = read ? {width: Number(read[1]), height: Number(read[2])} : sizes[shape];
  const prompt = typeof scene.prompt === "string" && scene.prompt.trim() ? scene.prompt.slice(0, 4000) : told.words || "a scene";
  return {prompt, style: is("style").value, scene, ...size, ...(seed ? {seed: /^\d+$/.test(seed) ? Number(seed) : seed} : {})};
}

const refuse = words => put($(box, ".tb-refused"), words ? html`<div class="tb-said"><b>This cannot be drawn yet.</b><span dir="auto">${words}</span></div>` : "");

async function sound() {
  refuse("");
  if (await proofread()) return true;
  const {fault, told} = table();
  refuse(fault || told.problems.map(each => `${each.at ? `${each.at}: ` : ""}${each.message}`).slice(0, 3).join("; ") || "The scene is being checked; try again.");
  return false;
}

async function draw() {
  if (!await sound()) return;
  try {
    const made = await ask("generate_image", {...wanted(), wait: false});
    drawn = made.id;
    learn([made]);
    say("The scene is being drawn.");
    const place = $(document, "#read-drawn");
    if (innerWidth < 900) place.scrollIntoView({block: "center"});
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    refuse(error.message);
  }
}

async function send() {
  if (!await sound()) return;
  const {seed = null, ...values} = wanted();
  reuse({...values, count: 1}, seed, "image");
  note("The scene is on the desk, under “More to say”.");
}

/** The picture of the scene, from the queue to the wall. */
export function drawing(element) {
  const place = $(element, ".tb-part");
  press(place, {cancel: () => cancel(drawn), again: () => again(drawn), reuse: () => $(document, "#read-scene textarea").focus(), open: pressed => view([{job: drawn, output: pictures(job(drawn))[0]}], 0, pressed)});
}

function show() {
  const place = $(document, "#read-drawn .tb-part"), each = drawn && job(drawn);
  if (!place) return;
  if (!each || each.status === "cancelled") { put(place, ""); place.dataset.state = ""; return; }
  const output = pictures(each)[0], state = each.id + (working(each) ? "works" : each.status);
  if (place.dataset.state !== state) {
    place.dataset.state = state;
    const {width = 1, height = 1} = each.request;
    put(place, html`<section class="tb-drawn" data-job="${each.id}" aria-label="The scene, drawn"><h2 class="tb-heading">The scene, drawn</h2>
      ${output && each.status === "complete" ? html`${button(html`<img src="${thumb(output, 1024)}" alt="${each.title}" width="${output.width}" height="${output.height}">`, "open", {look: "tb-open", label: "Look at it large"})}`
        : html`<span class="tb-blank" style="aspect-ratio:${width}/${height}"></span>${ticket(each)}`}</section>`);
  }
  if (unfinished(each)) patch(place, each);
}
