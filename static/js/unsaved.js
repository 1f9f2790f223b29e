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

function watch() {
  const cameBack = document.querySelector("meta[name=unsaved]") !== null;
  const forms = [...document.querySelectorAll(FORMS)];
  const atFirst = new Map(
    forms.map((form) => [form, cameBack && hasWords(form) ? "" : words(form)]),
  );
  addEventListener("submit", (event) => {
    isSent = !event.defaultPrevented && atFirst.has(event.target);
  });
  addEventListener("beforeunload", (event) => {
    if (isSent) return;
    if (forms.some((form) => words(form) !== atFirst.get(form))) event.preventDefault();
  });
  // The page is kept and shown again by the browser's Back.
  addEventListener("pageshow", () => {
    isSent = false;
  });
}

// After the admin's own scripts have filled in and arranged the fields.
addEventListener("load", watch);
