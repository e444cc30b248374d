// Saves what is typed: <form data-draft="/where"> is posted there every ten seconds while it
// changes, and once more when the page is hidden. The answer's text, when it is a clock time, is
// what is shown; the status line stands in the form as [data-draft-status].
const PAUSE = 10000;

const read = (form) => {
  const data = new FormData(form);
  for (const [name, value] of [...data]) {
    if (typeof value !== "string") data.delete(name);
  }
  return new URLSearchParams(data);
};

function clock() {
  const now = new Date();
  return [now.getHours(), now.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
}

function watch(form) {
  const status = form.querySelector("[data-draft-status]");
  const say = (name, time) => {
    if (!status) return;
    const sentence = (status.dataset[name] ?? "").replace("%s", time ?? "");
    if (status.textContent !== sentence) status.textContent = sentence;
  };
  let saved = read(form).toString();
  let busy = false;
  let gone = false;

  async function save() {
    const body = read(form);
    const written = body.toString();
    if (busy || gone || written === saved) return;
    busy = true;
    try {
      const answer = await fetch(form.dataset.draft, {
        method: "POST",
        body,
        keepalive: written.length < 60000,
        redirect: "manual",
        headers: { "X-Requested-With": "fetch" },
      });
      if (answer.ok) {
        saved = written;
        const time = (await answer.text()).trim();
        say("saved", /^\d\d:\d\d$/.test(time) ? time : clock());
        form.dispatchEvent(new CustomEvent("weerbaar:saved", { bubbles: true }));
      } else {
        say(answer.type === "opaqueredirect" || [401, 403].includes(answer.status) ? "locked" : "failed");
      }
    } catch {
      say("failed");
    } finally {
      busy = false;
    }
  }

  setInterval(save, PAUSE);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") save();
  });
  form.addEventListener("submit", () => {
    gone = true;
  });
  window.addEventListener("pageshow", () => {
    gone = false;
  });
}

export function saveDrafts(page) {
  page.querySelectorAll("form[data-draft]").forEach(watch);
}
