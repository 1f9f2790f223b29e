// Sends the entry's file in pieces, so that a lost line costs nothing: the ticket
// first, with the file's size and SHA-256, then the bytes by tus. The ticket is found
// again by the form's key, so the same file chosen after a reload goes on by itself.

const AGAIN_MS = 5000;
const FINAL = (status) => status >= 400 && status < 500 && ![409, 423, 429].includes(status);

// Loaded with the page: when it is needed the line may be gone.
let hasher = startHasher();
let hashed = 0;

function startHasher() {
  if (!window.Worker) {
    return null;
  }
  const worker = new Worker(new URL("./sha256-worker.js", import.meta.url), { type: "module" });
  worker.addEventListener("error", () => {
    hasher = null;
  });
  return worker;
}

export function canSendInPieces(form) {
  const file = form.querySelector("input[type=file]").files[0];
  return Boolean(file && window.tus?.isSupported && hasher);
}

function sha256(file, onProgress, stop) {
  hashed += 1;
  const id = hashed;
  return new Promise((resolve, reject) => {
    const listen = ({ data }) => {
      if (data.id !== id) {
        return;
      }
      if (data.done) {
        onProgress(data.done);
      } else if (data.sha256) {
        resolve(data.sha256);
      } else {
        reject(new Error(data.failed));
      }
    };
    const options = { signal: stop };
    hasher.addEventListener("message", listen, options);
    hasher.addEventListener("error", () => reject(new Error("worker")), options);
    stop.addEventListener("abort", () => reject(stop.reason));
    hasher.postMessage({ id, file });
  });
}

// Until the line is back, or for a while: the browser does not notice every return.
function lineBack(stop) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, AGAIN_MS);
    window.addEventListener("online", resolve, { once: true });
    stop.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(stop.reason);
    });
  });
}

function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Sending {
  #form;
  #file;
  #view;
  #stop = new AbortController();
  #upload = null;
  #paused = false;
  #begun = { at: 0, bytes: 0 };

  constructor(form, view) {
    this.#form = form;
    this.#file = form.querySelector("input[type=file]").files[0];
    this.#view = view;
  }

  // Resolves with the receipt's address, or with null if the plain form must be sent.
  async run() {
    const { signal } = this.#stop;
    this.#view.say("preparing");
    const report = (done) => this.#view.progress(done, this.#file.size);
    const digest = await sha256(this.#file, report, signal);
    const ticket = await this.#ticket(digest);
    if (!ticket) {
      return null;
    }
    if (ticket.state !== "reserved") {
      return ticket.receipt_url;
    }
    return (await this.#send(ticket.upload_url)) ? ticket.receipt_url : null;
  }

  pause() {
    this.#paused = true;
    this.#upload?.abort();
    this.#view.say("paused");
  }

  resume() {
    this.#paused = false;
    this.#begun = { at: 0, bytes: 0 };
    this.#upload?.start();
    this.#view.say("sending");
  }

  // The arrival stays: the form can be sent again, also with another file.
  cancel() {
    this.#upload?.abort(true).catch(() => {});
    this.#stop.abort(new DOMException("cancelled", "AbortError"));
  }

  get #token() {
    return this.#form.elements.csrfmiddlewaretoken.value;
  }

  async #ticket(digest) {
    for (;;) {
      const answer = await this.#ask(digest);
      if (answer?.ok) {
        return answer.json();
      }
      if (answer?.status === 422 && (await answer.json()).type.endsWith(":idempotency_key_reused")) {
        this.#form.elements.idempotency_key.value = freshKey();
      } else if (answer && FINAL(answer.status)) {
        return null;
      } else {
        this.#view.say("waiting");
        await lineBack(this.#stop.signal);
      }
    }
  }

  // The answer, or null if the line is gone.
  async #ask(digest) {
    const words = new FormData(this.#form);
    words.delete("file");
    words.set("size", this.#file.size);
    words.set("sha256", digest);
    words.set("filename", this.#file.name.slice(0, 255));
    try {
      return await fetch(this.#form.dataset.tickets, {
        method: "POST",
        body: words,
        headers: { "X-CSRFToken": this.#token },
        signal: this.#stop.signal,
      });
    } catch (error) {
      this.#stop.signal.throwIfAborted();
      return null;
    }
  }

  #send(uploadUrl) {
    return new Promise((resolve, reject) => {
      this.#stop.signal.addEventListener("abort", () => reject(this.#stop.signal.reason));
      this.#upload = new window.tus.Upload(this.#file, {
        uploadUrl,
        headers: { "X-CSRFToken": this.#token },
        storeFingerprintForResuming: false,
        retryDelays: null,
        onProgress: (sent, total) => this.#moved(sent, total),
        onSuccess: () => resolve(true),
        onError: (error) => this.#interrupted(error, resolve),
      });
      this.#view.say("sending");
      this.#upload.start();
    });
  }

  async #interrupted(error, resolve) {
    if (FINAL(error.originalResponse?.getStatus() ?? 0)) {
      resolve(false);
      return;
    }
    this.#view.say("waiting");
    this.#begun = { at: 0, bytes: 0 };
    await lineBack(this.#stop.signal).catch(() => {});
    if (!this.#paused && !this.#stop.signal.aborted) {
      this.#view.say("sending");
      this.#upload.start();
    }
  }

  #moved(sent, total) {
    const now = performance.now();
    if (!this.#begun.at) {
      this.#begun = { at: now, bytes: sent };
    }
    const seconds = (now - this.#begun.at) / 1000;
    const speed = seconds > 1 ? (sent - this.#begun.bytes) / seconds : 0;
    this.#view.progress(sent, total, speed);
  }
}
