// Sends the entry's file in pieces, so that a lost line costs nothing: the reservation
// first, with the file's size and SHA-256, then the bytes by tus. The reservation is found
// again by the form's key, so the same file chosen after a reload goes on by itself.

import { keepSentDraft } from "./draft.js";
import { canHash, sha256 } from "./hashing.js";
import { countedDown, lineBack, secondsAsked } from "./waiting.js";

const LATER = [408, 423, 425, 429];
// An upload that is elsewhere than thought asks where it is and goes on.
const OFFSET = 409;
const TERMINATION_MS = 2000;
// Without a byte for so long the line is taken for dead, whatever the browser says.
const SILENCE_MS = 30000;
const REPEAT = "urn:mycenas:problem:entered_before";
// The old key belongs to another file, or to an entry that has ended.
const KEY_TAKEN = [
  "urn:mycenas:problem:idempotency_key_reused",
  "urn:mycenas:problem:idempotency_key_ended",
];
// The session ended, or a new one has begun in another tab.
const SIGNED_OUT = ["urn:mycenas:problem:sign_in", "urn:mycenas:problem:csrf"];
const JSON_TYPE = "application/json";

// Whether asking again would give the same answer.
function isFinal(status, retryAfter) {
  return status >= 400 && status < 500 && !LATER.includes(status) && !retryAfter;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

// Faults of single fields are shown beside them, by the site.
function reasonOf({ errors, detail }) {
  return errors ? "" : (detail ?? "");
}

// The form's page, which leads to the sign-in and back. The tab has kept the words.
function pageOf(form) {
  const replaces = form.elements.replaces.value;
  return replaces ? `${form.action}?replaces=${encodeURIComponent(replaces)}` : form.action;
}

function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function canSendInPieces(form) {
  const file = form.querySelector("input[type=file]").files[0];
  return Boolean(file && window.tus?.isSupported && canHash());
}

export class Sending {
  #form;
  #file;
  #view;
  #stop = new AbortController();
  #digest = null;
  // The form was sent for a reservation, whether or not an answer came.
  #asked = false;
  #reservation = null;
  #fieldsSent = Promise.resolve();
  #upload = null;
  #paused = false;
  #leaving = false;
  #held = false;
  #movedAt = 0;
  #begun = { at: 0, bytes: 0 };

  constructor(form, view) {
    this.#form = form;
    this.#file = form.querySelector("input[type=file]").files[0];
    this.#view = view;
  }

  // Resolves with "receipt" and the address of the page that comes next, with "refused" and the reason, which is
  // empty if the plain form must be sent to learn it, or with "cancelled".
  async run() {
    try {
      return await this.#run();
    } catch (error) {
      if (!this.#stop.signal.aborted) {
        throw error;
      }
      return this.#leave();
    }
  }

  get mayHaveArrived() {
    return this.#asked;
  }

  pause() {
    this.#paused = true;
    this.#upload?.abort();
    this.#view.say("paused");
  }

  resume() {
    this.#paused = false;
    this.#start();
  }

  cancel() {
    this.#stop.abort(new DOMException("cancelled", "AbortError"));
  }

  // Words typed while the bytes travel: until the file is in, the newest count.
  retell() {
    if (this.#reservation && !this.#stop.signal.aborted) {
      this.#fieldsSent = this.#fieldsSent.then(() => this.#ask());
    }
  }

  async #run() {
    this.#view.say("preparing");
    const report = (done) => this.#view.progress(done, this.#file.size);
    this.#digest = await sha256(this.#file, report, this.#stop.signal);
    this.#view.progress(0, this.#file.size);
    this.#asked = true;
    const taken = await this.#take();
    if ("refused" in taken) {
      return taken;
    }
    this.#reservation = taken;
    const receipt = this.#reservation.receipt_url;
    if (this.#reservation.state !== "reserved") {
      return { receipt };
    }
    const refused = await this.#send(this.#reservation.upload_url);
    return refused === null ? { receipt } : { refused };
  }

  // Gives the reservation back. An answer that got lost may have been one: the same key
  // finds it.
  async #leave() {
    this.#stop = new AbortController();
    this.#leaving = true;
    this.#view.say("leaving");
    if (this.#upload) {
      // Frees the disk at once; without it the site does so later.
      const longest = new Promise((resolve) => setTimeout(resolve, TERMINATION_MS));
      await Promise.race([this.#upload.abort(true).catch(() => {}), longest]);
    }
    await this.#fieldsSent;
    const reservation = this.#asked ? (this.#reservation ?? (await this.#take())) : {};
    const stays = reservation.withdraw_url && !(await this.#withdrawn(reservation));
    this.#renewKey();
    return stays ? { receipt: reservation.receipt_url } : { cancelled: true };
  }

  async #withdrawn({ withdraw_url: address }) {
    const answer = await this.#answered(() => this.#post(address, new FormData()));
    return answer.ok;
  }

  // The reservation, or why the form was refused.
  async #take() {
    for (;;) {
      const answer = await this.#answered(() => this.#ask());
      const said = await answer.json().catch(() => ({}));
      if (answer.ok) {
        return said;
      }
      if (said.type === REPEAT) {
        return { refused: "", receipt: `${new URL(said.receipt_url).pathname}?repeat=1` };
      }
      if (SIGNED_OUT.includes(said.type)) {
        return { refused: "", receipt: pageOf(this.#form) };
      }
      if (!KEY_TAKEN.includes(said.type)) {
        return { refused: reasonOf(said) };
      }
      this.#renewKey();
    }
  }

  #renewKey() {
    this.#form.elements.idempotency_key.value = freshKey();
    keepSentDraft(this.#form);
  }

  // Asks until there is an answer that stands, however often it must wait.
  async #answered(ask) {
    for (;;) {
      const answer = await ask();
      this.#stop.signal.throwIfAborted();
      const retryAfter = answer?.headers.get("Retry-After");
      if (answer && (answer.ok || isFinal(answer.status, retryAfter))) {
        return answer;
      }
      await this.#hold(answer !== null, retryAfter);
    }
  }

  #ask() {
    const words = new FormData(this.#form);
    words.delete("file");
    words.set("size", this.#file.size);
    words.set("sha256", this.#digest);
    words.set("filename", this.#file.name.slice(0, 255));
    return this.#post(this.#form.dataset.tickets, words);
  }

  // The answer, or null if the line is gone.
  async #post(address, body) {
    const token = this.#token;
    const headers = { Accept: JSON_TYPE, "X-CSRFToken": token };
    try {
      return await fetch(address, { method: "POST", body, headers });
    } catch {
      return null;
    }
  }

  get #token() {
    return this.#form.elements.csrfmiddlewaretoken.value;
  }

  #send(uploadUrl) {
    const over = new AbortController();
    return new Promise((resolve, reject) => {
      const { signal } = this.#stop;
      signal.addEventListener("abort", () => reject(signal.reason));
      this.#upload = new window.tus.Upload(this.#file, {
        uploadUrl,
        headers: { "X-CSRFToken": this.#token },
        storeFingerprintForResuming: false,
        retryDelays: null,
        onProgress: (sent, total) => this.#moved(sent, total),
        onSuccess: () => resolve(null),
        onError: (error) => this.#interrupted(error.originalResponse, resolve).catch(() => {}),
      });
      this.#watchLine(over.signal);
      this.#start();
    }).finally(() => over.abort());
  }

  #start() {
    this.#begun = { at: 0, bytes: 0 };
    this.#movedAt = performance.now();
    this.#view.say("sending");
    this.#upload.start();
  }

  // Requests under way do not notice that the line is gone, often for minutes.
  #watchLine(stop) {
    const look = () => performance.now() - this.#movedAt > SILENCE_MS && this.#cut();
    const timer = setInterval(look, 1000);
    stop.addEventListener("abort", () => clearInterval(timer));
    window.addEventListener("offline", () => this.#cut(), { signal: stop });
  }

  #cut() {
    if (!this.#paused && !this.#held) {
      this.#upload.abort();
      this.#goOn(false).catch(() => {});
    }
  }

  async #interrupted(answer, resolve) {
    const status = answer?.getStatus();
    const retryAfter = answer?.getHeader("Retry-After");
    if (answer && status !== OFFSET && isFinal(status, retryAfter)) {
      resolve(reasonOf(parsed(answer.getBody())));
      return;
    }
    await this.#goOn(Boolean(answer), retryAfter);
  }

  async #goOn(answered, retryAfter) {
    this.#held = true;
    await this.#hold(answered, retryAfter);
    this.#held = false;
    if (!this.#paused) {
      this.#start();
    }
  }

  // A lost line and a full house are states, not errors. Nothing is said of an arrival
  // before there is one.
  async #hold(answered, retryAfter) {
    const { signal } = this.#stop;
    const [lost, busy] = this.#reservation ? ["lost", "busy"] : ["waiting", "full"];
    this.#view.say(this.#leaving ? "leaving" : answered ? busy : lost);
    if (!answered) {
      await lineBack(signal);
      return;
    }
    const seconds = secondsAsked(retryAfter);
    await countedDown(seconds, (left) => this.#view.countDown(left), signal);
  }

  #moved(sent, total) {
    const now = performance.now();
    this.#movedAt = now;
    if (!this.#begun.at) {
      this.#begun = { at: now, bytes: sent };
    }
    const seconds = (now - this.#begun.at) / 1000;
    const speed = seconds > 1 ? (sent - this.#begun.bytes) / seconds : 0;
    this.#view.progress(sent, total, speed);
  }
}
