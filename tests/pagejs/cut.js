// Words in a row of choices that reach beyond the row, into what stands beside it.
() => [...document.querySelectorAll(".tb-segrow label")].filter(e => e.offsetParent).filter(e => {
  const words = document.createRange(), row = e.parentElement.getBoundingClientRect();
  words.selectNodeContents(e.querySelector("span"));
  const {left, right} = words.getBoundingClientRect();
  return left < row.left - 1 || right > row.right + 1;
}).map(e => e.textContent.trim())
