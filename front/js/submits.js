// A form goes out once. The buttons are shut after the browser has taken the submit (so it is
// never lost, and the pressed button's own value goes with it) and open again when the page is
// shown from the history, or after a while: then the answer was a download or did not come.
const PATIENCE = 8000;

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
    setTimeout(() => {
      const buttons = buttonsOf(form);
      for (const button of buttons) {
        button.disabled = true;
        button.setAttribute("data-sent", "");
      }
      sent.push(...buttons);
      setTimeout(() => open(buttons), PATIENCE);
    }, 0);
  });
  window.addEventListener("pageshow", () => {
    open(sent);
    sent = [];
  });
}
