// A form goes out once. The buttons are shut after the browser has taken the submit (so it is
// never lost, and the pressed button's own value goes with it) and open again when the page is
// shown from the history, or after a while: then the answer did not come. A button that gives a
// file says so (data-file): no page comes, so it is shut against a double press and no longer.
const PATIENCE = 8000;
const DOUBLE_PRESS = 1000;

function buttonsOf(form) {
  return [...form.elements].filter((element) => element.matches("button, input[type=submit]") && !element.disabled);
}

function open(buttons) {
  for (const button of buttons) {
    button.disabled = false;
    button.removeAttribute("data-sent");
  }
}

export function guardSubmits(page) {
  let sent = [];
  page.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.hasAttribute("hx-post") || form.target === "_blank") return;
    const patience = event.submitter?.hasAttribute("data-file") ? DOUBLE_PRESS : PATIENCE;
    setTimeout(() => {
      const buttons = buttonsOf(form);
      for (const button of buttons) {
        button.disabled = true;
        button.setAttribute("data-sent", "");
      }
      sent.push(...buttons);
      setTimeout(() => open(buttons), patience);
    }, 0);
  });
  window.addEventListener("pageshow", () => {
    open(sent);
    sent = [];
  });
}
