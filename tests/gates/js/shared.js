// What the other scripts share. Each runs after this in one function, in the page, and returns plain values.

const INTERACTIVE = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"], iframe, audio[controls], video[controls]';

/** A short selector by which a person finds the element. */
function nameOf(element) {
  const parts = [];
  for (let at = element; at && at !== document.body && parts.length < 3; at = at.parentElement) {
    const classes = [...at.classList].slice(0, 2).map((name) => '.' + name).join('');
    parts.unshift(at.localName + (at.id ? '#' + at.id : '') + classes);
  }
  const words = (element.getAttribute('aria-label') || element.textContent || '').trim().replace(/\s+/g, ' ');
  return parts.join(' > ') + (words ? ` “${words.slice(0, 40)}”` : '');
}

function isShown(element) {
  return element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
}

/** For screen readers alone: clipped to nothing, or moved out of the page. */
function isUnseen(element) {
  for (let at = element; at && at !== document.body; at = at.parentElement) {
    const style = getComputedStyle(at);
    if (style.position !== 'absolute' && style.position !== 'fixed') continue;
    if (/inset\(50%|inset\(100%/.test(style.clipPath) || style.clip === 'rect(0px, 0px, 0px, 0px)') return true;
    const box = at.getBoundingClientRect();
    if (box.bottom + scrollY <= 0 || box.right + scrollX <= 0) return true;
  }
  return false;
}

/** The element that stays in place while the page scrolls, of which this one is a part. */
function stuckRoot(element) {
  for (let at = element; at && at !== document.documentElement; at = at.parentElement) {
    const position = getComputedStyle(at).position;
    if (position === 'sticky' || position === 'fixed') return at;
  }
  return null;
}

function rgba(colour) {
  const parts = (colour.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
  return colour.startsWith('color(') ? [...parts.slice(0, 3).map((c) => 255 * c), parts[3] ?? 1] : [...parts.slice(0, 3), parts[3] ?? 1];
}

function over(top, ground) {
  return [0, 1, 2].map((i) => top[i] * top[3] + ground[i] * (1 - top[3])).concat(1);
}

/** The colour behind an element's text: its own ground over those of its ancestors. */
function groundOf(element) {
  const grounds = [];
  for (let at = element; at; at = at.parentElement) {
    const ground = rgba(getComputedStyle(at).backgroundColor);
    grounds.unshift(ground);
    if (ground[3] === 1) break;
  }
  const canvas = matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18, 1] : [255, 255, 255, 1];
  return grounds.reduce((ground, top) => over(top, ground), canvas);
}

/** WCAG 2.2, contrast ratio. */
function contrast(one, other) {
  const light = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

/** What is ours to answer for: all of a page of the site, the main part of one of the desk. */
function ours() {
  return document.querySelector(document.documentElement.dataset.ours || 'body') || document.body;
}

/** Every run of visible text: its element, its words, and the boxes of its lines. */
function textRuns() {
  const runs = [];
  const walker = document.createTreeWalker(ours(), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(), number = 0; node; node = walker.nextNode()) {
    if (!node.data.trim() || /^(script|style|noscript)$/.test(node.parentElement.localName)) continue;
    number += 1;
    const range = document.createRange();
    range.selectNodeContents(node);
    const boxes = [...range.getClientRects()].filter((box) => box.width > 1 && box.height > 1);
    const seen = isShown(node.parentElement) && !isUnseen(node.parentElement) && boxes.length > 0;
    runs.push({ number, element: node.parentElement, words: node.data.trim().slice(0, 40), boxes, seen });
  }
  return runs;
}
