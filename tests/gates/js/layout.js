// What does not fit: the page scrolls sideways, text is cut off, lies outside, or lies on other text.

const found = [];
const root = document.documentElement;
const runs = textRuns();
const say = (check, element, more = '') => found.push([check, nameOf(element) + more]);

if (root.scrollWidth > root.clientWidth) {
  const widest = [...document.body.querySelectorAll('*')].filter((each) => isShown(each) && !isUnseen(each))
    .sort((a, b) => b.getBoundingClientRect().right - a.getBoundingClientRect().right)[0];
  say('scrolls', widest || root, `: ${root.scrollWidth} px in ${root.clientWidth}`);
}

/** The ancestor that cuts a box off, if any; one that scrolls gives it back. */
function cutter(element, box) {
  for (let at = element; at && at !== root; at = at.parentElement) {
    const style = getComputedStyle(at);
    if (at === document.body || style.display === 'inline' || style.display === 'contents') continue;
    const frame = at.getBoundingClientRect();
    const hides = (overflow) => overflow === 'hidden' || overflow === 'clip';
    const sideways = box.right > frame.right + 2 || box.left < frame.left - 2;
    const down = box.bottom > frame.bottom + box.height / 3 || box.top < frame.top - box.height / 3;
    if ((sideways && hides(style.overflowX)) || (down && hides(style.overflowY))) return at;
    if (/auto|scroll/.test(style.overflowX + style.overflowY)) return null;
  }
  return sidewaysOut(box) ? root : null;
}

function sidewaysOut(box) {
  return box.right > root.clientWidth + 2 || box.left < -2;
}

/** A text that ends with an ellipsis is no loss where a link beside it leads to the whole. */
function isShortened(element) {
  const clamp = getComputedStyle(element).webkitLineClamp;
  return clamp !== 'none' && clamp !== '' && Boolean(element.closest('article, li')?.querySelector('a[href]'));
}

const named = new Set();
const hidden = new Set();
for (const run of runs.filter((each) => each.seen)) {
  for (const box of run.boxes) {
    const by = cutter(run.element, box);
    if (!by) continue;
    hidden.add(box);
    if (named.has(by) || isShortened(by)) continue;
    if (by !== root) named.add(by);
    say('cut', by === root ? run.element : by, by === root ? ' lies outside the page' : ` cuts off “${run.words}”`);
  }
}

/** What is to be seen of a box in the frames that scroll around it. */
function inFrames(element, box) {
  let [left, right] = [box.left, box.right];
  for (let at = element; at && at !== document.body; at = at.parentElement) {
    if (!/auto|scroll/.test(getComputedStyle(at).overflowX)) continue;
    const frame = at.getBoundingClientRect();
    [left, right] = [Math.max(left, frame.left), Math.min(right, frame.right)];
  }
  return new DOMRect(left, box.top, Math.max(0, right - left), box.height);
}

/** The block that a run belongs to: lines of one block may touch. */
function blockOf(element) {
  let at = element;
  while (at.parentElement && /^(inline|contents|ruby)/.test(getComputedStyle(at).display)) at = at.parentElement;
  return at;
}

const boxes = runs.filter((each) => each.seen).flatMap((run) => {
  const block = blockOf(run.element);
  return run.boxes.filter((box) => !hidden.has(box))
    .map((box) => ({ box: inFrames(run.element, box), block, element: run.element, stuck: stuckRoot(run.element) }));
});
for (const image of ours().querySelectorAll('img')) {
  if (isShown(image)) boxes.push({ box: image.getBoundingClientRect(), block: image, element: image, stuck: stuckRoot(image) });
}
boxes.sort((a, b) => a.box.top - b.box.top);
const lying = new Set();
for (let i = 0; i < boxes.length; i += 1) {
  for (let j = i + 1; j < boxes.length && boxes[j].box.top < boxes[i].box.bottom; j += 1) {
    const [a, b] = [boxes[i], boxes[j]];
    if (a.block === b.block || a.stuck !== b.stuck || lying.has(b.block)) continue;
    const wide = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
    const high = Math.min(a.box.bottom, b.box.bottom) - b.box.top;
    if (wide > 3 && high > 0.4 * Math.min(a.box.height, b.box.height)) {
      lying.add(b.block);
      say('overlaps', b.element, ` lies on ${nameOf(a.element)}`);
    }
  }
}

return { found, seen: runs.filter((each) => each.seen).map((each) => [each.number, each.words]) };
