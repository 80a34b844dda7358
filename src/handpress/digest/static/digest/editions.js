// Arrows instead of numbers for the order of articles, and a preview that follows its switches at once.
// Without this file the numbers and the button Show do the same.

const list = document.querySelector(".ed-pieces");

function renumber() {
  list.querySelectorAll('input[type="number"]').forEach((box, index) => { box.value = index + 1; });
  const rows = [...list.children];
  rows.forEach((row, index) => {
    row.querySelector('[data-move="-1"]').disabled = index === 0;
    row.querySelector('[data-move="1"]').disabled = index === rows.length - 1;
  });
}

if (list) {
  list.classList.add("has-moves");
  list.querySelectorAll(".ed-moves").forEach((moves) => { moves.hidden = false; });
  renumber();
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const row = button.closest("li");
    if (button.dataset.move === "-1") row.previousElementSibling?.before(row);
    else row.nextElementSibling?.after(row);
    renumber();
    (button.disabled ? row.querySelector("[data-move]:not(:disabled)") : button).focus();
  });
}

const how = document.querySelector(".ed-how");
const frame = document.querySelector(".ed-frame");

if (how && frame) {
  how.querySelector("button").hidden = true;
  how.addEventListener("change", () => {
    const wanted = new URLSearchParams(new FormData(how));
    frame.classList.toggle("ed-frame--phone", wanted.get("width") === "phone");
    const url = new URL(frame.src);
    url.search = wanted;
    if (url.href !== frame.src) frame.src = url.href;
    history.replaceState(null, "", `?${wanted}`);
  });
}
