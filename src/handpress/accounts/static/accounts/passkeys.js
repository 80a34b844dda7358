// Passkeys: a form marked data-passkey asks the browser, puts the answer into its field, and is sent.
const words = document.getElementById("passkey-words").dataset;
const isNumber = /^[\d.]+$|^\[/.test(location.hostname);
const canUse = Boolean(window.PublicKeyCredential) && !isNumber;

const options = async (form) => {
  if (form.dataset.passkey !== "sign-in") {
    return JSON.parse(document.getElementById("passkey-options").textContent);
  }
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return (await answer.json()).request_options;
};

const explain = (error) => {
  if (error.name === "NotAllowedError" || error.name === "AbortError") return words.cancelled;
  return error.name === "InvalidStateError" ? words.known : words.failed;
};

const sayWhyNot = (form) => {
  const status = form.querySelector("[data-passkey-status]");
  form.querySelector("button").disabled = true;
  if (!isNumber) {
    status.textContent = words.unable;
    return;
  }
  status.textContent = `${words.address} `;
  if (location.hostname === "127.0.0.1" || location.hostname === "[::1]") {
    const link = document.createElement("a");
    link.href = location.href.replace(location.hostname, "localhost");
    link.textContent = link.href;
    status.append(link);
  }
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const isNeeded = !form.hidden;
  if (!canUse) {
    // Where there is another way in the page, one that cannot work is not offered.
    if (isNeeded) sayWhyNot(form);
    continue;
  }
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    const status = form.querySelector("[data-passkey-status]");
    button.disabled = true;
    status.textContent = words.waiting;
    try {
      const ask = form.dataset.passkey === "create" ? "create" : "get";
      const credential = await window.webauthnJSON[ask](await options(form));
      form.elements.credential.value = JSON.stringify(credential);
      form.submit();
    } catch (error) {
      status.textContent = explain(error);
      button.disabled = false;
      button.focus();
    }
  });
}
