/* A solid that turns: drawn with WebGL, moved with the pointer, the wheel or the arrow keys. Nothing is loaded for it. */
import {$, all, button, html, make, picture} from "./dom.js";
import {asked} from "./about.js";
import {job} from "./live.js";
import {note} from "./news.js";
import {solid} from "./solid.js";
import {pictures, thumb} from "./words.js";

const CORNERS = `attribute vec3 place, tint; uniform mat4 all; uniform mat3 turned; varying vec3 color, at;
void main() { gl_Position = all * vec4(place, 1.0); color = tint; at = turned * place; }`;
const FACES = `#extension GL_OES_standard_derivatives : enable
precision highp float; varying vec3 color, at;
void main() { vec3 n = normalize(cross(dFdx(at), dFdy(at)));
  float sun = max(dot(n, normalize(vec3(.45, .8, .6))), 0.0), sky = .5 + .5 * n.y;
  vec3 light = color * (sun * .85 + sky * .34 + .12); gl_FragColor = vec4(pow(light, vec3(1.0 / 2.2)), 1.0); }`;
const model = each => (each.outputs || []).find(output => /gltf-binary|stl/.test(output.media_type || ""));

/** The place of a mesh: its picture, until somebody wants it to turn. */
export function turning(each, small = 1024) {
  const shown = pictures(each)[0], inside = shown ? picture(thumb(shown, small), {width: shown.width, height: shown.height, lazy: false, alt: asked(each)}) : "";
  return html`<figure class="tb-solid" data-solid="${each.id}">${inside}${model(each) ? html`<figcaption>${
    button("Turn it", "turn", {look: "tb-button is-strong", label: "Turn it: load the object"})}</figcaption>` : ""}</figure>`;
}

/** Load the object into its place and let it turn. */
export async function turn(place) {
  const file = model(job(place.dataset.solid)), asking = $(place, "[data-do=turn]");
  if (!file || place.dataset.loading) return;
  place.dataset.loading = "yes";
  try {
    const read = solid(await (await fetch(file.url)).arrayBuffer());
    const canvas = make(html`<canvas tabindex="0" role="img" aria-label="${asked(job(place.dataset.solid)).slice(0, 80)}, turning. Arrow keys turn it, plus and minus change its size."></canvas>`);
    const held = asking && document.activeElement === asking;
    if (!read || !start(canvas, read)) throw new Error("This browser shows no solids; the file can be saved all the same.");
    if (!place.isConnected) return;
    place.classList.add("is-turning");
    all(place, "img, figcaption").forEach(old => old.remove());
    place.append(canvas, make(html`<figcaption class="tb-soft">Drag to turn it, or use the arrow keys</figcaption>`));
    for (const kind of ["pointerdown", "keydown"]) canvas.addEventListener(kind, event => { if (event.key !== "Tab") $(place, "figcaption")?.remove(); });
    if (held) canvas.focus({preventScroll: true});
  } catch (error) { note(error.message); }
  delete place.dataset.loading;
}

