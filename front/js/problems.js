// Puts the reader at the summary of errors, also where the browser ignores autofocus on it.
export function focusProblems(page) {
  const summary = page.querySelector("[data-problems]");
  if (summary && !page.location.hash && page.activeElement !== summary) summary.focus();
}
