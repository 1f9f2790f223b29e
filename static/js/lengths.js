// Says at a field that its text is too long, as soon as it is typed or pasted.
//
// The browser would cut pasted text without a word if the field had a maximum length.

import { fill } from "./words.js";

function note(field) {
  const found = field.nextElementSibling;
  if (found?.matches("[data-length-note]")) {
    return found;
  }
  const made = document.createElement("p");
  made.className = "too-long";
  made.dataset.lengthNote = "";
  made.setAttribute("role", "status");
  field.after(made);
  return made;
}

// Characters as the server counts them: an emoji is one.
function look(field) {
  const found = [...field.value.trim()].length;
  const limit = Number(field.dataset.most);
  const sentence = found > limit ? fill(field.dataset.tooLong, { limit, found }) : "";
  field.setCustomValidity(sentence);
  if (sentence || field.nextElementSibling?.matches("[data-length-note]")) {
    note(field).textContent = sentence;
  }
}

document.addEventListener("input", ({ target }) => {
  if (target.matches("[data-most]")) {
    look(target);
  }
});
document.querySelectorAll("[data-most]").forEach(look);
