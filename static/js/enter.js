// Makes the entry form helpful before anything is sent. Without it the form still
// works: the server checks the same limits and says the same things.

import { keepDraft, keepSentDraft, restoreDraft } from "./draft.js";
import { Panel } from "./panel.js";
import { canSendInPieces, Sending } from "./pieces.js";
import { fill, humanSize } from "./words.js";

// A pause in typing after which the words are sent again.
const TYPED_MS = 300;

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

// The words may change while the bytes travel; the file is what it is.
function watchWords(form, sending, stop) {
  let timer = 0;
  const typed = () => {
    clearTimeout(timer);
    timer = setTimeout(() => sending.retell(), TYPED_MS);
  };
  form.addEventListener("input", typed, { signal: stop });
  stop.addEventListener("abort", () => clearTimeout(timer));
}

async function leave(panel, sending) {
  if (!sending.mayHaveArrived || (await panel.confirm())) {
    sending.cancel();
  }
}

async function sendPieces(form, restore) {
  const panel = new Panel(form.querySelector("[data-pieces]"));
  const sending = new Sending(form, panel);
  const stop = new AbortController();
  const on = (name, act) =>
    panel.part(name).addEventListener("click", act, { signal: stop.signal });
  on("pause", () => sending.pause());
  on("resume", () => sending.resume());
  on("cancel", () => leave(panel, sending));
  watchWords(form, sending, stop.signal);
  form.querySelector("input[type=file]").disabled = true;
  panel.show();
  let end = { refused: "" };
  try {
    end = await sending.run();
  } finally {
    stop.abort();
    panel.hide();
    finish(form, end, restore);
  }
}

function finish(form, { receipt, cancelled, refused }, restore) {
  if (receipt) {
    window.location.assign(receipt);
    return;
  }
  restore();
  if (cancelled) {
    keepDraft(form);
    form.querySelector("[data-enter-sending]").textContent = form.dataset.cancelled;
    form.querySelector("[data-enter-send]").focus();
  } else if (refused) {
    form.querySelector("[data-enter-refusal]").textContent = refused;
  } else {
    // The server says what is wrong, as it does without JavaScript.
    form.submit();
  }
}

function watchSending(form) {
  const button = form.querySelector("[data-enter-send]");
  const sending = form.querySelector("[data-enter-sending]");
  const file = form.querySelector("input[type=file]");
  let underWay = false;
  const restore = () => {
    underWay = false;
    button.removeAttribute("aria-disabled");
    file.disabled = false;
    form.removeAttribute("aria-busy");
    sending.textContent = "";
    form.querySelector("[data-enter-refusal]").textContent = "";
  };
  form.addEventListener("submit", (event) => {
    if (underWay) {
      event.preventDefault();
      return;
    }
    underWay = true;
    button.setAttribute("aria-disabled", "true");
    form.setAttribute("aria-busy", "true");
    sending.textContent = "";
    form.querySelector("[data-enter-refusal]").textContent = "";
    keepSentDraft(form);
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
  // Some browsers give back a disabled field after a reload.
  restore();
}

const form = document.querySelector("form[data-enter]");
if (form) {
  restoreDraft(form);
  watchChoice(form, form.querySelector("input[type=file]"));
  watchSending(form);
}
document.querySelector(".summary")?.focus();
