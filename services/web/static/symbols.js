// The table of symbols: thousands of rows, of which only those in sight exist.

import { make, setPrice, setSymbol, setText } from "./cells.js";
import { serverNow } from "./clock.js";
import { Columns } from "./columns.js";
import { age, count, percent, plural, reason } from "./format.js";
import { by, ratio } from "./symbol_order.js";

const STALE_MS = 60_000;
const DEAD_MS = 600_000;
const LINE = 16; // pixels of each further line of a symbol
const PLAN = {
  names: ["symbol", "bid", "offer", "spread", "ratio", "age", "reason"],
  going: [["ratio"], ["age"], ["reason"], ["spread"]],
  wrapping: "symbol",
};
const SORT_EVERY_MS = 2000; // rows that move all the time cannot be read
const EXTRA_ROWS = 4;

export class SymbolTable {
  #states = new Map();
  #order = [];
  #rows = [];
  #sort = { column: "symbol", direction: 1 };
  #sortedAt = 0;
  #isOutOfOrder = false;
  #open = null;
  #focused = 0;
  #newest = null;
  #isKnown = false;
  #unknown = null;
  #scroll = document.querySelector("#symbols-scroll");
  #table = this.#scroll.querySelector("table");
  #body = this.#table.tBodies[0];
  #top = spacer();
  #bottom = spacer();
  #columns = new Columns(this.#scroll, PLAN);

  /** @param {(symbol: string) => void} onOpen */
  constructor(onOpen) {
    this.#body.append(this.#top, this.#bottom);
    this.#scroll.addEventListener("scroll", () => this.#draw(), { passive: true });
    new ResizeObserver(() => this.#fit()).observe(this.#scroll);
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
    this.#explain();
  }

  /** How many symbols there are, and how many of them are risky. */
  get totals() {
    let risky = 0;
    for (const state of this.#states.values()) risky += state.risky;
    return { all: this.#states.size, risky };
  }

  /** How old the newest quote is; null if there is none. */
  get newestAgeMs() {
    return this.#newest === null ? null : Math.max(serverNow() - this.#newest / 1000, 0);
  }

  get(symbol) {
    return this.#states.get(symbol);
  }

  /** All symbols, in place of what there was. */
  replace(states) {
    this.#states = new Map(states.map((state) => [state.symbol, state]));
    this.#isKnown = true;
    this.#newest = null;
    this.#see(states);
    this.#arrange();
  }

  /** Some symbols that have changed. */
  update(states) {
    let isNew = false;
    this.#see(states);
    for (const state of states) {
      isNew ||= this.#states.get(state.symbol)?.risky !== state.risky;
      this.#states.set(state.symbol, state);
    }
    if (isNew && !this.#isPointedAt) this.#arrange();
    else this.#isOutOfOrder ||= isNew || this.#sort.column !== "symbol";
    this.refresh();
  }

  /** Says why nothing new is known; null: it is. */
  setUnknown(why) {
    this.#unknown = why;
    this.#explain();
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

  #see(states) {
    for (const { updated_at: at } of states) if (at > (this.#newest ?? 0)) this.#newest = at;
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
    this.#order = [...this.#states.values()]
      .filter((state) => (!riskyOnly || state.risky) && state.symbol.toUpperCase().includes(wanted))
      .sort(by(this.#sort))
      .map((state) => state.symbol);
    this.#sortedAt = performance.now();
    this.#isOutOfOrder = false;
    this.#table.setAttribute("aria-rowcount", this.#order.length + 1);
    const shown = this.#order.length === this.#states.size ? "" : `${count(this.#order.length)} of `;
    setText(document.querySelector("#symbols-count"), shown + plural(this.#states.size, "symbol"));
    this.#explain();
    this.#draw();
  }

  /** What an empty table says. */
  #explain() {
    const empty = document.querySelector("#symbols-empty");
    empty.hidden = this.#order.length > 0;
    const none = this.#isKnown ? "No symbol yet: no quote has arrived." : "Connecting";
    setText(empty, this.#states.size ? "No symbol is like that." : this.#unknown ?? none);
  }

  #draw() {
    this.#drawRows();
    if (this.#columns.isDue) this.#fit();
  }

  /** Lays the columns out; rows are as high as the symbol that takes most lines. */
  #fit() {
    this.#columns.fit();
    this.#table.style.setProperty("--more", `${(this.#columns.lines - 1) * LINE}px`);
    this.#drawRows();
  }

  #drawRows() {
    const style = getComputedStyle(this.#table);
    const height = parseFloat(style.getPropertyValue("--row")) + (parseFloat(style.getPropertyValue("--more")) || 0);
    const first = Math.min(Math.max(Math.floor(this.#scroll.scrollTop / height) - EXTRA_ROWS, 0), this.#order.length);
    const fitting = Math.ceil(this.#scroll.clientHeight / height) + 2 * EXTRA_ROWS;
    const last = Math.min(first + fitting, this.#order.length);
    while (this.#rows.length < last - first) this.#addRow();
    while (this.#rows.length > last - first) this.#rows.pop().remove();
    this.#top.firstChild.style.height = `${first * height}px`;
    this.#bottom.firstChild.style.height = `${(this.#order.length - last) * height}px`;
    if (this.#focused < first || this.#focused >= last) this.#focused = Math.min(first + EXTRA_ROWS, last - 1);
    const now = serverNow();
    this.#rows.forEach((row, place) => this.#fill(row, first + place, now));
  }

  #addRow() {
    const row = make("tr");
    const head = make("th", "symbol");
    head.scope = "row";
    head.append(make("button"));
    head.firstChild.type = "button";
    row.append(head, ...PLAN.names.slice(1).map((name) => make("td", name)));
    this.#bottom.before(row);
    this.#rows.push(row);
  }

  #fill(row, index, now) {
    const symbol = this.#order[index];
    const state = this.#states.get(symbol);
    const [head, bid, offer, spread, share, old, risk] = row.children;
    const ageMs = now - state.updated_at / 1000;
    row.symbol = symbol;
    row.index = index;
    row.setAttribute("aria-rowindex", index + 2);
    row.className = `${state.risky ? "risky" : ""} ${symbol === this.#open ? "open" : ""}`;
    head.firstChild.tabIndex = index === this.#focused ? 0 : -1;
    if (setSymbol(head.firstChild, symbol)) this.#columns.note("symbol", head.firstChild.textContent);
    this.#putPrice(bid, "bid", state.bid);
    this.#putPrice(offer, "offer", state.offer);
    this.#putPrice(spread, "spread", state.spread);
    this.#put(share, "ratio", percent(ratio(state)));
    this.#put(old, "age", age(ageMs));
    old.classList.toggle("stale", ageMs > STALE_MS);
    old.classList.toggle("dead", ageMs > DEAD_MS);
    this.#put(risk, "reason", reason(state.reason));
  }

  #put(cell, column, text) {
    if (setText(cell, text)) this.#columns.note(column, text);
  }

  #putPrice(cell, column, value) {
    if (setPrice(cell, value)) this.#columns.note(column, cell.textContent);
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

function spacer() {
  const row = make("tr", "spacer");
  row.setAttribute("aria-hidden", "true");
  row.append(make("td"));
  return row;
}
