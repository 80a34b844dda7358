// Keeps what the press is at up to date, on every page of the desk that shows it.

const BUSY_MS = 2000;
const QUIET_MS = 10000;

async function renew(frame) {
  const answer = await fetch(frame.dataset.pressProgress, { headers: { Accept: "text/html" } });
  // Signed out, or no longer allowed: what is shown stays, and nobody asks again.
  if (answer.redirected || answer.status === 403) return false;
  if (answer.ok) frame.querySelector("[data-press-words]").innerHTML = await answer.text();
  return true;
}

function pause(frame) {
  return frame.querySelector("[data-state=busy]") ? BUSY_MS : QUIET_MS;
}

function follow(frame) {
  if (frame.dataset.isFollowed) return;
  frame.dataset.isFollowed = "yes";
  const again = () => setTimeout(look, pause(frame));
  async function look() {
    if (!frame.isConnected) return;
    if (document.hidden) {
      document.addEventListener("visibilitychange", look, { once: true });
      return;
    }
    try {
      if (!(await renew(frame))) return;
    } catch {
      // The server is away for a moment, perhaps to read new settings.
    }
    again();
  }
  again();
}

document.querySelectorAll("[data-press-progress]").forEach(follow);
