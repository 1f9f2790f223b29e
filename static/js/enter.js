// Makes the entry form helpful before anything is sent. Without it the form still
// works: the server checks the same limits and says the same things.

import { canSendInPieces, Sending } from "./pieces.js";

const UNITS = ["bytes", "KB", "MB", "GB"];

function humanSize(bytes) {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 ? 0 : 1;
  const language = document.documentElement.lang || "en";
  return `${value.toLocaleString(language, { maximumFractionDigits: digits })} ${UNITS[unit]}`;
}

function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

// Returns the sentence to say about a file, and whether it may be sent.
function judge(file, limits) {
  const maximum = Number(limits.maxBytes);
  const found = humanSize(file.size);
  const limit = humanSize(maximum);
  if (file.type && !limits.types.split(" ").includes(file.type)) {
    return { fits: false, sentence: fill(limits.wrongType, { found: file.type }) };
  }
  if (file.size === 0) {
    return { fits: false, sentence: limits.empty };
  }
  if (file.size > maximum) {
    return { fits: false, sentence: fill(limits.tooLarge, { found, limit }) };
  }
  return { fits: true, sentence: fill(limits.chosen, { name: file.name, found, limit }) };
}

function showPreview(preview, file) {
  if (preview.src) {
    URL.revokeObjectURL(preview.src);
    preview.removeAttribute("src");
  }
  preview.hidden = !file;
  if (file) {
    preview.src = URL.createObjectURL(file);
  }
}

function watchChoice(form, input) {
  const verdict = form.querySelector("[data-enter-verdict]");
  const preview = form.querySelector("[data-enter-preview]");
  preview.addEventListener("error", () => showPreview(preview, null));
  const look = () => {
    const file = input.files[0];
    const { fits, sentence } = file
      ? judge(file, form.dataset)
      : { fits: true, sentence: "" };
    verdict.textContent = sentence;
    verdict.dataset.state = fits ? "fits" : "refused";
    input.setCustomValidity(fits ? "" : sentence);
    showPreview(preview, fits ? file : null);
  };
  input.addEventListener("change", look);
  // Browsers restore the chosen file when one comes back to the page.
  look();
}

function humanTime(seconds) {
  const language = document.documentElement.lang || "en";
  const [value, unit] = seconds < 90 ? [seconds, "second"] : [seconds / 60, "minute"];
  const style = { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 0 };
  return Math.ceil(value).toLocaleString(language, style);
}

// What the page shows of a file that is sent in pieces.
function piecesView(panel) {
  const part = (name) => panel.querySelector(`[data-pieces-${name}]`);
  return {
    say(state) {
      part("state").textContent = panel.dataset[state];
      part("pause").hidden = state !== "sending";
      part("resume").hidden = state !== "paused";
    },
    progress(sent, total, speed = 0) {
      part("bar").value = sent / total;
      const left = speed ? humanTime((total - sent) / speed) : "";
      const values = { sent: humanSize(sent), total: humanSize(total), speed: humanSize(speed), left };
      part("speed").textContent = fill(speed ? panel.dataset.speed : panel.dataset.amount, values);
    },
    part,
  };
}

async function sendPieces(form, restore) {
  const panel = form.querySelector("[data-pieces]");
  const view = piecesView(panel);
  const sending = new Sending(form, view);
  const stop = new AbortController();
  const on = (name, act) => view.part(name).addEventListener("click", act, { signal: stop.signal });
  on("pause", () => sending.pause());
  on("resume", () => sending.resume());
  on("cancel", () => sending.cancel());
  panel.hidden = false;
  try {
    const receipt = await sending.run();
    if (receipt) {
      window.location.assign(receipt);
    } else {
      // The server says what is wrong, as it does without JavaScript.
      form.submit();
    }
  } catch (error) {
    restore();
    if (error.name !== "AbortError") {
      form.submit();
    }
  } finally {
    stop.abort();
    panel.hidden = true;
  }
}

function watchSending(form) {
  const button = form.querySelector("[data-enter-send]");
  const sending = form.querySelector("[data-enter-sending]");
  let underWay = false;
  const restore = () => {
    underWay = false;
    button.removeAttribute("aria-disabled");
    form.removeAttribute("aria-busy");
    sending.textContent = "";
  };
  form.addEventListener("submit", (event) => {
    if (underWay) {
      event.preventDefault();
      return;
    }
    underWay = true;
    button.setAttribute("aria-disabled", "true");
    form.setAttribute("aria-busy", "true");
    if (canSendInPieces(form)) {
      event.preventDefault();
      sendPieces(form, restore);
    } else {
      sending.textContent = form.dataset.sending;
    }
  });
  // A page restored from the back/forward cache may be sent again.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) {
      restore();
    }
  });
}

const form = document.querySelector("form[data-enter]");
if (form) {
  watchChoice(form, form.querySelector("input[type=file]"));
  watchSending(form);
}
document.querySelector(".summary")?.focus();
