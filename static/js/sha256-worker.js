// Hashes a file beside the page: answers with shares done, then with the digest.
import { Sha256 } from "./sha256.js";

const STEP = 4 * 1024 * 1024;

self.addEventListener("message", async ({ data: { id, file } }) => {
  try {
    const digest = new Sha256();
    for (let at = 0; at < file.size; at += STEP) {
      const piece = await file.slice(at, at + STEP).arrayBuffer();
      digest.update(new Uint8Array(piece));
      self.postMessage({ id, done: at + piece.byteLength });
    }
    self.postMessage({ id, sha256: digest.hex() });
  } catch (error) {
    self.postMessage({ id, failed: String(error) });
  }
});
