// Everything that can be acted on, and whether a finger can hit it (WCAG 2.2, 2.5.8).

const ROOM = 24;
const all = [...document.querySelectorAll('*')];

/** The arrow keys choose within a group of radio buttons: its checked one, or its first, is its only stop. */
function isBesideChecked(element) {
  if (element.type !== 'radio' || !element.form) return false;
  const group = [...element.form.elements].filter((each) => each.type === 'radio' && each.name === element.name);
  return element !== (group.find((each) => each.checked) || group[0]);
}

/** What nobody sees, hears or reaches is a trap for programs that fill in forms. */
function isForNobody(element) {
  return isUnseen(element) && element.tabIndex < 0 && element.closest('[aria-hidden=true]') !== null;
}

const targets = [...document.querySelectorAll(INTERACTIVE)].filter((each) => isShown(each) && !each.disabled && each.getClientRects().length && !isBesideChecked(each) && !isForNobody(each));

/** A link within a sentence may be as high as its line: there are words beside it that are no links. */
function isInText(element) {
  if (getComputedStyle(element).display !== 'inline') return false;
  let block = element.parentElement;
  while (block.parentElement && getComputedStyle(block).display === 'inline') block = block.parentElement;
  const links = [...block.querySelectorAll(INTERACTIVE)].filter((each) => !each.parentElement.closest('a'));
  const left = links.reduce((words, link) => words.replace(link.textContent, ''), block.textContent);
  return /[\p{L}\p{N}]/u.test(left);
}

function isNear(one, other) {
  const a = one.getBoundingClientRect();
  const b = other.getBoundingClientRect();
  const [x, y] = [(a.left + a.right) / 2, (a.top + a.bottom) / 2];
  const dx = Math.max(b.left - x, 0, x - b.right);
  const dy = Math.max(b.top - y, 0, y - b.bottom);
  return Math.hypot(dx, dy) < ROOM / 2;
}

return targets.map((element) => {
  const box = element.getBoundingClientRect();
  const isSmall = Math.round(box.width) < ROOM || Math.round(box.height) < ROOM;
  const crowds = isSmall && !isInText(element) && !isUnseen(element) && targets.some((each) => each !== element && !element.contains(each) && isNear(element, each));
  return {
    number: all.indexOf(element),
    name: nameOf(element),
    small: crowds ? `${Math.round(box.width)} by ${Math.round(box.height)} px` : '',
  };
});
