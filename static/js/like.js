// Sends a like once more as an ordinary form if htmx got no button for it: the page
// that answers, the site's or the browser's own, says what is wrong.

for (const failure of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(failure, ({ target }) => {
    const form = target.closest(".like form");
    if (form) form.submit();
  });
}
