// Targets lower than 44 pixels.
() => [...document.querySelectorAll(".tb-button, .tb-quiet, .tb-chips button, .tb-segrow label, [role=tab], .tb-daynight, .tb-go")]
  .filter(e => e.offsetParent && !e.closest(".visually-hidden"))
  .filter(e => e.getBoundingClientRect().height < 43.5)
  .map(e => e.outerHTML.slice(0, 100))
