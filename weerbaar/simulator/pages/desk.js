// Keeps the telephones fresh without losing focus, and sends buttons without leaving the page.
"use strict";

const desk = document.getElementById("desk");
const part = desk.dataset.part;
const PERIOD = 1000;
const seen = new Map();
let running = false;

const key = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.id : "");

function alike(old, fresh) {
  return old.nodeType === fresh.nodeType && old.nodeName === fresh.nodeName && key(old) === key(fresh);
}

function attributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

function update(old, fresh) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  // What somebody is choosing or typing stays his.
  if (old === document.activeElement && old.matches("select, input")) return;
  attributes(old, fresh);
  children(old, fresh);
}

function children(old, fresh) {
  const before = [...old.childNodes];
  const after = [...fresh.childNodes];
  after.forEach((node, place) => {
    const present = before[place];
    if (!present) old.append(node);
    else if (alike(present, node)) update(present, node);
    else present.replaceWith(node);
  });
  before.slice(after.length).forEach((node) => node.remove());
}

function show(text) {
  const page = new DOMParser().parseFromString(`<main>${text}</main>`, "text/html");
  const held = document.activeElement;
  const phone = held && held.closest(".phone");
  children(desk, page.querySelector("main"));
  for (const log of desk.querySelectorAll(".log")) {
    // New lines come into view; reading back is left alone otherwise.
    const lines = log.querySelectorAll("li").length;
    const name = log.getAttribute("aria-labelledby");
    if (seen.get(name) !== lines) log.scrollTop = log.scrollHeight;
    seen.set(name, lines);
  }
  if (phone && document.activeElement !== held) {
    const next = document.getElementById(phone.id)?.querySelector("button, select");
    if (next) next.focus();
  }
}

async function ask(address, options) {
  const answer = await fetch(address, { headers: { "X-Part": "1" }, ...options });
  if (answer.ok) show(await answer.text());
}

async function refresh() {
  if (running || document.hidden) return;
  running = true;
  try {
    await ask(part);
  } catch {
    // The network is away; the next round asks again.
  } finally {
    running = false;
  }
}

desk.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  const body = new URLSearchParams(new FormData(form, event.submitter));
  ask(form.action, { method: "POST", body }).catch(() => form.submit());
});

setInterval(refresh, PERIOD);
