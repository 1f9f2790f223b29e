// A button that copies a text. It stays hidden where the browser does not allow that;
// the text itself is always on the page.

function watchCopy(button) {
  const said = document.getElementById(button.getAttribute("aria-describedby"));
  button.hidden = false;
  button.addEventListener("click", async () => {
    said.textContent = "";
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      said.textContent = button.dataset.done;
    } catch {
      said.textContent = button.dataset.failed;
    }
  });
}

if (navigator.clipboard) {
  document.querySelectorAll("button[data-copy]").forEach(watchCopy);
}
