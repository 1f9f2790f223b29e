// The receipt asks the server how the entry stands. An unchanged answer is not put
// into the page, so that screen readers hear changes only, each exactly once.

import { forgetSentDrafts } from "./draft.js";

const ID = "receipt-status";

function statusIn(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  return parsed.getElementById(ID);
}

function words(section) {
  return section?.textContent.replace(/\s+/g, " ").trim();
}

function pictures(section) {
  return section?.querySelectorAll("img").length;
}

function isSame(before, after) {
  return words(before) === words(after) && pictures(before) === pictures(after);
}

// A live region speaks when its text changes after it has come into the page.
function announce(section) {
  const line = section.querySelector("[role=status]");
  const sentence = line.textContent;
  line.textContent = "";
  requestAnimationFrame(() => {
    line.textContent = sentence;
  });
  document.title = section.dataset.title;
}

document.body.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, target } = event.detail;
  // 286 must be swapped in: htmx stops polling while doing so.
  if (target.id === ID && xhr.status === 200) {
    const pace = (section) => section?.getAttribute("hx-trigger");
    const after = statusIn(xhr.responseText);
    event.detail.shouldSwap = !isSame(target, after) || pace(target) !== pace(after);
  }
});

document.body.addEventListener("htmx:afterSettle", () => {
  const section = document.getElementById(ID);
  if (section) {
    announce(section);
  }
});

forgetSentDrafts();
