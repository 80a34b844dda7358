// A new password: says how long it is while one types, and shows it on request.
const words = document.getElementById("password-words").dataset;
const BETTER = 15;

const judge = (password, least) => {
  const length = [...password].length;
  if (length < least) return words.short;
  if (new Set(password).size < 6) return words.alike;
  return length < BETTER ? words.enough : words.good;
};

const fields = [...document.querySelectorAll('input[autocomplete="new-password"]')];
const first = fields.find((field) => field.dataset.passwordLeast);

if (first) {
  const least = Number(first.dataset.passwordLeast);
  const hint = document.createElement("p");
  hint.className = "acc-help";
  hint.setAttribute("role", "status");
  first.after(hint);
  first.addEventListener("input", () => {
    const text = first.value ? judge(first.value, least) : "";
    hint.textContent = text.replace("{n}", [...first.value].length).replace("{least}", least);
  });

  const label = document.createElement("label");
  const tick = document.createElement("input");
  tick.type = "checkbox";
  label.className = "acc-show";
  label.append(tick, ` ${words.show}`);
  fields.at(-1).after(label);
  tick.addEventListener("change", () => {
    for (const field of fields) field.type = tick.checked ? "text" : "password";
  });
}
