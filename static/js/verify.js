// Compares a picture with a verified receipt. The picture is hashed here and sent
// nowhere. Without this the page shows commands that do the same.

import { canHash, sha256 } from "./hashing.js";
import { fill } from "./words.js";

const KEPT_ON = new AbortController().signal;

async function judge(file, expected, words) {
  const name = file.name;
  try {
    const found = await sha256(file, () => {}, KEPT_ON);
    return found === expected
      ? { state: "same", sentence: fill(words.same, { name }) }
      : { state: "other", sentence: fill(words.other, { name, found }) };
  } catch {
    return { state: "unreadable", sentence: fill(words.unreadable, { name }) };
  }
}

function watchPicture(box) {
  const input = box.querySelector("input[type=file]");
  const line = box.querySelector("[data-compare-verdict]");
  const commands = document.querySelector("[data-compare-commands]");
  let latest = 0;
  box.hidden = false;
  commands.open = false;
  input.addEventListener("change", async () => {
    const [file] = input.files;
    const turn = ++latest;
    line.textContent = file ? box.dataset.working : "";
    delete line.dataset.state;
    if (!file) {
      return;
    }
    const { state, sentence } = await judge(file, box.dataset.compare, box.dataset);
    if (turn !== latest) {
      return;
    }
    line.textContent = sentence;
    line.dataset.state = state;
    commands.open ||= state === "unreadable";
  });
}

// A receipt may be dropped anywhere on the form.
function watchDrops(form) {
  const input = form.querySelector("input[type=file]");
  form.addEventListener("dragover", (event) => {
    if (event.dataTransfer.types.includes("Files")) {
      event.preventDefault();
      form.dataset.state = "over";
    }
  });
  form.addEventListener("dragleave", () => delete form.dataset.state);
  form.addEventListener("drop", (event) => {
    delete form.dataset.state;
    if (event.dataTransfer.files.length) {
      event.preventDefault();
      input.files = event.dataTransfer.files;
      input.focus();
    }
  });
}

const form = document.querySelector("form[data-verify]");
if (form) {
  watchDrops(form);
}
const box = document.querySelector("[data-compare]");
if (box && canHash()) {
  watchPicture(box);
}
document.querySelector(".summary")?.focus();
