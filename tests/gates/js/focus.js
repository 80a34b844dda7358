// What has the focus, and what a person sees of it.

const element = document.activeElement;
if (!element || element === document.body || element === document.documentElement) return null;

const style = getComputedStyle(element);
const rects = [...element.getClientRects()].filter((box) => box.width > 0 && box.height > 0);
const box = element.getBoundingClientRect();
const ring = style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth);
const ground = groundOf(element.parentElement);

/** What covers the middle and the corners of each of its boxes: a name, or nothing, for each point. */
function covers() {
  return rects.flatMap((rect) => {
    const [x1, x2, y1, y2] = [rect.left + 3, rect.right - 3, rect.top + 3, rect.bottom - 3];
    return [[(x1 + x2) / 2, (y1 + y2) / 2], [x1, y1], [x2, y1], [x1, y2], [x2, y2]].map(([x, y]) => {
      if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) return 'the edge of the window';
      const hit = document.elementFromPoint(x, y);
      const stuck = hit && stuckRoot(hit);
      return stuck && !stuck.contains(element) && !element.contains(stuck) ? nameOf(stuck) : '';
    });
  });
}

const covered = covers();
let region = element;
while (region.parentElement && region.parentElement !== document.body) region = region.parentElement;
return {
  number: [...document.querySelectorAll('*')].indexOf(element),
  region: [...document.body.children].indexOf(region),
  name: nameOf(element),
  tag: element.localName,
  type: element.type || '',
  href: element.getAttribute('href') || '',
  left: box.left, right: box.right, top: box.top + scrollY, bottom: box.bottom + scrollY,
  isRtl: getComputedStyle(region).direction === 'rtl',
  isSeen: rects.length > 0 && isShown(element) && !isUnseen(element),
  ring,
  ringContrast: ring ? contrast(over(rgba(style.outlineColor), ground), ground) : 0,
  isTall: box.height > innerHeight / 2,
  covered: covered.find(Boolean) || '',
  isHidden: covered.length > 0 && covered.every(Boolean),
};
