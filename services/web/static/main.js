// The live page: fetches the past, then follows one stream of events.

import { AlertList } from "./alerts.js";
import { getJson } from "./api.js";
import { setText } from "./cells.js";
import { Chart, LATENCY, THROUGHPUT } from "./charts.js";
import { serverNow, setServerTime } from "./clock.js";
import { Detail, SpreadHistory } from "./detail.js";
import { ageFigures, showAge, showFigure, showRates } from "./figures.js";
import { follow, words } from "./live.js";
import { Outage } from "./outage.js";
import { showNoRedis, showNothingKnown, showRedis, showServices, sum, worst } from "./services.js";
import { showNoSessions, showSessions } from "./sessions.js";
import { SymbolTable } from "./symbols.js";
import { Watch } from "./watch.js";

const PAST_S = 600;
const PAST_ALERTS = 100;
const PERCENTILES = ["latency_p50_us", "latency_p95_us", "latency_p99_us", "latency_p999_us"];

const history = new SpreadHistory();
const symbols = new SymbolTable((symbol) => detail.open(symbol));
const detail = new Detail(symbols, history);
const alerts = new AlertList((symbol) => detail.open(symbol));
const throughput = new Chart(document.querySelector("#throughput"), THROUGHPUT, document.querySelector("#throughput-legend"));
const latency = new Chart(document.querySelector("#latency"), LATENCY, document.querySelector("#latency-legend"));

const outage = new Outage();
const watch = new Watch();

const handlers = {
  snapshot({ symbols: states }) {
    symbols.replace(states);
    history.record(states);
    showRisky();
  },
  symbols({ symbols: states }) {
    symbols.update(states);
    history.record(states);
    showRisky();
  },
  alert(alert) {
    alerts.add(alert);
    detail.add(alert);
  },
  gap(gap) {
    alerts.addGap(gap);
  },
  status(status) {
    setServerTime(status.at);
    if (status.redis.state === "ok") showKnown(status);
    else showAway(status);
    addSecond(Math.floor(status.at / 1e6), status.services);
    throughput.draw();
    latency.draw();
  },
};

/** Everything answers. */
function showKnown(status) {
  outage.end(serverNow());
  showConnection("good", "Live");
  const services = watch.look(status);
  showRedis(status.redis.roundtrip_ms);
  showServices(services, symbols.newestAgeMs);
  showSessions(services);
  showRates(services);
  showRisky();
}

function showAway({ at, redis }) {
  const isRefused = redis.state === "refused"; // the text then says what to do, in words of ours
  const what = isRefused ? "Redis refuses the server" : "Redis is away";
  outage.begin("redis", what, at / 1000);
  showConnection("bad", what);
  showNoRedis(isRefused ? "refuses the server" : "away", outage.since, isRefused ? redis.detail : "");
  showNoSessions(`not known ${outage.since}`);
}

function showServerGone(error) {
  outage.begin("server", words(error), serverNow());
  showConnection("bad", outage.words);
  showNothingKnown(outage.since);
  showNoSessions(`not known ${outage.since}`);
}

function showConnection(state, text) {
  const place = document.querySelector("#connection");
  place.dataset.state = state;
  setText(place, text);
  alerts.setUnknown(outage.words);
  symbols.setUnknown(outage.words);
}

function showRisky() {
  const { all, risky } = symbols.totals;
  showFigure("risky", all ? risky : null);
}

function addSecond(time, services) {
  throughput.add(time, [
    sum(services, "ingest", "rate"),
    sum(services, "check", "rate"),
    sum(services, "check", "alerts_rate"),
  ]);
  latency.add(time, PERCENTILES.map((name) => worst(services, "check", name)));
}

/** What both services did before the page was opened. */
async function loadPast() {
  const after = Date.now() - PAST_S * 1000;
  const pages = await Promise.all(["ingest", "check"].map((role) => getJson(`stats/${role}?after=${after}&limit=10000`)));
  const seconds = new Map();
  for (const { role, stats } of pages) {
    for (const figures of stats) {
      const second = Math.floor(parseInt(figures.id, 10) / 1000);
      if (!seconds.has(second)) seconds.set(second, { ingest: [], check: [] });
      seconds.get(second)[role].push({ ...figures, role });
    }
  }
  let before = { ingest: [], check: [] };
  for (const second of [...seconds.keys()].sort((a, b) => a - b)) {
    const now = seconds.get(second);
    // Reports come about once a second: one that misses a second by little is no gap.
    addSecond(second, [...orElse(now.ingest, before.ingest), ...orElse(now.check, before.check)]);
    before = now;
  }
  throughput.draw();
  latency.draw();
}

function orElse(list, other) {
  return list.length ? list : other;
}

/** Something was asked for in vain: the server may know that Redis is away. */
async function fail(error) {
  try {
    const status = error.status === 503 ? await getJson("status") : null;
    if (status === null || status.redis.state === "ok") showServerGone(error);
    else handlers.status(status);
  } catch (again) {
    showServerGone(again);
  }
}

async function start() {
  for (;;) {
    try {
      await loadPast();
      const { alerts: past } = await getJson(`alerts?limit=${PAST_ALERTS}`);
      alerts.fill(past.toReversed());
      return follow(past[0]?.id ?? "0", (name, data) => handlers[name]?.(data), fail);
    } catch (error) {
      await fail(error);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

function showAges() {
  ageFigures();
  for (const chart of [throughput, latency]) {
    showAge(chart.place.parentElement, chart.last === undefined ? 0 : serverNow() - chart.last * 1000);
  }
}

for (const button of document.querySelectorAll("nav button")) {
  button.addEventListener("click", () => {
    document.body.dataset.view = button.dataset.view;
    for (const each of document.querySelectorAll("nav button")) each.setAttribute("aria-pressed", each === button);
  });
}

setInterval(showAges, 1000);
start();
