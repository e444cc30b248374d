// Puts the reader at the summary of errors, also where the browser ignores autofocus on it.
export function focusProblems(page) {
  const summary = page.querySelector("[data-problems]");
  if (!summary || page.location.hash) return;
  // After the browser had its turn: two that move the focus get in each other's way.
  window.addEventListener("load", () => setTimeout(() => {
    if (page.activeElement === page.body) summary.focus();
  }, 100));
}
