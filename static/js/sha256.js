// SHA-256 of bytes that come piece by piece (FIPS 180-4). The browser's own digest
// wants the whole file in memory at once.

const firstBits = (root) => ((root % 1) * 2 ** 32) >>> 0;

function primes(count) {
  const found = [];
  for (let number = 2; found.length < count; number += 1) {
    if (found.every((prime) => number % prime)) {
      found.push(number);
    }
  }
  return found;
}

const ROUNDS = Uint32Array.from(primes(64), (prime) => firstBits(Math.cbrt(prime)));
const START = Uint32Array.from(primes(8), (prime) => firstBits(Math.sqrt(prime)));
const BLOCK = 64;

const turn = (word, by) => (word >>> by) | (word << (32 - by));

export class Sha256 {
  #state = START.slice();
  #schedule = new Uint32Array(64);
  #rest = new Uint8Array(BLOCK);
  #restSize = 0;
  #size = 0;

  update(bytes) {
    this.#size += bytes.length;
    let at = 0;
    if (this.#restSize) {
      at = Math.min(BLOCK - this.#restSize, bytes.length);
      this.#rest.set(bytes.subarray(0, at), this.#restSize);
      this.#restSize += at;
      if (this.#restSize < BLOCK) {
        return;
      }
      this.#mix(this.#rest, 0);
    }
    for (; at + BLOCK <= bytes.length; at += BLOCK) {
      this.#mix(bytes, at);
    }
    this.#rest.set(bytes.subarray(at));
    this.#restSize = bytes.length - at;
  }

  // The digest in hexadecimal digits; nothing may be added afterwards.
  hex() {
    const bits = BigInt(this.#size) * 8n;
    const padding = new Uint8Array(((119 - (this.#size % BLOCK)) % BLOCK) + 9);
    padding[0] = 0x80;
    new DataView(padding.buffer).setBigUint64(padding.length - 8, bits);
    this.update(padding);
    return Array.from(this.#state, (word) => word.toString(16).padStart(8, "0")).join("");
  }

  #mix(bytes, at) {
    const words = this.#expand(bytes, at);
    let [a, b, c, d, e, f, g, h] = this.#state;
    for (let round = 0; round < 64; round += 1) {
      const high = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
      const first = (h + high + ((e & f) ^ (~e & g)) + ROUNDS[round] + words[round]) | 0;
      const low = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
      const second = (low + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + second) | 0;
    }
    const state = this.#state;
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
  }

  #expand(bytes, at) {
    const words = this.#schedule;
    for (let index = 0; index < 16; index += 1) {
      const place = at + index * 4;
      words[index] =
        (bytes[place] << 24) | (bytes[place + 1] << 16) | (bytes[place + 2] << 8) | bytes[place + 3];
    }
    for (let index = 16; index < 64; index += 1) {
      const early = words[index - 15];
      const late = words[index - 2];
      const low = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3);
      const high = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10);
      words[index] = words[index - 16] + low + words[index - 7] + high;
    }
    return words;
  }
}
