/* What was read in a picture: the settings it carries, the colours and the composition that were measured, its own text. */
import {$, button, html, press, put} from "./dom.js";
import {reuse} from "./acts.js";
import {note} from "./news.js";
import {last, onRead} from "./reader.js";

const NAMES = [["style", "Style"], ["seed", "Seed"], ["steps", "Steps"], ["guidance", "Guidance"], ["model", "Model"], ["sampler", "Sampler"], ["scheduler", "Scheduler"]];
const FROM = {metadata: "The scene below is the picture’s own.", prompt: "The scene below is what its words tell of, in its colours.",
  model: "The scene below is what a model says it sees; it may be wrong.", measured: "The scene below holds its hour, its land and its colours, and no things."};

export function reading(element) {
  const box = $(element, ".tb-part");
  box.setAttribute("aria-busy", "false");
  press(box, {use});
  onRead(({state}) => {
    draw(box);
    if (state !== "none" && innerWidth < 900) box.scrollIntoView({block: "start"});
  });
  draw(box);
}

/** Put the settings of the picture on the desk of the Image tab. */
function use() {
  const {settings} = last().result;
  reuse({...settings, scene: null, count: 1}, settings.seed ?? null, "image");
  note("Its settings are on the desk.");
}

function draw(box) {
  const {state, source, result, message} = last();
  box.setAttribute("aria-busy", String(state === "busy"));
  if (state === "none") { put(box, lesson()); return; }
  put(box, html`<article class="tb-read is-${state}"><figure class="tb-readpic">${state === "done" && result.measures ? html`<div class="tb-over">
      <img src="${source.url}" alt="The picture that was read">${lines(result.measures.composition)}</div>` : html`<img src="${source.url}" alt="The picture">`}</figure>
    <div class="tb-readsays">${state === "busy" ? html`<h1>Reading…</h1>` : state === "wrong" ? wrong(message) : answer(result)}</div></article>`);
}

const lesson = () => html`<div class="tb-empty is-read"><h1>Read a picture.</h1>
  <ul class="tb-reads"><li><b>It says how it was made</b><span>Pictures from here, Stable Diffusion web UI, Forge, ComfyUI, InvokeAI, Fooocus, SwarmUI and SD.Next carry their settings. They can be used again.</span></li>
  <li><b>Or it is measured</b><span>Colours by name, light, contrast, horizon. Nothing is guessed about what stands in it: no model looks at it.</span></li>
  <li><b>It becomes a scene</b><span>Change who is there, where and when, and draw it. A scene can also start from nothing.</span></li></ul></div>`;

const wrong = message => html`<p class="tb-mark is-error">It could not be read</p><p dir="auto">${message}</p>`;

function answer({metadata, settings, measures, notes, texts, caption, method, scene_from: from}) {
  return html`${metadata ? carried(metadata, settings, notes) : html`<h1>${measures ? "It says nothing of itself" : "It is damaged"}</h1>
      <p class="tb-soft">No settings are in this file, so it was measured.</p>`}
    ${caption ? html`<p dir="auto">${caption} <span class="tb-soft">(${method})</span></p>` : ""}
    <p class="tb-soft">${FROM[from]}</p>
    ${measures ? measured(measures) : ""}${raw(metadata, texts)}`;
}

function carried(found, settings, notes) {
  const size = found.width && found.height ? `${found.width} × ${found.height}` : "";
  const said = {...found, model: tbFacts.models[found.model] || found.model, style: tbFacts.styles[found.style]?.title || found.style};
  const facts = [...NAMES.map(([key, title]) => [title, said[key]]), ["Size", size]].filter(([, value]) => value != null && value !== "");
  return html`<p class="tb-soft">Made with ${found.source}</p>
    ${found.prompt ? html`<h2 class="tb-prompt ${found.prompt.length > 110 ? "is-long" : ""}" dir="auto">${found.prompt}</h2>` : html`<h2 class="tb-prompt">It names no words</h2>`}
    ${found.negative_prompt ? html`<p dir="auto"><span class="tb-soft">Without</span> ${found.negative_prompt}</p>` : ""}
    <dl class="tb-facts">${facts.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>
    ${(notes || []).map(each => html`<p class="tb-soft" dir="auto">${each}</p>`)}
    ${settings?.prompt ? html`<div class="tb-acts">${button("Use these settings", "use", {look: "tb-button is-strong"})}</div>` : ""}`;
}

function measured(told) {
  const line = told.composition.horizon, facts = [["Light", told.light.word], ["Warmth", told.temperature.word], ["Contrast", told.contrast.word], ["Colour", told.saturation.word],
    ["Shape", `${told.shape}, ${told.ratio}`], ["Size", `${told.width} × ${told.height}`], ["Horizon", line == null ? "none was found" : `${Math.round(line * 100)} % from the top`],
    ["Centre of interest", told.composition.centre.word], ["Left and right", told.composition.symmetry.word]];
  const colours = told.colours;
  return html`<section class="tb-measured" aria-label="Measured"><h3>Measured: colour and composition, no model</h3>
    <div class="tb-spectrum" aria-hidden="true">${colours.map(each => html`<i style="--part:${each.share};--of:${each.hex}"></i>`)}</div>
    <ul class="tb-colours">${colours.map(each => html`<li><i class="tb-dot" style="--of:${each.hex}" aria-hidden="true"></i>${each.name} <small>${Math.max(1, Math.round(each.share * 100))} %</small></li>`)}</ul>
    <dl class="tb-facts is-pairs">${facts.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl></section>`;
}

/** Where the horizon and the centre of interest lie, over the picture. */
const lines = ({horizon, centre}) => html`${horizon == null ? "" : html`<i class="tb-horizon" style="top:${horizon * 100}%" title="Horizon"></i>`}
  <i class="tb-centre" style="left:${centre.x * 100}%;top:${centre.y * 100}%" title="Where the eye goes"></i>`;

function raw(found, texts) {
  const more = Object.entries(found?.more || {}), others = Object.entries(texts || {});
  if (!found?.raw && !others.length) return "";
  const cut = found?.raw_length ? html`<p class="tb-soft">These are the first ${found.raw.length} of ${found.raw_length} characters.</p>` : "";
  return html`<details class="tb-raw"><summary>All that is written in the file</summary>
    ${more.length ? html`<dl class="tb-facts">${more.map(([term, value]) => html`<div><dt>${term}</dt><dd dir="auto">${value}</dd></div>`)}</dl>` : ""}
    ${found?.raw ? html`<pre tabindex="0" aria-label="As it is written" dir="auto">${found.raw}</pre>${cut}` : ""}
    ${others.map(([name, text]) => html`<h3>${name}</h3><pre tabindex="0" aria-label="${name}" dir="auto">${text}</pre>`)}</details>`;
}
