// The server's clock: ages are differences of its times, whatever this machine's clock says.

let aheadMs = 0;

/** Takes over the server's time of now, microseconds since the epoch. */
export function setServerTime(us) {
  aheadMs = us / 1000 - Date.now();
}

/** Milliseconds since the epoch, by the server's clock. */
export function serverNow() {
  return Date.now() + aheadMs;
}
