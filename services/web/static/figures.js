// The figures of the header, each with its age as soon as it is old.

import { setText } from "./cells.js";
import { serverNow } from "./clock.js";
import { duration, rate, span } from "./format.js";
import { sum, worst } from "./services.js";

const OLD_MS = 3000; // figures come once a second
const taken = new Map();

/** Shows what a status event's services do. */
export function showRates(services) {
  const show = (name, role, value, format) => showFigure(name, value, { format, oldMs: worst(services, role, "silence_ms") ?? 0 });
  show("quotes", "ingest", sum(services, "ingest", "rate"), rate);
  show("orders", "check", sum(services, "check", "rate"), rate);
  show("alerts", "check", sum(services, "check", "alerts_rate"), rate);
  show("p50", "check", worst(services, "check", "latency_p50_us"), duration);
  show("p99", "check", worst(services, "check", "latency_p99_us"), duration);
}

/** Shows a figure that was so `oldMs` ago. */
export function showFigure(name, value, { format = rate, oldMs = 0 } = {}) {
  setText(document.querySelector(`#figure-${name}`), format(value));
  taken.set(name, value == null ? null : serverNow() - oldMs);
}

/** A second has passed: says how old the old ones are. */
export function ageFigures() {
  for (const [name, at] of taken) {
    const ageMs = at === null ? 0 : serverNow() - at;
    showAge(document.querySelector(`#figure-${name}`).parentElement, ageMs);
  }
}

/** Marks what an element shows as old, in its `.age`, if it is. */
export function showAge(element, ageMs) {
  const isOld = ageMs > OLD_MS;
  element.classList.toggle("old", isOld);
  element.title = isOld ? `This figure is ${span(ageMs)} old` : "";
  setText(element.querySelector(".age"), isOld ? `${span(ageMs)} old` : "");
}
