// Rows of alerts: in one line where there is room for it, else in as many as it takes to show everything.

import { hasToken, openJson } from "./api.js";
import { make, setPrice, setSymbol } from "./cells.js";
import { Columns } from "./columns.js";
import { amount, causes, plainPrice, time } from "./format.js";

const NAMES = ["time", "symbol", "side", "quantity", "price", "quote", "reason", "limits", "order", "account"];
const GOING = [["limits"], ["order", "account"], ["quote"], ["reason"], ["side", "quantity"]];
const LARGEST_NUMBER = "18446744073709551615";

export class AlertRows {
  #columns;
  #withSymbol;

  /** @param {Element} scroll what the table scrolls in */
  constructor(scroll, { withSymbol = true } = {}) {
    const names = withSymbol ? NAMES : NAMES.filter((name) => name !== "symbol");
    this.#withSymbol = withSymbol;
    this.#columns = new Columns(scroll, { names, going: GOING, wrapping: withSymbol ? "symbol" : undefined });
    new ResizeObserver(() => this.#columns.fit()).observe(scroll);
  }

  /** Lays the columns out, after rows have come. */
  fit() {
    if (this.#columns.isDue) this.#columns.fit();
  }

  /** A row for one alert. */
  row(alert) {
    const row = make("tr");
    row.role = "row";
    row.append(this.#time(alert));
    if (this.#withSymbol) row.append(this.#symbol(alert.symbol));
    row.append(
      this.#cell("side", alert.side.replaceAll("_", " "), alert.side === "buy" ? "buy" : "sell"),
      this.#cell("quantity", amount(alert.quantity)),
      this.#price(alert.price),
      this.#cell("quote", quoteMet(alert), alert.bid == null && alert.offer == null ? "dim" : ""),
      this.#cell("reason", causes(alert)),
      this.#cell("limits", alert.limits ?? ""),
      this.#cell("order", alert.order_id || "–"),
      this.#cell("account", String(alert.account ?? "") || "–"),
    );
    row.title = `Sent ${alert.transact_time ?? "–"}`;
    return row;
  }

  /** A row of words over all columns. */
  words(text) {
    const row = make("tr", "gap");
    row.role = "row";
    const cell = make("td", "", text);
    cell.role = "cell";
    cell.colSpan = NAMES.length;
    row.append(cell);
    return row;
  }

  #cell(name, text, more = "") {
    const cell = make("td", more ? `${name} ${more}` : name, text);
    cell.role = "cell";
    this.#columns.note(name, text);
    return cell;
  }

  #time(alert) {
    const text = time(alert.checked_at);
    const cell = this.#cell("time", "");
    const link = make("a", "", text);
    this.#columns.note("time", text);
    link.href = `alerts?after=${before(alert.id)}&limit=1`;
    link.target = "_blank";
    link.title = "This alert as JSON";
    link.addEventListener("click", (event) => openWithToken(event, link.getAttribute("href")));
    cell.append(link);
    return cell;
  }

  #symbol(symbol) {
    const cell = this.#cell("symbol", "");
    const button = make("button");
    setSymbol(button, symbol);
    this.#columns.note("symbol", button.textContent);
    button.type = "button";
    button.dataset.symbol = symbol;
    cell.append(button);
    return cell;
  }

  #price(value) {
    const cell = this.#cell("price", "");
    setPrice(cell, value);
    this.#columns.note("price", cell.textContent);
    return cell;
  }
}

/** Follows a link to JSON, by hand where that takes a token. */
export function openWithToken(event, path) {
  if (!hasToken()) return;
  event.preventDefault();
  openJson(path);
}

function quoteMet({ bid, offer }) {
  return bid == null && offer == null ? "no quote" : `${plainPrice(bid)} / ${plainPrice(offer)}`;
}

/** The largest ID before an ID. */
function before(id) {
  const [ms, number] = id.split("-").map(BigInt);
  return number ? `${ms}-${number - 1n}` : `${ms - 1n}-${LARGEST_NUMBER}`;
}
