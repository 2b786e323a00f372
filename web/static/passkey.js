// Passkeys: has a device make or use one. What is asked of the device, and whether its answer is good, the desk says.
"use strict";
(() => {
  const bytes = (s) => Uint8Array.from(atob(s.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (b) => btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  async function post(path, body) {
    const res = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    const answer = await res.json();
    if (!res.ok) throw Object.assign(new Error("refused"), { says: answer.wrong });
    return answer;
  }

  async function use(form) {
    const { publicKey: ask } = await post(form.dataset.begin, Object.fromEntries(new FormData(form)));
    ask.challenge = bytes(ask.challenge);
    for (const key of [...(ask.allowCredentials || []), ...(ask.excludeCredentials || [])]) key.id = bytes(key.id);
    if (ask.user) ask.user.id = bytes(ask.user.id);
    const key = await (ask.user ? navigator.credentials.create({ publicKey: ask }) : navigator.credentials.get({ publicKey: ask }));
    const said = key.response;
    const response = { clientDataJSON: text(said.clientDataJSON) };
    if (ask.user) {
      response.attestationObject = text(said.attestationObject);
      if (said.getTransports) response.transports = said.getTransports();
    } else {
      response.authenticatorData = text(said.authenticatorData);
      response.signature = text(said.signature);
      if (said.userHandle) response.userHandle = text(said.userHandle);
    }
    const { next } = await post(form.action, { id: key.id, rawId: text(key.rawId), type: key.type, clientExtensionResults: {}, response });
    location.assign(next);
  }

  for (const form of document.querySelectorAll("form[data-begin]")) {
    if (!window.PublicKeyCredential) continue;
    form.hidden = false;
    form.addEventListener("submit", async (e) => {
      e.preventDefault();
      const button = form.querySelector("button");
      const wrong = form.querySelector("[role=alert]");
      button.disabled = true;
      wrong.hidden = true;
      try {
        await use(form);
      } catch (err) {
        wrong.textContent = err.says || (err.name === "InvalidStateError" ? form.dataset.known : "") || form.dataset.failed;
        wrong.hidden = false;
        button.disabled = false;
      }
    });
  }
})();
