// Orders the rows of a form by buttons and by dragging. It writes the numbers that
// people type where this does not run: see mycenas/staff/ordering.py.

const FIELD = "input[data-order]";

const rowsIn = (body) =>
  [...body.querySelectorAll("tr.form-row:not(.empty-form)")].filter((row) =>
    row.querySelector(FIELD));

const nameOf = (row) => row.querySelector("input[type=text]")?.value.trim() ?? "";

// A new row without a name is left alone: a number would make it a row to be saved.
function number(body) {
  rowsIn(body).filter(nameOf).forEach((row, index) => {
    row.querySelector(FIELD).value = index + 1;
  });
}

function say(body, row) {
  const rows = rowsIn(body);
  body.closest("fieldset").querySelector("[data-order-status]").textContent = row
    .querySelector(FIELD)
    .dataset.moved.replace("{name}", nameOf(row))
    .replace("{place}", rows.indexOf(row) + 1)
    .replace("{count}", rows.length);
}

function move(body, row, by) {
  const rows = rowsIn(body);
  const other = rows[rows.indexOf(row) + by];
  if (!other) return;
  other[by < 0 ? "before" : "after"](row);
  number(body);
  say(body, row);
}

function button(body, row, by, label, sign) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = sign;
  const rename = () => made.setAttribute("aria-label", `${label}: ${nameOf(row)}`);
  rename();
  row.addEventListener("input", rename);
  made.addEventListener("click", () => {
    move(body, row, by);
    made.focus();
  });
  return made;
}

function drag(body, row, start) {
  start.preventDefault();
  row.dataset.dragged = "";
  const follow = (event) => {
    const rows = rowsIn(body);
    const place = rows.indexOf(row);
    rows.forEach((other, index) => {
      const { top, height } = other.getBoundingClientRect();
      const middle = top + height / 2;
      if (index < place && event.clientY < middle) other.before(row);
      if (index > place && event.clientY > middle) other.after(row);
    });
  };
  const stop = () => {
    delete row.dataset.dragged;
    document.removeEventListener("pointermove", follow);
    number(body);
    say(body, row);
  };
  document.addEventListener("pointermove", follow);
  document.addEventListener("pointerup", stop, { once: true });
  document.addEventListener("pointercancel", stop, { once: true });
}

function prepare(row) {
  const field = row.querySelector(FIELD);
  const body = row.parentElement;
  if (!field || field.hidden) return;
  field.hidden = true;
  const handle = document.createElement("span");
  handle.className = "order-handle";
  handle.setAttribute("aria-hidden", "true");
  handle.addEventListener("pointerdown", (event) => drag(body, row, event));
  const acts = document.createElement("span");
  acts.className = "order-acts";
  acts.append(
    handle,
    button(body, row, -1, field.dataset.up, "↑"),
    button(body, row, 1, field.dataset.down, "↓"),
  );
  field.after(acts);
}

function watch(body) {
  const status = document.createElement("p");
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  status.dataset.orderStatus = "";
  body.closest("fieldset").append(status);
  rowsIn(body).forEach(prepare);
  body.closest("form").addEventListener("submit", () => number(body));
}

document.addEventListener("formset:added", (event) => prepare(event.target));
new Set([...document.querySelectorAll(FIELD)].map((field) => field.closest("tbody")))
  .forEach(watch);
