// The line of FIX sessions: which are up, which are down and since when, their numbers, and what waits.

import { make, setText } from "./cells.js";
import { serverNow } from "./clock.js";
import { clockTime, count, shortName } from "./format.js";

const FEW = 2; // sessions have room in a line
const MOST_SHOWN = 30;
const LAGGING = 1000;
const LONGEST_ERROR = 80; // characters
const RECENT_MS = 60_000;
const SEVERITY = ["good", "slow", "bad"];
const byName = new Intl.Collator(undefined, { numeric: true }).compare;
const place = document.querySelector("#sessions");
const list = place.querySelector("ul");

/** Shows the sessions of all services; nothing where none has any, and never had since the page was opened. */
export function showSessions(services) {
  const groups = Object.values(Object.groupBy(services.filter((each) => each.sessions_configured), (each) => each.role));
  if (!groups.length) return showNoSessions("no running service has any");
  const all = total(groups, (group) => Math.max(...group.map((each) => each.sessions_configured)));
  const up = total(groups, (group) => group.reduce((sum, each) => sum + each.sessions_up, 0));
  const items = groups.flatMap(merged).map(described).sort((a, b) => b.severity - a.severity || byName(a.text, b.text));
  place.hidden = false;
  place.dataset.are = all > FEW ? "many" : "few";
  showSummary(`${count(Math.min(up, all))} of ${count(all)} up`);
  showItems(items.slice(0, MOST_SHOWN), all);
}

/** Shows why there are none, or that nothing is known of them; only where there were any before. */
export function showNoSessions(why) {
  if (place.hidden) return;
  showSummary(why);
  list.replaceChildren();
}

function showSummary(text) {
  setText(place.querySelector(".words"), text);
}

function total(groups, figure) {
  return groups.reduce((sum, group) => sum + figure(group), 0);
}

/**
 * The sessions of all instances of a role, each once: it is up where any of them has it.
 *
 * An instance with very many does not name all that are up: what only some instances name as down may be one of those.
 */
function merged(services) {
  const named = Object.groupBy(services.flatMap((each) => each.sessions.map((session) => ({ ...session, service: each }))), (each) => each.name);
  const areAllNamed = services.every((each) => each.sessions.length === each.sessions_configured);
  return Object.values(named)
    .map((found) => [...found].sort((a, b) => b.up - a.up || (b.since ?? 0) - (a.since ?? 0)))
    .filter((found) => found[0].up || areAllNamed || found.length === services.length)
    .map(([found]) => found);
}

/** Its severity, 0 to 2, its text, what went wrong if that matters now, and what a tooltip says besides. */
function described({ name, role, up, since, next_in, next_out, lag, last_error, last_error_at, service }) {
  const error = last_error && `${last_error}, ${clockTime(last_error_at / 1000)}`;
  const title = [name, `${role} of ${service.instance}`, since && `since ${clockTime(since / 1000)}`, error && `last error: ${error}`];
  const numbers = next_in == null ? "" : ` in ${count(next_in)} out ${count(next_out)}`;
  let severity = 2;
  let text = `${shortName(name)} ${since ? `down since ${clockTime(since / 1000)}` : "not logged on yet"}${numbers}`;
  if (up) {
    const isTroubled = lag >= LAGGING || (last_error && last_error_at > since && serverNow() - last_error_at / 1000 < RECENT_MS);
    severity = isTroubled ? 1 : 0;
    text = `${shortName(name)} up${numbers} lag ${count(lag)}`;
  }
  const isLong = last_error?.length > LONGEST_ERROR;
  const why = severity && last_error ? ` (${isLong ? `${last_error.slice(0, LONGEST_ERROR)}…` : last_error})` : "";
  return { severity, text, why, title: title.filter(Boolean).join("\n") };
}

function showItems(items, all) {
  while (list.children.length > items.length + 1) list.lastChild.remove();
  while (list.children.length < items.length + 1) list.append(newItem());
  const rest = all > items.length ? `and ${count(all - items.length)} more` : "";
  [...items, { text: rest, why: "", title: "" }].forEach(({ severity, text, why, title }, at) => {
    const item = list.children[at];
    item.hidden = !text;
    if (severity === undefined) item.removeAttribute("data-state");
    else item.dataset.state = SEVERITY[severity];
    setText(item.firstChild, text);
    setText(item.lastChild, why);
    if (item.title !== title) item.title = title;
  });
}

function newItem() {
  const item = document.createElement("li");
  item.append(make("span"), make("span", "why"));
  return item;
}
