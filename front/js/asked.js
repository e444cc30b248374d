// What a form found is asked for anew when somebody comes back to it, never sent anew: the question
// waits in the session, and the address names none of it.
export function askAnew(page) {
  const form = page.querySelector("form[data-asked]");
  if (form) history.replaceState(null, "", form.getAttribute("action"));
}
