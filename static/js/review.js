// The queue by keyboard. Everything that a key does is a link or button of the page:
// a key finds its element by `data-key` and presses it.

const OFF = "mycenas-review-keys-off";
const RENEW_EVERY = 120_000;
const TYPED = "textarea, select, input:not([type=checkbox], [type=radio])";
let isWaiting = false;

const one = (selector) => document.querySelector(selector);
const isOff = () => localStorage.getItem(OFF) !== null;

function showKeys() {
  document.documentElement.dataset.keys = isOff() ? "off" : "on";
  const box = one("[data-keys-switch]");
  if (box) box.checked = !isOff();
}

// --- the grid

const cards = () => [...document.querySelectorAll(".queue-card")];

function stepInGrid(by) {
  const all = cards();
  const now = all.indexOf(document.activeElement?.closest(".queue-card"));
  const next = all[Math.max(0, Math.min(all.length - 1, now < 0 ? 0 : now + by))];
  next?.querySelector(".queue-link").focus();
}

function choose() {
  document.activeElement?.closest(".queue-card")?.querySelector("[type=checkbox]").click();
}

function countChosen() {
  const place = one("[data-count]");
  const chosen = document.querySelectorAll(".queue-choice input:checked").length;
  if (place) place.textContent = place.dataset.count.replace("{count}", chosen);
}

// --- one entry

function press(element) {
  if (element.matches("summary")) {
    const reject = element.closest("details");
    reject.open = !reject.open;
    (reject.open ? reject.querySelector("[type=radio]") : element).focus();
  } else if (element.matches("[type=search]")) {
    element.focus();
  } else {
    element.click();
  }
}

// The key of a reason chooses it and sends the form.
function giveReason(reason) {
  reason.closest("label").querySelector("[type=radio]").checked = true;
  reason.closest("details").querySelector("[value=reject]").click();
}

function zoom(link, event) {
  const figure = link.closest("[data-figure]");
  const isZoomed = figure.toggleAttribute("data-zoomed");
  if (!isZoomed) return;
  // What was pressed, or else the middle, stays in sight.
  const box = figure.getBoundingClientRect();
  const [x, y] = event.detail
    ? [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]
    : [0.5, 0.5];
  figure.scrollTo(
    x * figure.scrollWidth - box.width / 2,
    y * figure.scrollHeight - box.height / 2,
  );
}

function pressed(event) {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (isOff() || isWaiting || target.matches(TYPED) || one("dialog[open]")) return;
  const inGrid = cards().length > 0;
  const grid = { j: () => stepInGrid(1), k: () => stepInGrid(-1), x: choose };
  const element = one(`[data-key="${CSS.escape(key)}"]`);
  const reason = one(`.reject[open] [data-reason="${CSS.escape(key)}"]`);
  if (reason) {
    giveReason(reason);
  } else if (inGrid && key in grid) {
    grid[key]();
  } else if (element) {
    press(element);
  } else {
    return;
  }
  event.preventDefault();
}

function clicked(event) {
  const { target } = event;
  const link = target.closest("a[data-key=z]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    zoom(link, event);
  } else if (target.closest('[data-key="?"]')) {
    showKeys();
    one("#keys").showModal();
  } else if (target.closest("[data-close]")) {
    target.closest("dialog").close();
  }
}

function changed({ target }) {
  if (target.matches("[data-keys-switch]")) {
    if (target.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "");
    showKeys();
  } else if (target.closest(".queue-choice")) {
    countChosen();
  }
}

// --- the claim

function words(act) {
  const form = one("[data-claim]");
  if (!form) return null;
  const data = new FormData();
  data.set("act", act);
  data.set("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
  return data;
}

function renew() {
  const body = document.visibilityState === "visible" && words("renew");
  if (body) fetch(location.href, { method: "POST", body }).then(renewed, () => null);
}

// Another moderator may have it now: what is sent from this page would be refused.
function renewed({ status }) {
  const lost = one("[data-lost]");
  if (lost) lost.hidden = status !== 409;
}

function leave() {
  const body = words("leave");
  if (body) navigator.sendBeacon(location.href, body);
}

// --- pages that come without being loaded whole

function arrived() {
  isWaiting = false;
  showKeys();
  countChosen();
  const undo = one(".undo");
  if (undo) setTimeout(() => undo.remove(), undo.dataset.seconds * 1000);
}

function swapping(event) {
  const { xhr } = event.detail;
  // After the session has ended, the sign-in page comes instead.
  if (new URL(xhr.responseURL).pathname.startsWith("/admin/")) return;
  event.detail.shouldSwap = false;
  location.assign(location.href);
}

document.documentElement.dataset.script = "";
document.addEventListener("keydown", pressed);
document.addEventListener("click", clicked);
document.addEventListener("change", changed);
document.addEventListener("htmx:beforeRequest", () => (isWaiting = true));
document.addEventListener("htmx:afterRequest", () => (isWaiting = false));
document.addEventListener("htmx:beforeSwap", swapping);
document.addEventListener("htmx:afterSettle", () => {
  arrived();
  one("h1")?.focus({ preventScroll: true });
});
addEventListener("pagehide", leave);
setInterval(renew, RENEW_EVERY);
arrived();
