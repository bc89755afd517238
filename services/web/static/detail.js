// One symbol at the side: its quote, its spread over the last minutes, its last alerts.

import { AlertRows } from "./alert_rows.js";
import { getJson } from "./api.js";
import { make, setText } from "./cells.js";
import { Chart, steps } from "./charts.js";
import { ageMs } from "./clock.js";
import { age, percent, plainPrice, reason, remarks } from "./format.js";
import { words } from "./live.js";
import { ratio } from "./symbol_order.js";

const KEPT = 300; // points a symbol, one a second at most
const SHOWN_ALERTS = 30;
const FIGURES = {
  Bid: (state) => plainPrice(state.bid),
  Offer: (state) => plainPrice(state.offer),
  Mid: (state) => plainPrice(state.mid),
  Spread: (state) => plainPrice(state.spread),
  "Spread %": (state) => percent(ratio(state)),
  Age: (state) => age(ageMs(state)),
};
const WORDS = {
  State: (state) => reason([state.state]),
  Limits: (state) => state.limits ?? "none published",
};
const SPREAD = {
  series: [
    { label: "spread", colour: "--blue", paths: steps },
    { label: "risky", colour: "--risk", paths: steps },
  ],
  tick: (value) => plainPrice(value),
  scale: { range: (_, low, high) => [Math.min(low ?? 0, 0), Math.max(high ?? 0, 0.01) * 1.15] },
};

/** The spreads of all symbols since the page was opened. */
export class SpreadHistory {
  #points = new Map();

  record(states) {
    const now = Date.now() / 1000;
    for (const { symbol, spread, risky } of states) {
      let points = this.#points.get(symbol);
      if (!points) this.#points.set(symbol, (points = []));
      if (points.length && now - points.at(-1).time < 1) points.at(-1).spread = spread;
      else points.push({ time: now, spread, risky });
      points.at(-1).risky = risky;
      if (points.length > KEPT) points.shift();
    }
  }

  /** Times, spreads, and spreads where risky; the last one holds until now. */
  columns(symbol) {
    const points = this.#points.get(symbol) ?? [];
    const held = points.length ? [...points, { ...points.at(-1), time: Date.now() / 1000 }] : [];
    return [held.map((each) => each.time), held.map((each) => each.spread), held.map(riskySpread)];
  }
}

/** What was risky stays so until the next point. */
function riskySpread(point, place, points) {
  if (point.risky) return point.spread;
  const before = points[place - 1];
  return before?.risky ? before.spread : null;
}

export class Detail {
  #symbol = null;
  #opener = null;
  #chart = null;
  #aside = document.querySelector("#detail");
  #body = document.querySelector("#detail-alerts");
  #empty = document.querySelector("#detail-empty");
  #rows = new AlertRows(document.querySelector("#detail-scroll"), { withSymbol: false });

  /**
   * @param {import("./symbols.js").SymbolTable} symbols
   * @param {SpreadHistory} history
   */
  constructor(symbols, history) {
    this.symbols = symbols;
    this.history = history;
    for (const name of [...Object.keys(FIGURES), ...Object.keys(WORDS)]) {
      const pair = make("div");
      pair.append(make("dt", "", name), make("dd", name in WORDS ? "words" : ""));
      document.querySelector("#detail-figures").append(pair);
    }
    document.querySelector("#detail-close").addEventListener("click", () => this.close());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#symbol) this.close();
    });
    setInterval(() => this.refresh(), 1000);
  }

  open(symbol) {
    this.#opener ??= document.activeElement;
    this.#symbol = symbol;
    this.#aside.hidden = false;
    this.symbols.mark(symbol);
    setText(document.querySelector("#detail-title"), symbol);
    document.querySelector("#detail-title").focus();
    this.#body.replaceChildren();
    this.#empty.hidden = true;
    this.#chart ??= new Chart(document.querySelector("#detail-plot"), SPREAD);
    this.refresh();
    this.#load(symbol);
  }

  close() {
    this.#aside.hidden = true;
    this.#symbol = null;
    this.symbols.mark(null);
    this.#opener?.focus({ preventScroll: true });
    this.#opener = null;
  }

  /** An alert has come. */
  add(alert) {
    if (alert.symbol !== this.#symbol) return;
    this.#body.prepend(this.#rows.row(alert));
    while (this.#body.rows.length > SHOWN_ALERTS) this.#body.lastChild.remove();
    this.#empty.hidden = true;
    this.#rows.fit();
  }

  refresh() {
    if (!this.#symbol) return;
    const state = this.symbols.get(this.#symbol);
    const values = document.querySelectorAll("#detail-figures dd");
    [...Object.values(FIGURES), ...Object.values(WORDS)].forEach((show, place) => setText(values[place], state ? show(state) : "–"));
    setText(document.querySelector("#detail-risk"), state ? remarks(state) : "no quote");
    const [times, ...columns] = this.history.columns(this.#symbol);
    this.#chart.replace(times, columns);
    this.#chart.draw();
  }

  async #load(symbol) {
    const [alerts, why] = await lastAlerts(symbol);
    if (symbol !== this.#symbol) return;
    this.#body.replaceChildren(...alerts.map((alert) => this.#rows.row(alert)));
    this.#empty.hidden = alerts.length > 0;
    setText(this.#empty, why ?? "No alert on this symbol.");
    this.#rows.fit();
  }
}

/** The newest alerts of a symbol, and why there are none if they cannot be had. */
async function lastAlerts(symbol) {
  try {
    const { alerts } = await getJson(`alerts?limit=${SHOWN_ALERTS}&symbol=${encodeURIComponent(symbol)}`);
    return [alerts, null];
  } catch (error) {
    return [[], `Not known. ${error.status === 503 ? "Redis is away" : words(error)}.`];
  }
}
