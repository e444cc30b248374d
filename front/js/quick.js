// One box that fills in several lists: a part of a name, without accents, in any of the names under
// which people know it. The lists come with the page; what is typed goes nowhere.
const MOST = 6;

const plain = (text) =>
  text
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/^['`\u2018\u2019]?s[- ](?=[a-z])/, "")
    .replace(/[^a-z0-9]+/g, " ")
    .trim();

// 0 is the name itself, 1 its beginning, 2 the beginning of a later word, 3 a part of a word.
function fit(sought, names) {
  let best = 9;
  for (const name of names) {
    if (name === sought) return 0;
    if (name.startsWith(sought)) best = Math.min(best, 1);
    else if (` ${name}`.includes(` ${sought}`)) best = Math.min(best, 2);
    else if (sought.length > 3 && name.includes(sought)) best = Math.min(best, 3);
  }
  return best;
}

// Without a name: it is no field of the form.
function boxIn(place) {
  const box = document.createElement("input");
  const attributes = {
    id: "quick", type: "text", class: "utrecht-textbox utrecht-textbox--html-input", autocomplete: "off",
    autocapitalize: "off", spellcheck: "false", translate: "no", "aria-describedby": "quick-help",
  };
  for (const [name, value] of Object.entries(attributes)) box.setAttribute(name, value);
  place.append(box);
  return box;
}

function begin(part) {
  const box = boxIn(part.querySelector("[data-quick-input]"));
  const found = part.querySelector("[data-quick-found]");
  const status = part.querySelector("[data-quick-status]");
  const known = JSON.parse(part.dataset.quick);
  const lists = Object.keys(known).map((id) => document.getElementById(id)).filter(Boolean);
  if (!lists.length) return;
  const entries = lists.flatMap((list) =>
    [...list.options]
      .filter((option) => option.value)
      .map((option) => ({
        list,
        option,
        names: [option.text, ...(known[list.id][option.value] ?? [])].map(plain),
      })),
  );

  function search() {
    const sought = plain(box.value);
    if (!sought) return [];
    return entries
      .map((entry, place) => ({ entry, place, fit: fit(sought, entry.names) }))
      .filter((one) => one.fit < 9)
      .sort((one, other) => one.fit - other.fit || one.place - other.place)
      .slice(0, MOST)
      .map((one) => one.entry);
  }

  function choose(entry) {
    entry.list.value = entry.option.value;
    entry.list.dispatchEvent(new Event("change", { bubbles: true }));
    box.value = "";
    show();
    status.textContent = `${part.dataset.chosen} ${entry.option.text}`;
    box.focus();
  }

  function show() {
    const hits = search();
    found.replaceChildren(
      ...hits.map((entry) => {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "nl-button nl-button--secondary nl-button--small";
        const label = document.createElement("span");
        label.className = "nl-button__label";
        label.textContent = entry.option.text;
        button.append(label);
        button.addEventListener("click", () => choose(entry));
        return button;
      }),
    );
    const words = hits.length ? `${part.dataset.found} ${hits.length}` : part.dataset.none;
    status.textContent = plain(box.value) ? words : "";
  }

  box.addEventListener("input", (event) => {
    // What is looked for is no part of the form.
    event.stopPropagation();
    show();
  });
  box.addEventListener("change", (event) => event.stopPropagation());
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && box.value.trim()) {
      event.preventDefault();
      const [first] = search();
      if (first) choose(first);
    } else if (event.key === "ArrowDown") {
      const [first] = found.children;
      if (first) {
        event.preventDefault();
        first.focus();
      }
    } else if (event.key === "Escape") {
      box.value = "";
      show();
    }
  });
  found.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const buttons = [...found.children];
    const next = buttons.indexOf(document.activeElement) + step;
    (buttons[next] ?? box).focus();
  });
  part.hidden = false;
}

export function offerQuickChoices(page) {
  page.querySelectorAll("[data-quick]").forEach(begin);
}
