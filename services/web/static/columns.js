// Columns as wide as what they hold, so that no number is ever cut; where there is no room, whole columns go.

import { make } from "./cells.js";

const MOST_KNOWN = 5000;
const LEAST_WRAPPED = 64; // pixels that a text which wraps keeps

/** The columns of a table whose cells have their column's name as a class; CSS reads `--<name>` and `data-off`. */
export class Columns {
  #table;
  #scroll;
  #probe = make("div", "probe");
  #known = new Set();
  #fresh = [];
  #widest = new Map();

  /**
   * @param {Element} scroll what the table scrolls in
   * @param {{names: string[], going: string[][], wrapping?: string}} plan all columns; in which groups they leave
   *   the line, the first to go first; and the one whose text wraps when nothing more can go
   */
  constructor(scroll, { names, going, wrapping }) {
    this.#scroll = scroll;
    this.#table = scroll.querySelector("table");
    this.names = names;
    this.going = going;
    this.wrapping = wrapping;
    /** How many lines the text that wraps takes. */
    this.lines = 1;
    this.#probe.setAttribute("aria-hidden", "true");
    document.body.append(this.#probe); // in sight of CSS even while the table is not
    for (const name of names) this.#noteHead(name);
  }

  /** Makes a cell's column wide enough for a text. */
  note(name, text) {
    const shape = `${name} ${text.replace(/\d/g, "0")}`; // all digits are equally wide
    if (this.#known.has(shape)) return;
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.add(shape);
    this.#fresh.push({ name, kind: name, text });
  }

  /** Whether a text has come that may be wider than its column. */
  get isDue() {
    return this.#fresh.length > 0;
  }

  /** Lays the columns out for what they hold and for the room that there is. */
  fit() {
    const widths = this.#measure();
    const room = this.#scroll.clientWidth;
    if (!room) return; // not in view
    const off = new Set();
    const missing = () => this.names.reduce((sum, name) => sum + (off.has(name) ? 0 : widths[name]), -room);
    for (const group of this.going) if (missing() > 0) for (const name of group) off.add(name);
    this.lines = 1;
    if (this.wrapping && missing() > 0) {
      const wanted = widths[this.wrapping];
      const given = Math.min(wanted, Math.max(wanted - missing(), LEAST_WRAPPED));
      this.lines = Math.ceil((wanted * 1.15) / given); // a line ends before its last character is whole
      widths[this.wrapping] = given;
    }
    for (const name of this.names) this.#set(`--${name}`, `${widths[name]}px`);
    this.#set("--total", `${missing() + room}px`);
    const words = [...off].join(" ");
    if (this.#table.dataset.off !== words) this.#table.dataset.off = words;
  }

  #noteHead(name) {
    const head = this.#table.tHead?.querySelector(`.${name}`);
    if (!head) return;
    const arrow = head.querySelector("button") ? " ↓" : "";
    this.#fresh.push({ name, kind: "heading", text: head.textContent + arrow });
  }

  /** The widths that the columns need, in whole pixels; the widest text of each is measured anew each time. */
  #measure() {
    const asked = [...this.#widest.values(), ...this.#fresh];
    this.#fresh = [];
    this.#probe.replaceChildren(...asked.map(({ kind, text }) => make("span", kind, text)));
    const widths = Object.fromEntries(this.names.map((name) => [name, 0]));
    asked.forEach((each, place) => {
      const width = Math.ceil(this.#probe.children[place].getBoundingClientRect().width) + 1;
      if (width <= widths[each.name]) return;
      widths[each.name] = width;
      this.#widest.set(each.name, each);
    });
    this.#probe.replaceChildren();
    return widths;
  }

  #set(name, value) {
    if (this.#table.style.getPropertyValue(name) !== value) this.#table.style.setProperty(name, value);
  }
}
