// Waiting that a person can end: for the line, or for as long as the site asks.

const AGAIN_SECONDS = 5;

// Seconds, by `Retry-After`: a number or a date.
export function secondsAsked(retryAfter) {
  const given = retryAfter ?? "";
  const seconds = /^\d+$/.test(given) ? Number(given) : (Date.parse(given) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(1, Math.ceil(seconds)) : AGAIN_SECONDS;
}

function orStop(stop, wait) {
  return new Promise((resolve, reject) => {
    stop.throwIfAborted();
    const over = new AbortController();
    const end = (act) => (value) => {
      over.abort();
      act(value);
    };
    stop.addEventListener("abort", () => end(reject)(stop.reason), { signal: over.signal });
    wait(end(resolve), over.signal);
  });
}

// Until the line is back, or for a while: the browser does not notice every return.
export function lineBack(stop) {
  return orStop(stop, (done, over) => {
    const timer = setTimeout(done, AGAIN_SECONDS * 1000);
    over.addEventListener("abort", () => clearTimeout(timer));
    window.addEventListener("online", done, { signal: over });
  });
}

// Until the time is over by the clock: a page in the background is woken seldom.
export function countedDown(seconds, tell, stop) {
  const end = performance.now() + seconds * 1000;
  return orStop(stop, (done, over) => {
    const tick = () => {
      const left = Math.ceil((end - performance.now()) / 1000);
      if (left > 0) {
        tell(left);
      } else {
        done();
      }
    };
    const timer = setInterval(tick, 250);
    over.addEventListener("abort", () => clearInterval(timer));
    tick();
  });
}
