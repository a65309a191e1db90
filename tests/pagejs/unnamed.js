// Things one can act on, or look at, that have no name for a screen reader.
() => [...document.querySelectorAll("button, a[href], input, textarea, select, [role=tab], img")].filter(e => {
  if (!e.offsetParent || e.closest(".visually-hidden")) return false;
  if (e.tagName === "IMG") return !e.hasAttribute("alt");
  const labels = e.labels ? [...e.labels].map(label => label.textContent.trim()).join("") : "";
  return !(e.getAttribute("aria-label") || e.getAttribute("title") || e.textContent.trim() || labels || e.placeholder);
}).map(e => e.outerHTML.slice(0, 120))
