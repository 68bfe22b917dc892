// Passkeys: the browser's own dialogue, then an ordinary form. Without it, the code by e-mail does the same.

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON) continue;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    if (form.answer.value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    run(form);
  }, true);
}

async function run(form) {
  const problem = form.querySelector("[data-passkey-error]");
  problem.hidden = true;
  try {
    const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
    const asked = await fetch(form.dataset.passkey, { method: "POST", headers: { "X-CSRFToken": token } });
    if (!asked.ok) throw new Error(String(asked.status));
    const { publicKey } = await asked.json();
    const credential = "make" in form.dataset
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
    form.answer.value = JSON.stringify(credential.toJSON());
    form.requestSubmit();
  } catch {
    problem.hidden = false;
  }
}
