// On a small screen the steps in acute danger stand under the choice of urgency: whoever taps "acute"
// is taken there. The keys that walk through the choices take nobody anywhere.
export function goToAcuteSteps(page) {
  const steps = page.getElementById("acute");
  const choice = page.querySelector('[name="urgency"][value="acute"]');
  choice?.addEventListener("click", (event) => {
    const isTap = event.detail > 0 || event.pointerType;
    if (steps && isTap && steps.getBoundingClientRect().bottom > window.innerHeight) {
      steps.scrollIntoView({ block: "start" });
    }
  });
}
