// The state of both services and of Redis, in words.

import { setText } from "./cells.js";
import { count, plural } from "./format.js";

const LAGGING = 1000;
const OLD_S = 3;
const ROLES = ["ingest", "check"];
const STATES = { holding: "holding everything back", stopping: "stopping" };

/** Shows a status event. */
export function showServices({ at, redis, services }) {
  for (const role of ROLES) {
    const running = services.filter((each) => each.role === role);
    show(role, ...(redis.state === "ok" ? describe(at, running) : ["unknown", "not known while Redis is away"]));
  }
  if (redis.state === "ok") show("redis", "good", "connected", `answers in ${redis.roundtrip_ms.toFixed(1)} ms`);
  else show("redis", "bad", `away: ${redis.detail}`);
}

/** Shows that nothing is known, for the server does not answer. */
export function showNothingKnown() {
  for (const part of [...ROLES, "redis"]) show(part, "unknown", "not known");
}

function describe(at, running) {
  if (!running.length) return ["bad", "stopped"];
  const lag = Math.max(...running.map((each) => each.lag ?? 0));
  const late = running.find((each) => at - each.updated_at > OLD_S * 1e6);
  const other = running.map((each) => STATES[each.state]).find(Boolean);
  const versions = [...new Set(running.map((each) => each.version))].join(", ");
  const about = `${running.length > 1 ? `${running.length} instances, ` : ""}version ${versions}`;
  if (other) return ["slow", other, about];
  if (late) return ["slow", "does not report", about];
  if (lag >= LAGGING) return ["slow", `lagging: ${plural(lag, "message")} behind`, about];
  return ["good", "running", about];
}

function show(part, state, words, more = "") {
  const item = document.querySelector(`#service-${part}`);
  item.dataset.state = state;
  setText(item.querySelector(".words"), words);
  item.title = more;
}

/** The sum of a figure over all instances of a role; null if there is none. */
export function sum(services, role, name) {
  const values = services.filter((each) => each.role === role && each[name] != null).map((each) => each[name]);
  return values.length ? values.reduce((a, b) => a + b, 0) : null;
}

/** The largest of a figure over all instances of a role; null if there is none. */
export function worst(services, role, name) {
  const values = services.filter((each) => each.role === role && each[name] != null).map((each) => each[name]);
  return values.length ? Math.max(...values) : null;
}

/** Shows a figure of the header. */
export function showFigure(name, value, format = count) {
  setText(document.querySelector(`#figure-${name}`), format(value));
}
