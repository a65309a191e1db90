/* The wall of the Image tab: what stands on it, and a lesson while it is empty. */
import {button, html, picture} from "./dom.js";
import {batch, line, state} from "./batch.js";
import {starters, wall} from "./wall.js";

const EXAMPLES = [
  {picture: "lighthouse", name: "A lighthouse", style: "cinematic", prompt: "a lighthouse on a cliff at sunset, calm sea"},
  {picture: "fox", name: "A fox", style: "anime", prompt: "a fox sitting in a snowy forest under a full moon"},
  {picture: "rooftop", name: "A rooftop", style: "digital_art", prompt: "a girl in a red scarf and a black cat on a rooftop, city at night"}];

export const look = {type: "image", lesson: () => lesson(), examples: EXAMPLES.map(({style, prompt}) => ({values: {prompt, style}})), lead: batch, line, state};

export const image = (element, gradio) => wall(element, gradio, look);

const LESSON = [["a fox", "who is there"], ["in a snowy forest", "where they are"], ["under a full moon", "what the light does"]];

const lesson = () => html`<div class="tb-empty"><h1>Say what you see.</h1>
  <p class="tb-lesson">${LESSON.map(([words, about], i) => html`<span class="l${i + 1}"><b>${words}</b><small>${about}</small></span>`)}</p>
  <ul class="tb-examples">${EXAMPLES.map((each, i) => html`<li>${button(example(each), "example", {look: "", n: i})}</li>`)}</ul>
  <p class="tb-tips"><span><kbd>Ctrl</kbd> <kbd>Enter</kbd> makes the picture</span>
    <span>Drop a picture made here anywhere on the page, and its settings come back</span></p></div>`;

const example = each => html`${picture(`${tbFacts.assets}examples/${each.picture}.webp`, {width: 640, height: 800, lazy: false})}
  <span class="tb-saying">${each.prompt}</span><small>${tbFacts.styles[each.style]?.title || ""}</small>`;

const chip = (each, i) => html`${picture(`${tbFacts.assets}examples/${EXAMPLES[i].picture}.webp`, {width: 38, height: 38})}${EXAMPLES[i].name}`;

export const imageStarters = element => starters(element, look, chip);
