// In which order symbols stand.

const KEYS = {
  symbol: (state) => state.symbol,
  bid: (state) => state.bid,
  offer: (state) => state.offer,
  spread: (state) => state.spread,
  ratio,
  updated_at: (state) => (state.updated_at === null ? null : -state.updated_at),
  risky: (state) => Number(state.risky) + state.reason.length,
};

/** Compares two symbols by a column; `direction` is 1 or -1. Equal ones stand by name. */
export function by({ column, direction }) {
  const key = KEYS[column];
  return (a, b) => compareKeys(key(a), key(b), direction) || compare(a.symbol, b.symbol);
}

/** The spread as a part of the mid; null where there is none. */
export function ratio({ spread, mid }) {
  const value = spread === null ? NaN : spread / mid;
  return Number.isFinite(value) ? value : null;
}

/** What has no value comes last, whichever way the rest is sorted. */
function compareKeys(a, b, direction) {
  if (a === null || b === null) return (a === null) - (b === null);
  return direction * compare(a, b);
}

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}
