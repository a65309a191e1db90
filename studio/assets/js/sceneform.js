/* A scene as a form: the same fields as its JSON, each with the path it stands for. */
import {button, html} from "./dom.js";
import {ACROSS, NEAR, SIZES, named, now} from "./scenewords.js";

const HEX = /^#[0-9a-f]{6}$/i;
const capital = text => text.charAt(0).toUpperCase() + text.slice(1);
const string = value => typeof value === "string" ? value : value == null ? "" : typeof value === "number" ? String(value) : "";

/** A field with its label and a place for what is wrong. */
const field = (path, label, inside, look = "") => html`<div class="tb-field tb-cell ${look}" data-at="${path}"><label><span class="tb-label">${label}</span>${inside}</label>
  <small class="tb-amiss" id="at-${path.replaceAll(".", "-")}" hidden></small></div>`;

const box = (path, value, {list = "", mode = "text", hint = ""} = {}) => html`<input type="text" data-path="${path}" value="${string(value)}" autocomplete="off"
  ${list ? html`list="${list}"` : ""} ${mode === "text" ? "" : html`inputmode="${mode}"`} placeholder="${hint}">`;

/** A list to pick from; a value it does not offer stays as it is. */
function pick(path, value, options) {
  const shown = value == null ? "" : String(value), offered = options.map(([each]) => String(each));
  const all = offered.includes(shown) ? options : [...options, [shown, typeof value === "number" ? value.toFixed(2) : shown]];
  return html`<select data-path="${path}">${all.map(([each, title]) => html`<option value="${each}" ${String(each) === shown ? "selected" : ""}>${title}</option>`)}</select>`;
}

const same = (words, none) => [...(none == null ? [] : [["", none]]), ...words.map(each => [each, capital(each)])];

/** The whole form. */
export function form(scene) {
  const all = now(), things = Array.isArray(scene.things) ? scene.things : [], places = Array.isArray(scene.places) ? scene.places.join(", ") : "";
  return html`<div class="tb-sceneform">
    <datalist id="scene-nouns">${all.nouns.map(each => html`<option value="${each}">`)}</datalist>
    <datalist id="scene-settings">${all.settings.map(each => html`<option value="${each}">`)}</datalist>
    <datalist id="scene-places">${all.places.map(each => html`<option value="${each}">`)}</datalist>
    <fieldset class="tb-cells"><legend class="tb-heading">Where and when</legend>
      ${field("setting", "Setting", box("setting", scene.setting ?? "meadow", {list: "scene-settings"}))}
      ${field("places", "With", box("places", places, {list: "scene-places", hint: "hill, bridge"}))}
      ${field("time", "Time", pick("time", scene.time ?? "day", same(all.times)))}
      ${field("weather", "Weather", pick("weather", scene.weather ?? "clear", same(all.weathers)))}
      ${field("season", "Season", pick("season", scene.season, same(all.seasons, "Any")))}
      ${field("shot", "Shot", pick("shot", scene.shot ?? "medium", same(all.shots)))}
      ${colours(scene)}
    </fieldset>
    <section class="tb-things" aria-label="Things"><h3 class="tb-heading">Who and what is there</h3>
      <ol>${things.map((each, n) => html`<li>${thing(each && typeof each === "object" ? each : {}, n, {things, places: scene.places})}</li>`)}</ol>
      ${things.length ? "" : html`<p class="tb-soft">Nobody yet: an empty ${string(scene.setting) || "meadow"}.</p>`}
      ${button("Add a thing", "add", {look: "tb-button"})}</section></div>`;
}

/** The colours the land and sky are pulled towards. */
function colours(scene) {
  const palette = Array.isArray(scene.palette) ? scene.palette.filter(each => typeof each === "string") : [];
  return html`<div class="tb-field tb-cell is-wide" data-at="palette"><span class="tb-label" id="scene-palette">Colours of land and sky</span>
    <div class="tb-swatches" role="group" aria-labelledby="scene-palette">${palette.map((each, n) => html`<span class="tb-swatch">
      <input type="color" data-path="palette.${n}" value="${each}" aria-label="Colour ${n + 1}${named(each) ? `, ${named(each)}` : ""}">${
      button("×", "pale", {look: "tb-quiet", n, label: `Take colour ${n + 1} out`})}</span>`)}
      ${palette.length < 8 ? button("Add a colour", "paint", {look: "tb-quiet"}) : ""}</div>
    <small class="tb-amiss" id="at-palette" hidden></small></div>`;
}

function thing(each, n, {things, places}) {
  const all = now(), at = name => `things.${n}.${name}`;
  const others = [...things.map(other => other?.id).filter(id => typeof id === "string" && id !== each.id), ...(Array.isArray(places) ? places : [])];
  const title = string(each.noun) || "Something", colour = string(each.color);
  return html`<fieldset class="tb-thing" data-at="things.${n}"><legend><i class="tb-dot" style="--of:${HEX.test(colour) ? colour : "none"}" aria-hidden="true"></i>
      <span>${n + 1}. ${title}</span></legend>${button("Take out", "drop", {look: "tb-quiet", n, label: `Take ${title} out`})}
    <div class="tb-cells">
      ${field(at("noun"), "What", box(at("noun"), each.noun, {list: "scene-nouns", hint: "fox"}))}
      ${field(at("count"), "How many", box(at("count"), each.count ?? 1, {mode: "numeric"}), "is-small")}
      ${field(at("color"), "Colour", pick(at("color"), colour, [["", "Its own"], ...Object.entries(all.colours).map(([name, hex]) => [hex, capital(name)])]))}
      ${field(at("size"), "Size", pick(at("size"), each.size ?? "normal", Object.entries(SIZES).map(([value, said]) => [value, capital(said)])))}
      ${field(at("x"), "Left or right", pick(at("x"), each.x, ACROSS.map(([value, said]) => [value, capital(said)])))}
      ${field(at("depth"), "Far or near", pick(at("depth"), each.depth, NEAR.map(([value, said]) => [value, capital(said)])))}
      ${field(at("relation"), "Place", pick(at("relation"), each.relation, same(all.relations, "By itself")))}
      ${field(at("to"), "of which thing", pick(at("to"), each.to, [["", others.length ? "Choose" : "There is no other"], ...others.map(id => [id, id])]), each.relation ? "" : "is-idle")}
      ${Object.entries(each.slots && typeof each.slots === "object" ? each.slots : {}).map(([name, hex]) => field(at(`slots.${name}`), capital(name),
    html`<span class="tb-swatch"><input type="color" data-path="${at(`slots.${name}`)}" value="${HEX.test(hex) ? hex : "#888888"}"></span>`))}
    </div></fieldset>`;
}

/** What a field says, as the scene's JSON wants it; undefined leaves the key out. */
export function value(path, text) {
  const name = path.split(".").at(-1), words = text.trim();
  if (name === "places") return words ? words.split(",").map(each => each.trim()).filter(Boolean) : undefined;
  if (["count", "x", "depth"].includes(name)) return words === "" ? undefined : Number.isFinite(Number(words)) ? Number(words) : words;
  if (["setting", "noun"].includes(name)) return words;
  return words === "" ? undefined : words;
}
