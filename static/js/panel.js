// What the page shows of a file that is sent in pieces. The sentence is spoken by
// screen readers when it changes; numbers that move all the time are not.

import { fill, humanSize, humanTime } from "./words.js";

const PAUSABLE = "sending";
const RESUMABLE = "paused";
const ENDING = "leaving";

export class Panel {
  #panel;
  #moved = null;

  constructor(panel) {
    this.#panel = panel;
  }

  part(name) {
    return this.#panel.querySelector(`[data-pieces-${name}]`);
  }

  show() {
    this.#panel.hidden = false;
    this.#panel.scrollIntoView({ block: "nearest" });
  }

  hide() {
    this.part("confirm").close();
    this.#panel.hidden = true;
  }

  say(state) {
    this.#panel.dataset.state = state;
    this.part("state").textContent = this.#panel.dataset[state];
    this.part("left").textContent = "";
    if (state !== PAUSABLE && this.#moved) {
      // What stands still has no speed.
      this.progress(...this.#moved);
    }
    const worked = document.activeElement;
    this.part("pause").hidden = state !== PAUSABLE;
    this.part("resume").hidden = state !== RESUMABLE;
    this.part("cancel").hidden = state === ENDING;
    if (worked.hidden) {
      this.#passOn();
    }
  }

  // Who worked a button that goes away is led to the one that stays.
  #passOn() {
    this.#panel.querySelector(".actions > button:not([hidden])")?.focus();
  }

  progress(sent, total, speed = 0) {
    this.#moved = [sent, total];
    const { speed: moving, amount } = this.#panel.dataset;
    this.part("bar").value = sent / total;
    this.part("amount").textContent = fill(speed ? moving : amount, {
      sent: humanSize(sent),
      total: humanSize(total),
      speed: humanSize(speed),
      left: speed ? humanTime((total - sent) / speed) : "",
    });
  }

  countDown(seconds) {
    this.part("left").textContent = fill(this.#panel.dataset.again, { left: humanTime(seconds) });
  }

  // Resolves with true if the person means it.
  confirm() {
    const dialog = this.part("confirm");
    const over = new AbortController();
    dialog.returnValue = "";
    dialog.addEventListener("click", ({ target }) => target.value && dialog.close(target.value), {
      signal: over.signal,
    });
    dialog.showModal();
    return new Promise((resolve) => {
      const closed = () => {
        over.abort();
        resolve(dialog.returnValue === "yes");
      };
      dialog.addEventListener("close", closed, { once: true });
    });
  }
}
