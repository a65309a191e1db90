/* The walls of the Music, Speech and 3D tabs, and of the second desk of Speech. */
import {html} from "./dom.js";
import {lesson as heard} from "./hearing.js";
import {LESSONS, lesson} from "./lessons.js";
import {starters, wall} from "./wall.js";
import {line, state, work} from "./works.js";

const look = type => ({type, lesson: type === "hearing" ? heard : lesson, examples: LESSONS[type]?.examples || [], lead: work, line, state});

export const media = (element, gradio) => wall(element, gradio, look(gradio.props.kind));
export const mediaStarters = (element, {props}) => starters(element, look(props.kind), each => html`<span class="tb-starter">${each.name}</span>`);