function start(canvas, read) {
  const gl = canvas.getContext("webgl", {antialias: true, alpha: true, premultipliedAlpha: false});
  if (!gl || !gl.getExtension("OES_standard_derivatives")) return false;
  const program = gl.createProgram();
  for (const [kind, text] of [[gl.VERTEX_SHADER, CORNERS], [gl.FRAGMENT_SHADER, FACES]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return false;
  gl.useProgram(program);
  for (const [name, values] of [["place", centred(read.points)], ["tint", read.colors]]) {
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
    const at = gl.getAttribLocation(program, name);
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, 3, gl.FLOAT, false, 0, 0);
  }
  gl.enable(gl.DEPTH_TEST);
  move(canvas, eye => paint(gl, program, read.count, eye));
  return true;
}

/** Around the middle, with the farthest corner at 1. */
function centred(points) {
  const low = [Infinity, Infinity, Infinity], high = [-Infinity, -Infinity, -Infinity];
  points.forEach((value, i) => { low[i % 3] = Math.min(low[i % 3], value); high[i % 3] = Math.max(high[i % 3], value); });
  const moved = points.map((value, i) => value - (low[i % 3] + high[i % 3]) / 2);
  let far = 1e-9;
  for (let i = 0; i < moved.length; i += 3) far = Math.max(far, Math.hypot(moved[i], moved[i + 1], moved[i + 2]));
  return moved.map(value => value / far);
}

function paint(gl, program, count, {turned, tilt, near}) {
  const canvas = gl.canvas, ratio = Math.min(2, devicePixelRatio), w = Math.round(canvas.clientWidth * ratio), h = Math.round(canvas.clientHeight * ratio);
  if (!w || !h) return;
  if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; }
  const [c, s, d, t] = [Math.cos(turned), Math.sin(turned), Math.cos(tilt), Math.sin(tilt)];
  const rows = [[c, 0, s], [s * t, d, -c * t], [-s * d, t, c * d]]; // about the upright axis, then towards the eye
  const away = 3.1 / near, f = 2.6, px = f * Math.min(1, h / w), py = f * Math.min(1, w / h), range = [.1, 40];
  const depth = (range[1] + range[0]) / (range[0] - range[1]), shift = 2 * range[1] * range[0] / (range[0] - range[1]);
  const all = [];
  for (let k = 0; k < 3; k++) all.push(px * rows[0][k], py * rows[1][k], depth * rows[2][k], -rows[2][k]);
  all.push(0, 0, -depth * away + shift, away);
  gl.viewport(0, 0, w, h);
  gl.clearColor(0, 0, 0, 0);
  gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
  gl.uniformMatrix4fv(gl.getUniformLocation(program, "all"), false, all);
  gl.uniformMatrix3fv(gl.getUniformLocation(program, "turned"), false, [0, 1, 2].flatMap(k => rows.map(row => row[k])));
  gl.drawArrays(gl.TRIANGLES, 0, count);
}

/** It turns by itself until somebody takes hold of it; not where motion is unwanted, and not while nobody sees it. */
function move(canvas, draw) {
  const eye = {turned: -.6, tilt: .32, near: 1};
  let own = !matchMedia("(prefers-reduced-motion: reduce)").matches, last = 0, held = null, wanted = true;
  const frame = now => {
    if (!canvas.isConnected && last) { canvas.getContext("webgl").getExtension("WEBGL_lose_context")?.loseContext(); return; }
    if (own) { eye.turned += Math.min(.05, (now - last) / 1000) * .7; wanted = true; }
    last = now;
    if (wanted && canvas.clientWidth) { draw(eye); wanted = false; }
    requestAnimationFrame(frame);
  };
  const nudge = change => { change(); own = false; wanted = true; eye.tilt = Math.max(-1.4, Math.min(1.4, eye.tilt)); eye.near = Math.max(.5, Math.min(3, eye.near)); };
  canvas.addEventListener("pointerdown", event => { held = [event.clientX, event.clientY]; canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener("pointerup", () => { held = null; });
  canvas.addEventListener("pointermove", event => {
    if (!held) return;
    nudge(() => { eye.turned += (event.clientX - held[0]) * .01; eye.tilt += (event.clientY - held[1]) * .01; });
    held = [event.clientX, event.clientY];
  });
  canvas.addEventListener("wheel", event => { event.preventDefault(); nudge(() => { eye.near *= Math.exp(-event.deltaY * .0015); }); }, {passive: false});
  canvas.addEventListener("keydown", event => {
    const to = {ArrowLeft: () => { eye.turned -= .2; }, ArrowRight: () => { eye.turned += .2; }, ArrowUp: () => { eye.tilt += .15; },
      ArrowDown: () => { eye.tilt -= .15; }, "+": () => { eye.near *= 1.15; }, "-": () => { eye.near /= 1.15; }}[event.key];
    if (to) { event.preventDefault(); event.stopPropagation(); nudge(to); }
  });
  new ResizeObserver(() => { wanted = true; }).observe(canvas);
  requestAnimationFrame(frame);
}

/** The buttons of every solid on the page, wherever it was drawn. */
export function solids() {
  addEventListener("click", event => { const asking = event.target.closest?.("[data-do=turn]"); if (asking) turn(asking.closest("[data-solid]")); });
}
