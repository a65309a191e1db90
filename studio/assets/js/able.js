/* The drawers of the desks: what is opened comes into sight, and a field that the model has no use for says so before it is filled in. */
import {$, all, html, make} from "./dom.js";
import {read} from "./live.js";

const DOORS = {image: "generate_image", video: "generate_video", music: "generate_music", speech: "generate_speech", mesh: "generate_mesh"};
const HANDLE = ".tb-drawer > button.label-wrap";
let rows = [];

export function drawers() {
  addEventListener("click", event => {
    const handle = event.target.closest?.(HANDLE);
    if (!handle) return;
    const drawer = handle.parentElement, type = drawer.id.replace(/-drawer$/, "");
    if (event.isTrusted) requestAnimationFrame(() => handle.classList.contains("open") && raise(handle));
    if (DOORS[type]) ask(type, drawer); // anew each time: models come and go
  });
  addEventListener("change", event => {
    const drawer = event.target.closest?.("[id$=-model]")?.closest(".tb-drawer");
    if (drawer) tell(drawer.id.replace(/-drawer$/, ""), drawer);
  });
}

/** To the top of the desk where that scrolls by itself, else to the top of the window. */
function raise(handle) {
  const desk = handle.closest(".tb-desk"), top = handle.getBoundingClientRect().top;
  if (desk && getComputedStyle(desk).overflowY !== "visible") desk.scrollTop += top - desk.getBoundingClientRect().top - 16;
  else scrollBy(0, top - 72);
}

async function ask(type, drawer) {
  try { rows = (await read("models")).models; } catch { return; } // then a refusal says it
  tell(type, drawer);
}

function tell(type, drawer) {
  const mine = rows.filter(row => row.for.includes(DOORS[type])), model = $(drawer, `#${type}-model select`)?.value || "auto";
  const asked = mine.filter(row => model === "auto" ? row.ready && !row.named_only : row.name === model);
  const known = new Set(mine.flatMap(row => row.honours || []));
  const by = asked.length === 1 ? asked[0].title || asked[0].name : "any model that is ready";
  all(drawer, ".tb-unused").forEach(words => words.remove());
  for (const field of asked.length ? all(drawer, `[id^="${type}-"]`) : []) {
    const name = field.id.slice(type.length + 1).replaceAll("-", "_");
    if (!known.has(name) || asked.some(row => !row.honours || row.honours.includes(name))) continue;
    field.append(make(html`<small class="tb-unused">Not used by ${by}</small>`));
  }
}
