// Counts down to a date by the server's clock, and says once that it has come.
//
// The page carries the server's time. What the device's clock says beside it is only
// compared with itself, so a wrong clock does no harm.

import { fill } from "./words.js";

const UNITS = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];
// A page that was hidden for longer, or came from a cache, asks the server again.
const ASK_AFTER = 60_000;

let difference = 0;

function now() {
  return Date.now() + difference;
}

// The two largest units, never rounded up: the same words as the server's.
function length(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const largest = UNITS.findIndex(([, size]) => seconds >= size);
  const parts = UNITS.slice(largest < 0 ? 3 : largest)
    .slice(0, 2)
    .map(([unit, size], place) => {
      const value = Math.floor(seconds / size);
      const kept = largest >= 0 && place > 0 ? value % (UNITS[largest][1] / size) : value;
      return [unit, kept];
    })
    .filter(([, value], place) => value > 0 || place === 0);
  const language = document.documentElement.lang || "en";
  return parts
    .map(([unit, value]) =>
      value.toLocaleString(language, { style: "unit", unit, unitDisplay: "long" }),
    )
    .join(" ");
}

function phase(opens, closes, at) {
  if (at < opens) {
    return "coming";
  }
  return at <= closes ? "open" : "closed";
}

function set(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

// Links that make sense while entries are taken only.
function showWays(element, is) {
  element.closest("article, li, main").querySelectorAll("[data-while-open]").forEach((link) => {
    link.hidden = is !== "open";
  });
}

function change(element, is) {
  const { opensDate, closesDate, nowOpen, nowClosed } = element.dataset;
  set(element.querySelector("[data-deadline-date]"), is === "coming" ? opensDate : closesDate);
  set(element.querySelector("[data-deadline-status]"), is === "closed" ? nowClosed : nowOpen);
  showWays(element, is);
}

function show(element) {
  const { opensIn, closesIn, closed } = element.dataset;
  const opens = Number(element.dataset.opens);
  const closes = Number(element.dataset.closes);
  const at = now();
  const is = phase(opens, closes, at);
  const [sentence, left] = {
    coming: [opensIn, opens - at],
    open: [closesIn, closes - at],
    closed: [closed, at - closes],
  }[is];
  set(element.querySelector("[data-deadline-words]"), fill(sentence, { time: length(left) }));
  const was = element.dataset.phase;
  element.dataset.phase = is;
  if (was && was !== is) {
    change(element, is);
  }
}

async function ask() {
  const answer = await fetch(window.location.href, { method: "HEAD", cache: "no-store" });
  const sent = Date.parse(answer.headers.get("Date") ?? "");
  if (Number.isFinite(sent)) {
    difference = sent - Date.now();
  }
}

function askAgain() {
  // Without a line the countdown goes on by what is known.
  ask().catch(() => {});
}

function watch(elements) {
  const [navigation] = performance.getEntriesByType("navigation");
  // The server wrote its time between these two moments.
  const asked = navigation?.requestStart ?? 0;
  const arrived = navigation?.responseStart ?? asked;
  const written = Date.now() - performance.now() + (asked + arrived) / 2;
  elements.forEach((element) => {
    const { opens, closes, now: at } = element.dataset;
    element.dataset.phase = phase(Number(opens), Number(closes), Number(at));
  });
  difference = Number(elements[0].dataset.now) - written;
  if (navigation?.transferSize === 0) {
    askAgain();
  }
  let hidden = 0;
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      hidden = Date.now();
    } else if (Date.now() - hidden > ASK_AFTER) {
      askAgain();
    }
  });
  const tick = () => {
    elements.forEach(show);
    setTimeout(tick, 1000 - (now() % 1000));
  };
  tick();
}

const found = document.querySelectorAll("[data-deadline]");
if (found.length > 0) {
  watch(found);
}
