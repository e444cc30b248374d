// Asks before a page with unsent text is left; only where the form says so with data-guard.
export function warnOnLeaving(page) {
  const changed = new Set();
  page.querySelectorAll("form[data-guard]").forEach((form) => {
    form.addEventListener("input", () => changed.add(form));
    form.addEventListener("submit", (event) => {
      if (!event.defaultPrevented) changed.delete(form);
    });
    form.addEventListener("weerbaar:saved", () => changed.delete(form));
  });
  // Whoever closes everything is not asked first.
  page.addEventListener("submit", (event) => {
    if (event.target.matches('[action="/close-everything"]')) changed.clear();
  });
  window.addEventListener("beforeunload", (event) => {
    if (changed.size) event.preventDefault();
  });
}
