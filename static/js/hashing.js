// Hashes a file in a worker, so that the page stays usable meanwhile.

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

export function canHash() {
  return hasher !== null;
}

export function sha256(file, onProgress, stop) {
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
