// Texts whose contrast with the solid ground under them is below WCAG AA.
() => {
  const channel = v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; };
  const light = c => .2126 * channel(c[0]) + .7152 * channel(c[1]) + .0722 * channel(c[2]);
  const read = text => {
    const n = text.match(/[\d.]+/g).map(Number);
    if (/^color/.test(text)) for (let i = 0; i < 3; i++) n[i] *= 255;
    return n.length < 4 ? [...n, 1] : n;
  };
  const skipped = ".tb-sr, .tb-skip, figcaption, .tb-item, :disabled, option, .visually-hidden";
  const bad = [];
  for (const e of document.querySelectorAll(".gradio-container *")) {
    if (![...e.childNodes].some(t => t.nodeType === 3 && t.textContent.trim())) continue;
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    if (!box.width || !box.height || style.visibility === "hidden" || style.opacity === "0" || e.closest(skipped)) continue;
    let under = e, ground = null;
    while (under && !ground) {
      const c = read(getComputedStyle(under).backgroundColor);
      if (c[3] > .99) ground = c;
      under = under.parentElement;
    }
    ground = ground || read(getComputedStyle(document.body).backgroundColor);
    const a = light(read(style.color)), b = light(ground), ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    const size = parseFloat(style.fontSize), big = size >= 24 || (size >= 18.6 && +style.fontWeight >= 700);
    if (ratio < (big ? 3 : 4.5)) bad.push(`${e.className}: ${e.textContent.trim().slice(0, 30)} ${ratio.toFixed(2)}`);
  }
  return bad;
}
