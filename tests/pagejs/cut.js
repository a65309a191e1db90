// Words in a row of choices that reach beyond their own place, into what stands beside them.
() => [...document.querySelectorAll(".tb-segrow label")].filter(e => e.offsetParent).filter(e => {
  const words = document.createRange(), place = e.getBoundingClientRect();
  words.selectNodeContents(e.querySelector("span"));
  const {left, right} = words.getBoundingClientRect();
  return left < place.left - 1 || right > place.right + 1;
}).map(e => e.textContent.trim())
