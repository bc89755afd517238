// The table of symbols: thousands of rows, of which only those in sight exist.

import { make, setPrice, setText } from "./cells.js";
import { age, count, percent, plural, reason } from "./format.js";

const STALE_MS = 60_000;
const SORT_EVERY_MS = 2000; // rows that move all the time cannot be read
const EXTRA_ROWS = 4;

const COLUMNS = {
  symbol: (state) => state.symbol,
  bid: (state) => state.bid,
  offer: (state) => state.offer,
  spread: (state) => state.spread,
  ratio: (state) => state.spread / state.mid,
  updated_at: (state) => -state.updated_at,
  risky: (state) => Number(state.risky) + state.reason.length,
};

export class SymbolTable {
  #states = new Map();
  #order = [];
  #rows = [];
  #sort = { column: "symbol", direction: 1 };
  #sortedAt = 0;
  #isOutOfOrder = false;
  #open = null;
  #focused = 0;
  #scroll = document.querySelector("#symbols-scroll");
  #table = this.#scroll.querySelector("table");
  #body = this.#table.tBodies[0];
  #top = spacer();
  #bottom = spacer();

  /** @param {(symbol: string) => void} onOpen */
  constructor(onOpen) {
    this.#body.append(this.#top, this.#bottom);
    this.#scroll.addEventListener("scroll", () => this.#draw(), { passive: true });
    new ResizeObserver(() => this.#draw()).observe(this.#scroll);
    document.querySelector("#search").addEventListener("input", () => this.#arrange());
    document.querySelector("#risky-only").addEventListener("change", () => this.#arrange());
    for (const button of this.#table.querySelectorAll("[data-sort]")) {
      button.addEventListener("click", () => this.#sortBy(button));
    }
    this.#body.addEventListener("click", (event) => {
      const row = event.target.closest("tr");
      if (row?.symbol) onOpen(row.symbol);
    });
    this.#body.addEventListener("keydown", (event) => this.#move(event));
    setInterval(() => this.refresh(), 1000); // ages grow
  }

  /** How many symbols there are, and how many of them are risky. */
  get totals() {
    let risky = 0;
    for (const state of this.#states.values()) risky += state.risky;
    return { all: this.#states.size, risky };
  }

  get(symbol) {
    return this.#states.get(symbol);
  }

  /** All symbols, in place of what there was. */
  replace(states) {
    this.#states = new Map(states.map((state) => [state.symbol, state]));
    this.#arrange();
  }

  /** Some symbols that have changed. */
  update(states) {
    let isNew = false;
    for (const state of states) {
      isNew ||= this.#states.get(state.symbol)?.risky !== state.risky;
      this.#states.set(state.symbol, state);
    }
    if (isNew && !this.#isPointedAt) this.#arrange();
    else this.#isOutOfOrder ||= isNew || this.#sort.column !== "symbol";
    this.refresh();
  }

  /** Which symbol is shown at the side. */
  mark(symbol) {
    this.#open = symbol;
    this.#draw();
  }

  /** Shows what is so now. */
  refresh() {
    const isDue = performance.now() - this.#sortedAt > SORT_EVERY_MS;
    if (this.#isOutOfOrder && isDue && !this.#isPointedAt) this.#arrange();
    else this.#draw();
  }

  /** Whether somebody is about to choose a row, by pointer or keyboard: then rows stand still. */
  get #isPointedAt() {
    return this.#body.matches(":hover, :has(:focus-visible)");
  }

  #sortBy(button) {
    const { column, direction } = this.#sort;
    const chosen = button.dataset.sort;
    const first = ["spread", "ratio", "risky"].includes(chosen) ? -1 : 1; // the widest first
    this.#sort = { column: chosen, direction: chosen === column ? -direction : first };
    this.#table.querySelector("[aria-sort]").removeAttribute("aria-sort");
    button.parentElement.setAttribute("aria-sort", this.#sort.direction > 0 ? "ascending" : "descending");
    this.#scroll.scrollTop = 0;
    this.#arrange();
  }

  #arrange() {
    const wanted = document.querySelector("#search").value.trim().toUpperCase();
    const riskyOnly = document.querySelector("#risky-only").checked;
    const key = COLUMNS[this.#sort.column];
    const { direction } = this.#sort;
    this.#order = [...this.#states.values()]
      .filter((state) => (!riskyOnly || state.risky) && state.symbol.toUpperCase().includes(wanted))
      .sort((a, b) => direction * compare(key(a), key(b)) || compare(a.symbol, b.symbol))
      .map((state) => state.symbol);
    this.#sortedAt = performance.now();
    this.#isOutOfOrder = false;
    this.#table.setAttribute("aria-rowcount", this.#order.length + 1);
    const shown = this.#order.length === this.#states.size ? "" : `${count(this.#order.length)} of `;
    setText(document.querySelector("#symbols-count"), shown + plural(this.#states.size, "symbol"));
    const empty = document.querySelector("#symbols-empty");
    empty.hidden = this.#order.length > 0;
    setText(empty, this.#states.size ? "No symbol is like that." : "No symbol yet: no quote has arrived.");
    this.#draw();
  }

  #draw() {
    const height = parseFloat(getComputedStyle(this.#table).getPropertyValue("--row"));
    const first = Math.min(Math.max(Math.floor(this.#scroll.scrollTop / height) - EXTRA_ROWS, 0), this.#order.length);
    const fitting = Math.ceil(this.#scroll.clientHeight / height) + 2 * EXTRA_ROWS;
    const last = Math.min(first + fitting, this.#order.length);
    while (this.#rows.length < last - first) this.#addRow();
    while (this.#rows.length > last - first) this.#rows.pop().remove();
    this.#top.firstChild.style.height = `${first * height}px`;
    this.#bottom.firstChild.style.height = `${(this.#order.length - last) * height}px`;
    if (this.#focused < first || this.#focused >= last) this.#focused = Math.min(first + EXTRA_ROWS, last - 1);
    const now = Date.now();
    this.#rows.forEach((row, place) => this.#fill(row, first + place, now));
  }

  #addRow() {
    const row = make("tr");
    const head = make("th", "symbol");
    head.scope = "row";
    head.append(make("button"));
    head.firstChild.type = "button";
    row.append(head, make("td"), make("td"), make("td", "wide"), make("td", "wide"), make("td", "age"), make("td", "reason"));
    this.#bottom.before(row);
    this.#rows.push(row);
  }

  #fill(row, index, now) {
    const symbol = this.#order[index];
    const state = this.#states.get(symbol);
    const [head, bid, offer, spread, ratio, old, risk] = row.children;
    const ageMs = now - state.updated_at / 1000;
    row.symbol = symbol;
    row.index = index;
    row.setAttribute("aria-rowindex", index + 2);
    row.className = `${state.risky ? "risky" : ""} ${symbol === this.#open ? "open" : ""}`;
    head.firstChild.tabIndex = index === this.#focused ? 0 : -1;
    setText(head.firstChild, symbol);
    setPrice(bid, state.bid);
    setPrice(offer, state.offer);
    setPrice(spread, state.spread);
    setText(ratio, percent(state.spread / state.mid));
    setText(old, age(ageMs));
    old.classList.toggle("stale", ageMs > STALE_MS);
    setText(risk, reason(state.reason));
  }

  #move(event) {
    const page = Math.floor(this.#scroll.clientHeight / 30);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (!(event.key in steps)) return;
    event.preventDefault();
    this.#focused = Math.min(Math.max(this.#focused + steps[event.key], 0), this.#order.length - 1);
    const height = this.#rows[0].offsetHeight;
    const above = this.#focused * height;
    const room = this.#scroll.clientHeight - 2 * height; // below the head
    if (above < this.#scroll.scrollTop) this.#scroll.scrollTop = above;
    else if (above > this.#scroll.scrollTop + room) this.#scroll.scrollTop = above - room;
    this.#draw();
    this.#rows.find((row) => row.index === this.#focused)?.querySelector("button").focus({ preventScroll: true });
  }
}

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

function spacer() {
  const row = make("tr", "spacer");
  row.setAttribute("aria-hidden", "true");
  row.append(make("td"));
  return row;
}
