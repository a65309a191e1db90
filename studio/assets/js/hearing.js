/* The second desk of the Speech tab: words from a recording, line by line with their times. */
import {$, all, button, html, put} from "./dom.js";
import {minutes} from "./about.js";
import {note} from "./news.js";

const DESKS = [["speech", "Speak a text"], ["hearing", "Words from a sound"]];

/** The switch between the two desks; both have one, so that it stays in its place. */
export function desks(element, {props}) {
  const box = $(element, ".tb-part");
  put(box, html`<fieldset class="tb-segments"><legend class="tb-sr">What is to be done</legend><div class="tb-segrow">${DESKS.map(([value, title]) =>
    html`<label><input type="radio" name="desks-${props.desk}" value="${value}"${value === props.desk ? html` checked` : ""}><span>${title}</span></label>`)}</div></fieldset>`);
  if (props.desk !== DESKS[0][0]) bench(props.desk)?.setAttribute("data-away", "");
  box.addEventListener("change", event => {
    const wanted = event.target.value;
    $(box, `input[value=${props.desk}]`).checked = true;
    lay(wanted);
    $(bench(wanted), `input[name=desks-${wanted}][value=${wanted}]`)?.focus();
  });
}

const bench = name => document.getElementById(`${name}-bench`);

/** Show one of the two desks. */
export function lay(name) {
  for (const [other] of DESKS) bench(other)?.toggleAttribute("data-away", other !== name);
}

/** What an empty wall says. */
export const lesson = () => html`<div class="tb-empty is-hearing"><h1>Words from a sound.</h1>
  <ul class="tb-reads"><li><b>Give it a recording</b><span>A talk, an interview, a song of yours: WAV, MP3, FLAC, Ogg or M4A, up to three hours.</span></li>
  <li><b>It is written down</b><span>Line by line, each with the time at which it is heard. The language is found out, or you name it.</span></li>
  <li><b>Take it with you</b><span>As text, as subtitles (SRT, VTT), and with the time of every word where the model tells it.</span></li></ul></div>`;

/** What was heard, as lines with their times. */
export function lines(each) {
  const found = each.result?.segments || [];
  if (!found.length) return html`<p class="tb-soft">No speech was heard in this recording.</p>`;
  return html`<ol class="tb-heardlines" tabindex="0" aria-label="What was said">${found.map(({start, text}) =>
    html`<li><time>${minutes(start)}</time><span dir="auto">${text}</span></li>`)}</ol>`;
}

/** Take the text along. */
export const copying = each => each.result?.text ? button("Copy the text", "copy", {id: each.id}) : "";

export async function copy(text) {
  try { await navigator.clipboard.writeText(text); note("The text is copied."); } catch { note("This browser does not let the page copy; save the text instead."); }
}

/** Its language, in words. */
export const language = each => { const code = each.result?.language || each.request.language; return code ? names.of(code.replace("jw", "jv")) : null; };
const names = new Intl.DisplayNames("en", {type: "language"});

/** How long the recording is. */
export const length = each => each.result ? minutes(each.result.duration) : null;
