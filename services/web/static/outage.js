// What is said everywhere while the server or Redis does not answer: what it is, and since when.

import { setText } from "./cells.js";
import { clockTime } from "./format.js";

export class Outage {
  #who = null;
  #what = null;
  #began = null;
  #isOlder = false; // it may have begun before the page was opened
  #knownUntil = null;

  /** Everything is known at this time, milliseconds since the epoch. */
  end(at) {
    this.#knownUntil = at;
    this.#who = this.#what = null;
    for (const note of document.querySelectorAll(".as-of")) note.hidden = true;
  }

  /**
   * Somebody does not answer.
   *
   * @param {"server" | "redis"} who
   * @param {string} what in words, such as "No connection"
   * @param {number} at when that was seen, milliseconds since the epoch
   */
  begin(who, what, at) {
    if (this.#who !== who) {
      this.#isOlder = this.#who === null && this.#knownUntil === null;
      this.#began = this.#who === null ? this.#knownUntil ?? at : at;
    }
    this.#who = who;
    this.#what = what;
    if (this.#knownUntil === null) return;
    for (const note of document.querySelectorAll(".as-of")) {
      note.hidden = false;
      setText(note, `As of ${clockTime(this.#knownUntil)}. ${what}.`);
    }
  }

  /** "since 10:02:03", while somebody does not answer. */
  get since() {
    return `since ${this.#isOlder ? "before " : ""}${clockTime(this.#began)}`;
  }

  /** What it is and since when; null while everything is known. */
  get words() {
    return this.#what === null ? null : `${this.#what} ${this.since}`;
  }
}
