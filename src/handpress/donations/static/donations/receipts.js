// Goes on with the receipts of a year by itself. Without it, somebody presses "Go on".

const PAUSE_MS = 300;

document.querySelectorAll("form[data-goes-on]").forEach((form) => {
  setTimeout(() => form.requestSubmit(), PAUSE_MS);
});
