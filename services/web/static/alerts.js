// The list of alerts: newest first, can be paused.

import { hasToken, openJson } from "./api.js";
import { make, setPrice, setText } from "./cells.js";
import { count, plainPrice, plural, reason, time } from "./format.js";

const MOST_ROWS = 200;
const LARGEST_NUMBER = "18446744073709551615";

export class AlertList {
  #waiting = [];
  #seen = 0;
  #isPaused = false;
  #isDrawing = false;
  #body = document.querySelector("#alerts-scroll tbody");
  #pause = document.querySelector("#pause");

  /** @param {(symbol: string) => void} onOpen */
  constructor(onOpen) {
    this.#pause.addEventListener("click", () => this.#toggle());
    document.querySelector("#alerts-json").addEventListener("click", (event) => openWithToken(event, "alerts"));
    this.#body.addEventListener("click", (event) => {
      const { symbol } = event.target.closest("button")?.dataset ?? {};
      if (symbol) onOpen(symbol);
    });
    document.querySelector("#alerts-empty").hidden = false;
  }

  /** Alerts that were there before the page, oldest first. */
  fill(alerts) {
    for (const alert of alerts) this.#put(alertRow(alert));
  }

  /** One that has just come. */
  add(alert) {
    this.#seen += 1;
    this.#put(alertRow(alert));
  }

  /** Alerts that can no longer be had. */
  addGap({ from, to }) {
    this.#put(gapRow(`Alerts may be missing here: those after ${from} and before ${to} are gone from Redis.`));
  }

  #put(row) {
    this.#waiting.push(row);
    if (this.#waiting.length > MOST_ROWS) this.#waiting.shift();
    if (!this.#isDrawing) {
      this.#isDrawing = true;
      setTimeout(() => this.#draw(), 100);
    }
  }

  #draw() {
    this.#isDrawing = false;
    setText(document.querySelector("#alerts-count"), this.#seen ? `${plural(this.#seen, "alert")} since the page opened` : "");
    if (this.#isPaused) {
      setText(this.#pause, `Go on (${this.#waiting.length < MOST_ROWS ? count(this.#waiting.length) : `${MOST_ROWS}+`})`);
      return;
    }
    this.#body.prepend(...this.#waiting.reverse());
    this.#waiting = [];
    while (this.#body.rows.length > MOST_ROWS) this.#body.lastChild.remove();
    document.querySelector("#alerts-empty").hidden = this.#body.rows.length > 0;
  }

  #toggle() {
    this.#isPaused = !this.#isPaused;
    this.#pause.setAttribute("aria-pressed", this.#isPaused);
    setText(this.#pause, this.#isPaused ? "Go on (0)" : "Pause");
    this.#draw();
  }
}

/** A row for one alert. */
export function alertRow(alert, { withSymbol = true } = {}) {
  const row = make("tr");
  const when = make("td", "time");
  const link = make("a", "", time(alert.checked_at));
  link.href = `alerts?after=${before(alert.id)}&limit=1`;
  link.target = "_blank";
  link.title = "This alert as JSON";
  link.addEventListener("click", (event) => openWithToken(event, link.getAttribute("href")));
  when.append(link);
  const order = make("td", "order");
  order.append(make("span", alert.side, alert.side), `${count(alert.quantity)} `, make("span", "dim", alert.order_id));
  order.title = `Order ${alert.order_id} of account ${alert.account}, sent ${alert.transact_time}`;
  const price = make("td");
  setPrice(price, alert.price);
  const quote = alert.bid === null ? "no quote" : `${plainPrice(alert.bid)} / ${plainPrice(alert.offer)}`;
  const why = make("td", "reason", reason(alert.reason));
  row.append(when);
  if (withSymbol) row.append(symbolCell(alert.symbol));
  row.append(order, price, make("td", alert.bid === null ? "quote dim" : "quote", quote), why);
  return row;
}

function symbolCell(symbol) {
  const cell = make("td", "symbol");
  const button = make("button", "", symbol);
  button.type = "button";
  button.dataset.symbol = symbol;
  cell.append(button);
  return cell;
}

function gapRow(text) {
  const row = make("tr", "gap");
  const cell = make("td", "", text);
  cell.colSpan = 6;
  cell.title = text;
  row.append(cell);
  return row;
}

function openWithToken(event, path) {
  if (!hasToken()) return;
  event.preventDefault();
  openJson(path);
}

/** The largest ID before an ID. */
function before(id) {
  const [ms, number] = id.split("-").map(BigInt);
  return number ? `${ms}-${number - 1n}` : `${ms - 1n}-${LARGEST_NUMBER}`;
}
