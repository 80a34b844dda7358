/* The site settings while somebody chooses: colours, logo, time, and where the press stands. */
import { colourFaults, nearestColour, palette, readColour, isColour, shown, weakest } from './outlet-colours.js';

const SCHEMES = { light: '', dark: '_dark' };
const every = (selector, root = document) => [...root.querySelectorAll(selector)];

function make(tag, classes, words = '') {
  const element = document.createElement(tag);
  element.className = classes;
  element.textContent = words;
  return element;
}

/* Colours ------------------------------------------------------------------------------- */

function startColours(box) {
  const known = JSON.parse(box.dataset.outletRules);
  const fields = Object.fromEntries(
    every('[data-outlet-colour]').map((input) => [input.dataset.outletColour, decorate(input)]),
  );
  const chosen = () => Object.fromEntries(
    Object.entries(fields).map(([name, { input }]) => [name, readColour(input.value)]),
  );
  const judge = () => {
    const faults = colourFaults(chosen(), known);
    const sound = Object.fromEntries(
      Object.entries(chosen()).map(([name, colour]) => [name, isColour(colour) ? colour : '']),
    );
    for (const [name, field] of Object.entries(fields)) say(name, field, sound, faults[name], known);
    paint(box, palette(sound, known));
  };
  for (const { input, picker } of Object.values(fields)) {
    input.addEventListener('input', judge);
    picker.addEventListener('input', () => put(input, picker.value));
  }
  box.hidden = false;
  judge();
}

/** Put a picker beside a field, and below it a place for what there is to say. */
function decorate(input) {
  const picker = make('input', 'outlet-picker');
  picker.type = 'color';
  picker.setAttribute('aria-label', `Pick: ${document.querySelector(`label[for="${input.id}"]`)?.textContent.trim()}`);
  const line = make('div', 'outlet-pair');
  input.replaceWith(line);
  line.append(input, picker);
  const verdict = make('div', 'outlet-verdict');
  verdict.id = `${input.id}-verdict`;
  verdict.setAttribute('role', 'status');
  line.after(verdict);
  input.setAttribute('aria-describedby', `${input.getAttribute('aria-describedby') ?? ''} ${verdict.id}`.trim());
  return { input, picker, verdict };
}

/** Put a value into a field as if it had been typed: the guard against losing it must notice. */
function put(input, value) {
  input.value = value;
  input.dispatchEvent(new Event('input', { bubbles: true }));
  input.dispatchEvent(new Event('change', { bubbles: true }));
}

function say(name, { input, picker, verdict }, sound, fault, known) {
  const colour = sound[name] || palette(sound, known)[name];
  picker.value = colour;
  verdict.classList.toggle('outlet-weak', Boolean(fault));
  const words = fault ?? praise(weakest(name, { ...sound, [name]: colour }, known), sound[name], colour);
  if (verdict.dataset.words === words) return;
  verdict.dataset.words = words;
  verdict.replaceChildren(make('span', '', isToldAbove(verdict, words) ? '' : words));
  const better = fault && sound[name] && nearestColour(name, sound, known);
  if (better) verdict.append(offer(input, better));
}

/** Say whether the server's complaint stands there already; one that no longer holds goes. */
function isToldAbove(verdict, words) {
  const told = verdict.closest('[data-field-wrapper], .w-field')?.querySelector('[data-field-errors]');
  if (!told?.textContent.trim()) return false;
  if (told.textContent.includes(words)) return true;
  told.replaceChildren();
  return false;
}

function praise(ratio, isChosen, colour) {
  const grade = ratio >= 7 ? 'very easy to read (AAA)' : 'easy to read (AA)';
  const words = `Contrast ${shown(ratio)}: ${grade}.`;
  return isChosen ? words : `Now ${colour}. ${words}`;
}

function offer(input, colour) {
  const button = make('button', 'button button-small button-secondary', `Use ${colour}`);
  button.type = 'button';
  button.style.setProperty('--offered', colour);
  button.addEventListener('click', () => {
    put(input, colour);
    input.focus();
  });
  return button;
}

function paint(box, colours) {
  for (const plate of every('.outlet-plate')) {
    const ending = SCHEMES[plate.dataset.scheme];
    for (const name of ['paper', 'wash', 'ink', 'soft', 'accent', 'button']) {
      plate.style.setProperty(`--${name}`, colours[name + ending]);
    }
  }
}

/* Logo ---------------------------------------------------------------------------------- */

function startLogos(box) {
  const places = { light: ['id_logo'], dark: ['id_logo_dark', 'id_logo'] };
  const picture = (id) => {
    const chosen = document.getElementById(id)?.value;
    return chosen && document.querySelector(`#${id}-chooser [data-chooser-image]`)?.src;
  };
  const name = document.getElementById('id_name');
  const show = () => {
    for (const plate of every('.outlet-plate', box)) {
      const source = places[plate.dataset.scheme].map(picture).find(Boolean);
      const image = plate.querySelector('img');
      if (source) image.src = source;
      image.hidden = !source;
      const words = plate.querySelector('.outlet-name');
      words.hidden = Boolean(source);
      words.textContent = name.value.trim() || name.placeholder;
    }
  };
  box.hidden = false;
  show();
  name.addEventListener('input', show);
  for (const id of ['id_logo', 'id_logo_dark']) {
    const chooser = document.getElementById(`${id}-chooser`);
    if (chooser) {
      new MutationObserver(show).observe(chooser, { attributes: true, subtree: true, attributeFilter: ['src', 'class', 'value'] });
    }
    document.getElementById(id)?.addEventListener('change', show);
  }
}

/* Time ---------------------------------------------------------------------------------- */

function startClock(place) {
  const input = document.querySelector('[data-outlet-time-zone]');
  const tick = () => {
    const zone = input.value.trim().replaceAll(' ', '_') || input.placeholder;
    try {
      const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', weekday: 'long', timeZone: zone });
      place.textContent = `In ${zone} it is ${time.format(new Date())} now.`;
    } catch {
      place.textContent = 'Go on typing, or choose from the list.';
    }
  };
  input.addEventListener('input', tick);
  setInterval(tick, 15_000);
  tick();
}

/* The press ----------------------------------------------------------------------------- */

async function follow(box) {
  while (box.querySelector('[data-working]')) {
    await new Promise((resolve) => { setTimeout(resolve, 1500); });
    const answer = await fetch(box.dataset.outletPress).catch(() => null);
    if (answer?.ok) box.innerHTML = await answer.text();
  }
}

every('.outlet-colours').forEach(startColours);
every('[data-outlet-logos]').forEach(startLogos);
every('[data-outlet-clock]').forEach(startClock);
every('[data-outlet-press]').forEach(follow);
