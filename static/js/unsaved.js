// Asks before a page of the admin is left whose form has words that are not saved.

const FORMS =
  "body:not(.review) #content form[method=post]:not(#changelist-form)";
const FIELDS = "textarea, select, input:not([type=hidden], [type=submit], [type=button])";
let isSent = false;

// What the form would send; a file by its name and size.
function words(form) {
  const said = ([name, value]) => [name, value.name ?? value, value.size ?? 0];
  return JSON.stringify([...new FormData(form)].map(said));
}

// A form that came back from the server unsaved has words from the beginning.
function hasWords(form) {
  return [...form.querySelectorAll(FIELDS)].some((one) =>
    ["checkbox", "radio"].includes(one.type) ? one.checked : one.value !== "",
  );
}

// Pages of the queue come without being loaded whole, and their forms are empty at
// first: the words that count are those in them, but for the ones that a button sends.
function unsent(button) {
  const sent = button?.closest("fieldset");
  return [...document.querySelectorAll("body.review .decision textarea")].some(
    (one) => one.value.trim() !== "" && one.closest("fieldset") !== sent,
  );
}

function asks(event) {
  const { content } = document.querySelector("meta[name=unsaved-question]") ?? {};
  const isLost = content && unsent(event.detail.triggeringEvent?.submitter);
  if (isLost && !confirm(content)) event.preventDefault();
}

function watch() {
  const cameBack = document.querySelector("meta[name=unsaved]") !== null;
  const forms = [...document.querySelectorAll(FORMS)];
  const atFirst = new Map(
    forms.map((form) => [form, cameBack && hasWords(form) ? "" : words(form)]),
  );
  addEventListener("submit", ({ defaultPrevented, submitter, target }) => {
    const isWhole = atFirst.has(target) || target.matches(".decision");
    isSent = !defaultPrevented && isWhole && !unsent(submitter);
  });
  addEventListener("beforeunload", (event) => {
    if (isSent) return;
    const isChanged = forms.some((form) => words(form) !== atFirst.get(form));
    if (isChanged || unsent()) event.preventDefault();
  });
  document.addEventListener("htmx:confirm", asks);
  // The page is kept and shown again by the browser's Back.
  addEventListener("pageshow", () => {
    isSent = false;
  });
}

// After the admin's own scripts have filled in and arranged the fields.
addEventListener("load", watch);
