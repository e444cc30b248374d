// Tells in time that the session will lock. <body data-lock-seconds="900"> holds the seconds until
// then; pages that are fetched in the background do not count as being at work, a saved draft does.
const WARNING = 60;

export function noticeLock(page) {
  const seconds = Number(page.body.dataset.lockSeconds);
  const notice = page.getElementById("lock-notice");
  if (!seconds || !notice) return;
  let until = 0;

  const show = () => {
    const left = (until - Date.now()) / 1000;
    const state = left <= 0 ? "locked" : left <= WARNING ? "soon" : "";
    if (notice.dataset.state === state) return;
    notice.dataset.state = state;
    notice.hidden = !state;
    notice.querySelector("[data-lock-soon]").hidden = state !== "soon";
    notice.querySelector("[data-lock-now]").hidden = state !== "locked";
  };
  const start = () => {
    until = Date.now() + seconds * 1000;
    show();
  };
  page.addEventListener("weerbaar:saved", start);
  page.addEventListener("visibilitychange", show);
  setInterval(show, 1000);
  start();
}
