// A form that saves itself is sent once: not while it still saves, and it does not save again while
// it is being sent. A new article whose form did not know its number yet would be there twice.

const saving = new WeakSet();
const waiting = new WeakMap();
const sent = new WeakSet();

function send(form) {
  const button = waiting.get(form);
  waiting.delete(form);
  const wasDisabled = button?.disabled;
  // What is disabled does not go along, and the button says what is to be done.
  if (button) button.disabled = false;
  form.requestSubmit(button);
  if (button) button.disabled = wasDisabled;
}

function note(event) {
  saving.delete(event.target);
  if (waiting.has(event.target)) setTimeout(send, 0, event.target);
}

// Asked before the form's own listeners, which would otherwise believe that it has gone.
addEventListener("submit", (event) => {
  if (!saving.has(event.target)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  waiting.set(event.target, event.submitter);
}, { capture: true });

addEventListener("submit", (event) => {
  if (!event.defaultPrevented) sent.add(event.target);
});

addEventListener("w-autosave:save", (event) => {
  if (sent.has(event.target) || waiting.has(event.target)) event.preventDefault();
  else if (!event.defaultPrevented) saving.add(event.target);
});
addEventListener("w-autosave:success", note);
addEventListener("w-autosave:error", note);

// Who goes back may get the page as it was left.
addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form").forEach((form) => sent.delete(form));
});
