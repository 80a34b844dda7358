// Keeps the numbers of an edition that goes out up to date, for as long as it does.

const PAUSE_MS = 2000;

async function renew(frame) {
  const answer = await fetch(frame.dataset.delivery, { headers: { Accept: "text/html" } });
  // Signed out, or no longer allowed: what is shown stays, and nobody asks again.
  if (answer.redirected || answer.status === 403) return false;
  // Whoever is about to press a button is not to lose it.
  if (answer.ok && !frame.contains(document.activeElement)) frame.innerHTML = await answer.text();
  return true;
}

function follow(frame) {
  const again = () => {
    if (frame.querySelector("[data-is-sending]")) setTimeout(look, PAUSE_MS);
  };
  async function look() {
    if (!frame.isConnected) return;
    if (document.hidden) {
      document.addEventListener("visibilitychange", look, { once: true });
      return;
    }
    try {
      if (!(await renew(frame))) return;
    } catch {
      // The server is away for a moment.
    }
    again();
  }
  again();
}

document.querySelectorAll("[data-delivery]").forEach(follow);
