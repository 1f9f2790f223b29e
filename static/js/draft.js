// What was typed survives a reload, the way back and a lost line. Browsers forget the
// words of pages that must not be stored, so the tab remembers them until the receipt.

const PREFIX = "draft:";
const KEY = "idempotency_key";
const FORGOTTEN = ["csrfmiddlewaretoken", "file", "again"];

// Nobody may write here in some private windows; then the words live in the form alone.
function withStorage(act) {
  try {
    return act(window.sessionStorage);
  } catch {
    return null;
  }
}

function typed(form) {
  return [...form.elements].filter((one) => one.name && !FORGOTTEN.includes(one.name));
}

function write(form, sent) {
  const words = typed(form).map((one) => [one.name, one.type === "checkbox" ? one.checked : one.value]);
  const draft = { sent, words: Object.fromEntries(words) };
  withStorage((tab) => tab.setItem(PREFIX + form.dataset.draft, JSON.stringify(draft)));
}

export function keepDraft(form) {
  write(form, false);
}

// From now on the key may be known to the site: a repeat must bring the same one.
export function keepSentDraft(form) {
  write(form, true);
}

// The words of a page that the site has filled in, with errors, are the newest.
export function restoreDraft(form) {
  const kept = withStorage((tab) => tab.getItem(PREFIX + form.dataset.draft));
  if (kept && !("bound" in form.dataset)) {
    const { sent, words } = JSON.parse(kept);
    for (const one of typed(form).filter(({ name }) => name in words)) {
      if (one.type === "checkbox") {
        one.checked = words[one.name];
      } else if (one.name !== KEY || (sent && !("waiting" in form.dataset))) {
        one.value = words[one.name];
      }
    }
  }
  // What is typed while the file is on its way belongs to what was sent.
  form.addEventListener("input", () => write(form, form.hasAttribute("aria-busy")));
}

// A receipt is the end of what was sent.
export function forgetSentDrafts() {
  withStorage((tab) => {
    const drafts = Object.keys(tab).filter((name) => name.startsWith(PREFIX));
    for (const name of drafts.filter((one) => JSON.parse(tab.getItem(one)).sent)) {
      tab.removeItem(name);
    }
  });
}
