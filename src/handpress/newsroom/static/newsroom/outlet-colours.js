/* Colours that can be read, as newsroom/core/colours.py counts them. Pure functions. */

/** Return the contrast ratio of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio"). */
export function contrast(one, other) {
  const [lighter, darker] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (lighter + 0.05) / (darker + 0.05);
}

function channels(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}

function luminance(colour) {
  const [red, green, blue] = channels(colour)
    .map((part) => part / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

export function isColour(text) {
  return /^#[0-9a-f]{6}$/i.test(text);
}

/** Return a colour as #rrggbb where it was written without #, short or in capitals. */
export function readColour(text) {
  const found = /^#?([0-9a-f]{6}|[0-9a-f]{3})$/i.exec(text.trim());
  if (!found) return text.trim();
  const digits = found[1].toLowerCase();
  return `#${digits.length === 6 ? digits : [...digits].map((digit) => digit + digit).join('')}`;
}

function mix(colour, other, share) {
  const theirs = channels(other);
  const parts = channels(colour).map((a, at) => Math.floor(a + (theirs[at] - a) * share + 0.5));
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

function readableOn(colour, ground, towards, known) {
  for (let step = 0; step <= known.steps; step += 1) {
    const mixed = mix(colour, towards, step / known.steps);
    if (contrast(mixed, ground) >= known.textContrast) return mixed;
  }
  return towards;
}

/** Return every colour that a page would have; `known` is what `browser_rules` in Python gives. */
export function palette(chosen, known) {
  const { theme, shares } = known;
  const found = { ...theme };
  for (const scheme of ['', '_dark']) {
    const paper = chosen[`paper${scheme}`];
    if (paper) {
      found[`paper${scheme}`] = paper;
      found[`wash${scheme}`] = mix(paper, theme[`ink${scheme}`], shares.wash);
    }
  }
  if (chosen.accent) {
    found.accent = chosen.accent;
    found.accent_dark = readableOn(chosen.accent, found.wash_dark, '#ffffff', known);
    found.button = readableOn(chosen.accent, '#ffffff', '#000000', known);
    found.button_dark = found.button;
  }
  if (chosen.accent_dark) found.accent_dark = chosen.accent_dark;
  return found;
}

function measure(rule, chosen, known) {
  const found = palette(chosen, known);
  return contrast(found[rule.field.replace('paper', 'wash')], found[rule.against]);
}

/** Where two chosen colours meet, the accent is to blame. */
function askedOf(field, chosen, known) {
  return known.rules.filter((rule) => rule.field === field && !chosen[rule.against]);
}

/** Return what is nearest to a chosen colour and can be read with the others; '' if nothing is. */
export function nearestColour(field, chosen, known) {
  const asked = askedOf(field, chosen, known);
  for (let step = 0; step <= known.steps; step += 1) {
    const mixed = mix(chosen[field], known.towards[field], step / known.steps);
    const tried = { ...chosen, [field]: mixed };
    if (asked.every((rule) => measure(rule, tried, known) >= rule.least)) return mixed;
  }
  return '';
}

/** Return a ratio to one place, cut: 4.46 is not 4.5. */
export function shown(ratio) {
  return (Math.floor(ratio * 10) / 10).toFixed(1);
}

/**
 * Return what is wrong with the colours, by field, in the words of the server.
 * `chosen` names all four fields; what is empty is as the theme has it.
 */
export function colourFaults(chosen, known) {
  const faults = {};
  for (const [name, colour] of Object.entries(chosen)) {
    if (colour && !isColour(colour)) {
      faults[name] = `“${colour}” is not a colour. Write it as #rrggbb, such as #8c1c13.`;
    }
  }
  if (Object.keys(faults).length) return faults;
  for (const [name, colour] of Object.entries(chosen)) {
    if (!colour) continue;
    const rule = askedOf(name, chosen, known).find((one) => measure(one, chosen, known) < one.least);
    if (rule) faults[name] = tooWeak(rule, measure(rule, chosen, known), nearestColour(name, chosen, known));
  }
  return faults;
}

function tooWeak(rule, found, better) {
  const words = `${rule.why}: the contrast is ${shown(found)} and must be at least ${rule.least.toFixed(1)}.`;
  return better ? `${words} ${better} would do.` : words;
}

/** Return the weakest contrast that a field's colour has with what it meets. */
export function weakest(field, chosen, known) {
  return Math.min(
    ...askedOf(field, chosen, known).map((rule) => measure(rule, chosen, known)),
  );
}
