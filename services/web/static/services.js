// The state of both services and of Redis, in words.

import { setText } from "./cells.js";
import { count, plural, span } from "./format.js";

const LAGGING = 1000;
const SILENT_MS = 3000; // a service reports once a second
const QUIET_MS = 5000;
const DEAD_MS = 60_000;
const ROLES = ["ingest", "check"];
const STATES = { holding: "holding everything back", stopping: "stopping" };
const SEVERITY = ["good", "slow", "bad"];

/**
 * Shows how the services are.
 *
 * @param {object[]} services what `Watch` makes of a status event's
 * @param {number | null} quoteAgeMs how old the newest quote of any symbol is; null if there is none
 */
export function showServices(services, quoteAgeMs) {
  for (const role of ROLES) {
    const running = services.filter((each) => each.role === role);
    const found = role === "ingest" ? quotes(running, quoteAgeMs) : [];
    show(role, ...describe(running, found), about(running));
  }
}

/** Shows that Redis answers. */
export function showRedis(roundtripMs) {
  show("redis", "good", "connected", `answers in ${roundtripMs.toFixed(1)} ms`);
}

/** Shows that Redis is away, or refuses the server, and that therefore nothing is known of the services. */
export function showNoRedis(state, since, more) {
  for (const role of ROLES) show(role, "unknown", `not known ${since}`);
  show("redis", "bad", `${state} ${since}`, more);
}

/** Shows that nothing is known, for the server does not answer. */
export function showNothingKnown(since) {
  for (const part of [...ROLES, "redis"]) show(part, "unknown", `not known ${since}`);
}

/** The state and the words for all instances of a role. */
function describe(running, found) {
  if (!running.length) return ["bad", ["stopped", ...found.map(([, words]) => words)].join(", ")];
  const all = [...trouble(running), ...found, ...senders(running), ...refused(running), ...limits(running)];
  const worst = Math.max(0, ...all.map(([severity]) => severity));
  const words = all.map(([, text]) => text);
  return [SEVERITY[worst], (worst ? words : ["running", ...words]).join(", ")];
}

/** Each of these gives pairs of a severity, 0 to 2, and words. */
function trouble(running) {
  const found = [];
  const state = running.map((each) => STATES[each.state]).find(Boolean);
  if (state) found.push([1, state]);
  const silence = Math.max(...running.map((each) => each.silence_ms));
  if (silence > SILENT_MS) found.push([2, `has not reported for ${span(silence)}`]);
  const lag = Math.max(...running.map((each) => each.lag ?? 0));
  if (lag >= LAGGING) found.push([1, `${plural(lag, "message")} behind`]);
  return found;
}

/** A service knows since when it has had no quote; from before it started there are the quotes themselves. */
function quotes(running, newestMs) {
  const ages = running.filter((each) => each.last_quote_age_ms != null).map((each) => each.last_quote_age_ms + each.silence_ms);
  if (!ages.length && newestMs === null) return [[1, "no quote yet"]];
  const youngest = ages.length ? Math.min(...ages) : newestMs;
  if (youngest < QUIET_MS) return [];
  return [[youngest < DEAD_MS ? 1 : 2, `no quotes for ${span(youngest)}`]];
}

/** A service that takes its messages from elsewhere needs no sender. */
function senders(running) {
  const listening = running.filter((each) => each.listen !== "none" && each.connections != null);
  const isAlone = listening.length > 0 && listening.every((each) => each.connections === 0);
  return isAlone && !running.some((each) => each.rate > 0) ? [[1, "no sender connected"]] : [];
}

function refused(running) {
  const total = running.reduce((sum, each) => sum + (each.rejected_total ?? 0), 0);
  const grown = running.reduce((sum, each) => sum + each.rejected_growth, 0);
  if (!total) return [];
  return [[grown > 0 ? 1 : 0, `${plural(total, "frame")} refused${grown > 0 ? ` (${count(grown)} in the last minute)` : ""}`]];
}

/** Which version of the limits is in force; of several instances all may not have followed yet. */
function limits(running) {
  const versions = [...new Set(running.map((each) => each.limits ?? 0))].sort((a, b) => a - b);
  if (versions.length > 1) return [[1, `limits ${versions.join(" and ")}`]];
  return versions[0] ? [[0, `limits ${versions[0]}`]] : [];
}

function about(running) {
  const versions = [...new Set(running.map((each) => each.version))].join(", ");
  if (!running.length) return "";
  return `${running.length > 1 ? `${running.length} instances, ` : ""}version ${versions}`;
}

function show(part, state, words, more = "") {
  const item = document.querySelector(`#service-${part}`);
  item.dataset.state = state;
  setText(item.querySelector(".words"), words);
  item.title = more;
}

/** The sum of a figure over all instances of a role; null if there is none. */
export function sum(services, role, name) {
  const values = valuesOf(services, role, name);
  return values.length ? values.reduce((a, b) => a + b, 0) : null;
}

/** The largest of a figure over all instances of a role; null if there is none. */
export function worst(services, role, name) {
  const values = valuesOf(services, role, name);
  return values.length ? Math.max(...values) : null;
}

function valuesOf(services, role, name) {
  return services.filter((each) => each.role === role && each[name] != null).map((each) => each[name]);
}
