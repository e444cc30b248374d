// Passkeys: a form with data-passkey asks the browser for one before it goes out, and carries what
// the passkey said. "get" touches one there is, "create" makes a new one. What to ask comes from
// data-options; data-host is the domain it works on. A passkey without PRF opens nothing by itself:
// then the form shows its password fields, if it has any, and waits for them.
const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));

const written = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const named = (list) => list?.map((one) => ({ ...one, id: bytes(one.id) }));

function readable(options) {
  const { first } = options.extensions.prf.eval;
  const prf = { eval: { first: bytes(first) } };
  const each = Object.entries(options.extensions.prf.evalByCredential ?? {});
  if (each.length) {
    prf.evalByCredential = Object.fromEntries(each.map(([id, one]) => [id, { first: bytes(one.first) }]));
  }
  const read = { ...options, challenge: bytes(options.challenge), extensions: { prf } };
  if (options.user) read.user = { ...options.user, id: bytes(options.user.id) };
  if (options.allowCredentials) read.allowCredentials = named(options.allowCredentials);
  if (options.excludeCredentials) read.excludeCredentials = named(options.excludeCredentials);
  return read;
}

// What was said, without the PRF output: that goes beside it.
function told({ id, rawId, type, response }) {
  const parts = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) parts[name] = written(response[name]);
  }
  return JSON.stringify({ id, rawId: written(rawId), type, response: parts, clientExtensionResults: {} });
}

const prfOf = (credential) => credential.getClientExtensionResults().prf;

// Some devices say at the making only that they have PRF, and give it at the first touch.
async function prfOfNew(made, options) {
  const prf = prfOf(made);
  if (prf?.results?.first || !prf?.enabled) return prf?.results?.first;
  try {
    const touched = await navigator.credentials.get({
      publicKey: {
        challenge: crypto.getRandomValues(new Uint8Array(32)),
        rpId: options.rp.id,
        allowCredentials: [{ type: "public-key", id: made.rawId }],
        userVerification: "required",
        extensions: options.extensions,
      },
    });
    return prfOf(touched)?.results?.first;
  } catch {
    return undefined;
  }
}

async function ask(form) {
  const answer = await fetch(form.dataset.options, { redirect: "manual", headers: { Accept: "application/json" } });
  if (answer.type === "opaqueredirect" || [401, 403].includes(answer.status)) {
    window.location.reload();
    return new Promise(() => {});
  }
  if (!answer.ok) throw new Error("no options");
  const publicKey = readable(await answer.json());
  if (form.dataset.passkey === "create") {
    const made = await navigator.credentials.create({ publicKey });
    return [made, await prfOfNew(made, publicKey)];
  }
  const touched = await navigator.credentials.get({ publicKey });
  return [touched, prfOf(touched)?.results?.first];
}

// The password fields, where this passkey needs them beside itself; whether they were not there before.
function showPassword(form) {
  const template = form.querySelector("template[data-passkey-password]");
  if (!template) return false;
  const fields = template.content.cloneNode(true);
  const first = fields.querySelector("input");
  template.replaceWith(fields);
  first.focus();
  return true;
}

function prepare(form) {
  const { passkey_answer: answer, passkey_prf: prf } = form.elements;
  const status = form.querySelector("[data-passkey-status]");
  let busy = false;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    // What lacks, or does not fit, is said before the device makes anything.
    const { label } = form.elements;
    const making = form.dataset.passkey === "create";
    const typed = making ? [...form.querySelectorAll("input:not([type=hidden])")] : [];
    const fits =
      typed.every((one) => one.value.trim()) && (!label || label.value.length <= Number(form.dataset.longest));
    if (answer.value || !fits) return;
    event.preventDefault();
    if (busy) return;
    busy = true;
    status.textContent = status.dataset.wait;
    try {
      const [credential, output] = await ask(form);
      answer.value = told(credential);
      prf.value = output ? written(output) : "";
      status.textContent = "";
      if (!output && showPassword(form)) return;
      form.requestSubmit();
    } catch (error) {
      status.textContent = error.name === "InvalidStateError" ? status.dataset.taken : status.dataset.failed;
    } finally {
      busy = false;
    }
  });
  window.addEventListener("pageshow", () => {
    answer.value = prf.value = "";
  });
}

export function offerPasskeys(page) {
  const here = page.location.hostname;
  for (const form of page.querySelectorAll("form[data-passkey]")) {
    const { host } = form.dataset;
    if (window.PublicKeyCredential && (here === host || here.endsWith(`.${host}`))) prepare(form);
    else page.querySelectorAll("[data-passkey-not]").forEach((notice) => (notice.hidden = false));
  }
}
