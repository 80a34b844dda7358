// Shows which frame has the focus: a page learns that it has lost it, but no style does.

function look() {
  document.querySelectorAll("iframe").forEach((frame) => {
    frame.classList.toggle("has-focus", frame === document.activeElement);
  });
}

addEventListener("blur", () => setTimeout(look));
addEventListener("focus", look);
document.addEventListener("focusin", look);
