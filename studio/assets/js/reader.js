/* Which picture is read: a file that is dropped or chosen, or one that was made here. */
import {$, arrange, button, html, picture, press, put} from "./dom.js";
import {show} from "./header.js";
import {Refused, ask, job, known, listen} from "./live.js";
import {say} from "./news.js";
import {pictures, thumb} from "./words.js";
import {lay} from "./table.js";

const MOST = 12;
const hearers = new Set();
let read = {state: "none"}, turn = 0;

/** What was read last: {state: none, busy, done or wrong, source, result, message}. */
export const last = () => read;
export const onRead = then => hearers.add(then);

function now(state) {
  if (read.source?.url?.startsWith("blob:") && read.source.url !== state.source?.url) URL.revokeObjectURL(read.source.url);
  read = state;
  hearers.forEach(then => then(read));
}

/** The desk of the tab: a place to drop a picture, and the newest ones that were made here. */
export function reader(element, {props}) {
  const box = $(element, ".tb-part"), models = props.models || [];
  put(box, html`<div class="tb-reader"><h2 class="tb-label">Which picture?</h2>
    <label class="tb-dropfield"><input type="file" accept="image/*" class="tb-sr"><b>Choose a picture</b><span class="tb-soft">or drop one anywhere on the page</span></label>
    <section class="tb-mine" hidden><h3 class="tb-label">Or one that was made here</h3><ul></ul></section>
    ${models.length > 2 ? html`<div class="tb-field"><label class="tb-select"><span class="tb-label">Read by</span><select id="read-model">${models.map(each =>
      html`<option value="${each.value}">${each.title}</option>`)}</select></label></div>` : ""}</div>`);
  const input = $(box, "input");
  input.addEventListener("change", () => { if (input.files[0]) readFile(input.files[0]); input.value = ""; });
  press(box, {pick: pressed => readMade(pressed.dataset.id, Number(pressed.dataset.n))});
  listen(() => {
    const found = known(each => each.type === "image" && !each.parent && each.status === "complete").flatMap(each => pictures(each).map((output, n) => ({each, output, n}))).slice(0, MOST);
    $(box, ".tb-mine").hidden = !found.length;
    arrange($(box, ".tb-mine ul"), found.map(({each, output, n}) => ({key: output.id, state: "", draw: () => html`<li>${button(
      picture(thumb(output, 128), {width: 64, height: 64}), "pick", {look: "tb-tile", id: each.id, n, label: `Read ${each.title || "a picture"}`})}</li>`})));
  });
}

/** Read a file somebody chose or dropped: it is uploaded to this studio, and to nowhere else. */
export async function readFile(file) {
  const source = {url: URL.createObjectURL(file), name: file.name || "The picture"};
  await reading(source, async () => {
    const sent = await fetch(`/api/v1/uploads?filename=${encodeURIComponent(source.name)}`, {method: "POST", headers: {"Content-Type": "application/octet-stream"}, body: file})
      .catch(() => { throw new Refused(null); });
    const answer = await sent.json().catch(() => null);
    if (!sent.ok) throw new Refused(answer?.error);
    return answer.id;
  });
}

function readMade(id, n) {
  const each = job(id), output = each && pictures(each)[n];
  if (output) reading({url: thumb(output, 512), name: each.title, id: output.id}, async () => output.id);
}

addEventListener("tb-scene", event => readMade(event.detail.id, event.detail.n)); // from the large view, also before the tab was ever open

async function reading(source, file) {
  const mine = ++turn;
  show("read");
  now({state: "busy", source});
  say("Reading the picture.");
  try {
    const model = $(document, "#read-model")?.value || "auto";
    const answer = await ask("describe_image", {image: await file(), model, wait: true, wait_seconds: 120});
    if (mine !== turn) return;
    if (answer.status !== "complete") throw new Refused(answer.error || {message: "It is still being read; the queue shows how far it is."});
    now({state: "done", source, result: answer.result});
    lay(answer.result.scene);
    say("Read. Its scene is on the table.");
  } catch (error) {
    if (mine === turn) { now({state: "wrong", source, message: error.message}); say(error.message); }
  }
}
