// Keeps what is typed: <form data-draft="/where"> is posted there soon after a pause in typing, at
// the latest every ten seconds, once more when the page is hidden or the network is back, and
// before the form itself is sent. Nothing is kept in the browser but the page.
//
// data-draft-before names the draft the writer has before him ("none" without one); the answer
// names the one that is there now. Where he went on elsewhere the house answers 409 (or 410 when
// it is gone) and overwrites nothing: [data-draft-elsewhere] in the form then lets him choose.
const LONGEST = 10000;
const QUIET = 2500;
const AGAIN = 4000;
const PATIENCE = 15000;
const HEADER = "Weerbaar-Draft";
const FIELD = "draft_before";

const read = (form) => {
  const data = new FormData(form);
  for (const [name, value] of [...data]) {
    if (typeof value !== "string" || name === FIELD) data.delete(name);
  }
  return new URLSearchParams(data);
};

function clock() {
  const now = new Date();
  return [now.getHours(), now.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
}

function watch(form) {
  const status = form.querySelector("[data-draft-status]");
  const elsewhere = form.querySelector("[data-draft-elsewhere]");
  const say = (name, time) => {
    if (!status) return;
    const sentence = (status.dataset[name] ?? "").replace("%s", time ?? "");
    if (status.textContent !== sentence) status.textContent = sentence;
    status.dataset.state = name;
  };
  let saved = read(form).toString();
  let before = form.dataset.draftBefore;
  let busy = null;
  let gone = false;
  let moved = false;
  let unsent = false;
  let timer = 0;

  // What became of it: "kept", "lost" (no answer, or none that helps), "moved" or "other".
  async function post(body) {
    const written = body.toString();
    const headers = { "X-Requested-With": "fetch", ...(before ? { [HEADER]: before } : {}) };
    let answer;
    try {
      answer = await fetch(form.dataset.draft, {
        method: "POST",
        body,
        headers,
        keepalive: written.length < 60000,
        redirect: "manual",
        signal: AbortSignal.timeout(PATIENCE),
      });
    } catch {
      return "lost";
    }
    if (answer.status === 409 || answer.status === 410) {
      moved = true;
      showElsewhere(answer.status === 410, await answer.text().catch(() => ""));
      before = answer.headers.get(HEADER) ?? before;
      return "moved";
    }
    if (answer.status >= 500) return "lost";
    if (!answer.ok) {
      // Kept all the same where the session was locked: what follows takes the place of that.
      before = answer.headers.get(HEADER) ?? before;
      return "other";
    }
    saved = written;
    before = answer.headers.get(HEADER) ?? before;
    const time = (await answer.text().catch(() => "")).trim();
    say(unsent ? "back" : "saved", /^\d\d:\d\d$/.test(time) ? time : clock());
    unsent = false;
    form.dispatchEvent(new CustomEvent("weerbaar:saved", { bubbles: true }));
    return "kept";
  }

  function showElsewhere(isGone, time) {
    if (!elsewhere) return;
    say("moved");
    elsewhere.hidden = false;
    elsewhere.querySelectorAll("[data-moved]").forEach((one) => (one.hidden = isGone));
    elsewhere.querySelectorAll("[data-gone]").forEach((one) => (one.hidden = !isGone));
    elsewhere.querySelectorAll("[data-draft-time]").forEach((one) => (one.textContent = time.trim()));
  }

  // The form itself says too which draft it goes on with, for when it comes after a lock.
  function tellBefore() {
    let field = form.querySelector(`input[name="${FIELD}"]`);
    if (!field) {
      field = document.createElement("input");
      field.type = "hidden";
      field.name = FIELD;
      form.append(field);
    }
    field.value = before ?? "";
  }

  function saveIn(pause) {
    clearTimeout(timer);
    timer = setTimeout(save, pause);
  }

  async function save() {
    if (busy || gone || moved || read(form).toString() === saved) return;
    busy = post(read(form));
    const became = await busy;
    busy = null;
    if (became === "other") say("locked");
    if (became === "lost") {
      if (!unsent) say("failed");
      saveIn(AGAIN);
    }
  }

  form.addEventListener("input", () => saveIn(QUIET));
  form.addEventListener("change", () => saveIn(QUIET));
  setInterval(save, LONGEST);
  window.addEventListener("online", save);
  window.addEventListener("offline", () => say("failed"));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") save();
  });
  elsewhere?.querySelector("[data-draft-mine]")?.addEventListener("click", () => {
    // What is here takes the place of what was found there, and of nothing newer.
    moved = false;
    elsewhere.hidden = true;
    saved = "";
    save();
  });

  // Sent while nobody hears it, a browser shows its own page and the text is gone: so the house is
  // asked first, and the form goes when it answers.
  form.addEventListener("submit", async (event) => {
    if (gone) return;
    event.preventDefault();
    if (form.hasAttribute("data-sending")) return;
    form.setAttribute("data-sending", "");
    await busy;
    const became = moved ? "moved" : await post(read(form));
    form.removeAttribute("data-sending");
    if (became === "lost") {
      unsent = true;
      saved = "";
      say("unsent");
      saveIn(AGAIN);
    } else if (became === "moved") {
      elsewhere?.scrollIntoView({ block: "center" });
      elsewhere?.querySelector("a, button")?.focus();
    } else {
      gone = true;
      tellBefore();
      form.requestSubmit(event.submitter ?? undefined);
    }
  });
  window.addEventListener("pageshow", () => {
    gone = false;
  });
}

export function saveDrafts(page) {
  page.querySelectorAll("form[data-draft]").forEach(watch);
}
