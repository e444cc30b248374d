// On a phone the tabs stand on one line that is wider than the screen: the present one in its middle.
export function showPresentTab(page) {
  for (const tab of page.querySelectorAll(".tabs__link[aria-current='page']")) {
    const line = tab.closest("ul");
    line.scrollLeft = tab.offsetLeft - line.offsetLeft - (line.clientWidth - tab.offsetWidth) / 2;
  }
}
