// Charts: what both services did over the last minutes, second by second.

import uPlot from "./vendor/uplot/uPlot.esm.js";
import { setText } from "./cells.js";
import { count, duration } from "./format.js";

const SHOWN_S = 600;

/** What the chart of messages shows. */
export const THROUGHPUT = {
  series: [
    { label: "quotes", colour: "--blue", show: count },
    { label: "orders", colour: "--good", show: count },
    { label: "alerts", colour: "--risk", show: count },
  ],
  tick: (value) => (value >= 1e6 ? `${value / 1e6} M` : value >= 1000 ? `${value / 1000} k` : String(value)),
  scale: { range: (_, low, high) => [0, Math.max(high * 1.1, 10)] },
};

/** What the chart of latencies shows. */
export const LATENCY = {
  series: [
    { label: "p50", colour: "--good", show: duration },
    { label: "p95", colour: "--blue", show: duration },
    { label: "p99", colour: "--violet", show: duration },
    { label: "p99.9", colour: "--risk", show: duration },
  ],
  tick: (value) => duration(value).replace(/\.0+ /, " "),
  splits: (plot, axis, low, high) => powersOfTen(low, high),
  scale: { distr: 3, range: (_, low, high) => [10 ** Math.floor(Math.log10(Math.max(low ?? 100, 10))), 10 ** Math.ceil(Math.log10(Math.max(high ?? 1000, 100) * 1.01))] },
};

export class Chart {
  #plot = null;
  #legend = [];
  #times = [];
  #columns;

  /**
   * @param {Element} place where it is drawn, filling it
   * @param {{series: object[], tick: (value: number) => string, scale: object}} kind
   * @param {Element} [legend] a list for the last values
   */
  constructor(place, kind, legend) {
    this.place = place;
    this.kind = kind;
    this.#columns = kind.series.map(() => []);
    this.#legend = legend ? kind.series.map((series) => legendItem(legend, series)) : [];
    new ResizeObserver(() => this.#resize()).observe(place);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#make());
  }

  /** Adds a second, or overwrites it. */
  add(time, values) {
    const last = this.#times.length - 1;
    const isNew = last < 0 || time > this.#times[last];
    if (isNew) this.#times.push(time);
    this.#columns.forEach((column, place) => (column[this.#times.length - 1] = values[place]));
    while (this.#times[0] < time - SHOWN_S) for (const each of [this.#times, ...this.#columns]) each.shift();
    this.#legend.forEach((output, place) => setText(output, this.kind.series[place].show(values[place])));
  }

  /** Everything anew. */
  replace(times, columns) {
    this.#times = times;
    this.#columns = columns;
  }

  /** The last second that was added; undefined if there is none. */
  get last() {
    return this.#times.at(-1);
  }

  draw() {
    if (!this.#plot) this.#make();
    this.#plot?.setData([this.#times, ...this.#columns]);
  }

  #make() {
    const { clientWidth: width, clientHeight: height } = this.place;
    this.#plot?.destroy();
    this.#plot = null; // one that is not in view is made when it comes into view, in the colours of then
    if (!width || !height) return;
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => resolve(style, name);
    const axis = { stroke: colour("--dim"), font: `11px ${style.fontFamily}`, ticks: { show: false } };
    const grid = { stroke: colour("--line"), width: 1 };
    this.#plot = new uPlot(
      {
        width,
        height,
        legend: { show: false },
        cursor: { show: false },
        padding: [8, 30, 0, 0], // the last time is centred on its tick
        scales: { x: { time: true }, y: this.kind.scale },
        axes: [
          { ...axis, grid: { show: false }, size: 26, space: 70, values: (_, ticks) => ticks.map(shortTime) },
          { ...axis, grid, size: 52, space: 40, splits: this.kind.splits, values: (_, ticks) => ticks.map((each) => (each == null ? "" : this.kind.tick(each))) },
        ],
        series: [{}, ...this.kind.series.map((each) => ({ stroke: colour(each.colour), width: 1.5, points: { show: false }, paths: each.paths }))],
      },
      [this.#times, ...this.#columns],
      this.place,
    );
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.place;
    if (this.#plot && width && height) this.#plot.setSize({ width, height });
    else this.draw();
  }
}

/** Steps, for what holds until it changes. */
export const steps = uPlot.paths.stepped({ align: 1 });

function legendItem(list, { label, colour }) {
  const item = document.createElement("li");
  const output = document.createElement("output");
  output.textContent = "–";
  item.style.setProperty("--colour", `var(${colour})`);
  item.append(label, output);
  list.append(item);
  return output;
}

/** A custom property's colour as the canvas understands it, for the theme of now. */
function resolve(style, name) {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function powersOfTen(low, high) {
  const powers = [];
  for (let power = 10 ** Math.ceil(Math.log10(low)); power <= high; power *= 10) powers.push(power);
  return powers;
}

function shortTime(seconds) {
  return new Date(seconds * 1000).toTimeString().slice(0, new Date(seconds * 1000).getSeconds() ? 8 : 5);
}
