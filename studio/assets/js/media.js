/* The walls of the Music, Speech and 3D tabs. */
import {LESSONS, lesson} from "./lessons.js";
import {wall} from "./wall.js";
import {line, state, work} from "./works.js";

export function media(element, gradio) {
  const type = gradio.props.kind;
  wall(element, gradio, {type, lesson, examples: LESSONS[type].examples, lead: work, line, state});
}
