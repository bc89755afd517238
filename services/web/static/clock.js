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

/** How long ago a symbol's quote was applied, in milliseconds; null where it never had one. */
export function ageMs({ updated_at: at }, now = serverNow()) {
  return at === null ? null : now - at / 1000;
}
