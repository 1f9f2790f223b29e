// Select2 gives an empty box no name: it gets the one of its field, as a title, which
// the script of the box replaces by the person once one is chosen.
{
  const nameEmptyBoxes = () => {
    const boxes = document.querySelectorAll(".select2-selection__rendered:not([title])");
    for (const box of boxes) {
      const select = box.closest(".select2")?.previousElementSibling;
      if (select?.dataset.placeholder) box.title = select.dataset.placeholder;
    }
  };
  const changes = { childList: true, subtree: true };
  new MutationObserver(nameEmptyBoxes).observe(document.documentElement, changes);
}
