// Live parts are replaced as a whole, which a screen reader should not read out each time. A part
// that carries data-announce="..." has that sentence said once when it changes, in #announcements.
export function announceChanges(page) {
  const region = page.getElementById("announcements");
  if (!region) return;
  const sentence = () =>
    [...page.querySelectorAll("[data-announce]")].map((part) => part.dataset.announce).filter(Boolean).join(" ");
  let last = sentence();
  page.addEventListener("htmx:after:swap", () => {
    const now = sentence();
    if (now !== last) region.textContent = now;
    last = now;
  });
}
