// Numbers, times and ages as people read them.

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const precise = new Intl.NumberFormat("en-US", { maximumFractionDigits: 8 });
const seconds = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 });

/** 12,345; a dash for nothing. */
export function count(value) {
  return value == null ? "–" : whole.format(value);
}

/** 12,000,000 or 0.5; a dash for nothing. */
export function amount(value) {
  return value == null ? "–" : precise.format(value);
}

/** 2,999, then 123 k and 1.23 M; a dash for nothing. */
export function rate(value) {
  if (value == null || value < 99_999.5) return count(value);
  return value < 999_500 ? `${Math.round(value / 1000)} k` : `${(value / 1e6).toFixed(value < 1e8 ? 2 : 0)} M`;
}

/** Decimals of the prices in tables: as many as any of them so far needed, from 2 to 4. */
export let decimals = 2;

/** A price as [what counts, trailing zeros], so that decimal points stand below each other. */
export function price(value) {
  const head = plainPrice(value);
  const needed = Math.min(head.length - head.indexOf(".") - 1, 4);
  if (!head.includes(".")) return [head, ""];
  decimals = Math.max(decimals, needed);
  return [head, "0".repeat(decimals - needed)];
}

/** A price with 2 to 4 decimals; with all that it has where that would be nothing. */
export function plainPrice(value) {
  if (value == null) return "–";
  if (Math.abs(value) >= 1e15) return value.toExponential();
  const fine = value.toFixed(4);
  if (Math.abs(value) < 1 && Number(fine) !== value) return String(value);
  return value.toFixed(fine.endsWith("00") ? 2 : fine.endsWith("0") ? 3 : 4);
}

/** 0.0123 as 1.23, of a hundred; a dash for nothing. */
export function percent(ratio) {
  return ratio === null ? "–" : (ratio * 100).toFixed(2);
}

/** Microseconds as 87 µs, 1.20 ms or 2.1 s. */
export function duration(us) {
  if (us == null) return "–";
  if (us < 1000) return `${Math.round(us)} µs`;
  if (us < 1e6) return `${(us / 1000).toFixed(us < 1e4 ? 2 : 1)} ms`;
  return `${(us / 1e6).toFixed(1)} s`;
}

/** Milliseconds as 0.4 s, 12 s, 3 min, 5 h or 2 d. */
export function age(ms) {
  if (ms === null) return "–";
  const s = Math.max(ms, 0) / 1000;
  if (s < 10) return `${s.toFixed(1)} s`;
  if (s < 120) return `${Math.round(s)} s`;
  if (s < 7200) return `${Math.round(s / 60)} min`;
  if (s < 172800) return `${Math.round(s / 3600)} h`;
  return `${Math.round(s / 86400)} d`;
}

/** The same in whole seconds: for what has been so for a while. */
export function span(ms) {
  return age(Math.max(Math.floor(ms / 1000) * 1000, 0)).replace(".0 s", " s");
}

/** Microseconds since the epoch as 14:30:00.123, local time. */
export function time(us) {
  return clock.format(new Date(us / 1000));
}

/** Milliseconds since the epoch as 10:02:03, local time; with the day if that is not today. */
export function clockTime(ms) {
  const then = new Date(ms);
  const isToday = then.toDateString() === new Date().toDateString();
  return isToday ? seconds.format(then) : `${day.format(then)}, ${seconds.format(then)}`;
}

/** What the list says in place of alerts after one ID and up to another that can no longer be had. */
export function gapWords({ from, to }) {
  const [first, last] = [from, to].map((id) => parseInt(id, 10)); // an ID begins with its milliseconds
  if (last < first) return `After ${clockTime(first)} alerts may be missing: Redis has lost what it had.`;
  if (!first) return `Before ${clockTime(last)} alerts are missing: Redis no longer has them.`;
  return `Between ${clockTime(first)} and ${clockTime(last)} alerts are missing: Redis no longer has them.`;
}

const LONGEST_NAME = 24; // characters: those of options fit

/** A symbol as lists show it: of one that is very long, its beginning and its end. */
export function shortName(symbol) {
  return symbol.length > LONGEST_NAME ? `${symbol.slice(0, LONGEST_NAME - 9)}…${symbol.slice(-8)}` : symbol;
}

/** `spread_ratio` as "spread ratio". */
export function reason(list) {
  return list.map((each) => each.replaceAll("_", " ")).join(", ");
}

const STATUSES = ["trading", "halted", "paused", "auction", "closed", "not firm"];

/** What is to be said of a symbol: why it is risky, its state unless it has both sides, that it does not trade. */
export function remarks({ reason: reasons, state, status }) {
  const more = state === "two_sided" ? [] : [state];
  if (status) more.push(STATUSES[status]);
  return reason([...new Set([...reasons, ...more])]);
}

const SIGNS = { ">=": "≥", ">": ">", "<": "<" };

/** Why an alert was raised: `spread>=0.10:0.12` as "spread 0.12 ≥ 0.10", where limits say by how much. */
export function causes({ reason: reasons, broken }) {
  return broken?.length ? broken.map(cause).join(", ") : reason(reasons);
}

function cause(text) {
  const [, name, sign, limit, measured] = /^(\w+)(>=|>|<)([^:]*):(.*)$/.exec(text) ?? [];
  return reason([name === undefined ? text : `${name} ${measured} ${SIGNS[sign]} ${limit}`]);
}

/** `4,350 of 10,000 symbols`, with the right plural. */
export function plural(number, noun) {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}
