// The list of alerts: newest first, can be paused.

import { AlertRows, openWithToken } from "./alert_rows.js";
import { setText } from "./cells.js";
import { count, gapWords, plural } from "./format.js";

const MOST_ROWS = 200;

export class AlertList {
  #waiting = [];
  #seen = 0;
  #isPaused = false;
  #isDrawing = false;
  #isKnown = false;
  #unknown = null;
  #scroll = document.querySelector("#alerts-scroll");
  #body = this.#scroll.querySelector("tbody");
  #rows = new AlertRows(this.#scroll);
  #pause = document.querySelector("#pause");

  /** @param {(symbol: string) => void} onOpen */
  constructor(onOpen) {
    this.#pause.addEventListener("click", () => this.#toggle());
    document.querySelector("#alerts-json").addEventListener("click", (event) => openWithToken(event, "alerts"));
    this.#body.addEventListener("click", (event) => {
      const { symbol } = event.target.closest("button")?.dataset ?? {};
      if (symbol) onOpen(symbol);
    });
    this.#explain();
  }

  /** Alerts that were there before the page, oldest first. */
  fill(alerts) {
    this.#isKnown = true;
    for (const alert of alerts) this.#put(this.#rows.row(alert));
    this.#explain();
  }

  /** One that has just come. */
  add(alert) {
    this.#seen += 1;
    this.#put(this.#rows.row(alert));
  }

  /** Alerts that can no longer be had. */
  addGap(gap) {
    this.#put(this.#rows.words(gapWords(gap)));
  }

  /** Says why nothing new is known; null: it is. */
  setUnknown(why) {
    this.#unknown = why;
    this.#explain();
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
    this.#rows.fit();
    this.#explain();
  }

  /** What an empty list says. */
  #explain() {
    const place = document.querySelector("#alerts-empty");
    place.hidden = this.#body.rows.length > 0 || this.#waiting.length > 0;
    setText(place, this.#unknown ?? (this.#isKnown ? "No alert yet." : "Connecting"));
  }

  #toggle() {
    this.#isPaused = !this.#isPaused;
    this.#pause.setAttribute("aria-pressed", this.#isPaused);
    setText(this.#pause, this.#isPaused ? "Go on (0)" : "Pause");
    this.#draw();
  }
}
