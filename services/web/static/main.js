// The live page: fetches the past, then follows one stream of events.

import { AlertList } from "./alerts.js";
import { getJson } from "./api.js";
import { Chart, LATENCY, THROUGHPUT } from "./charts.js";
import { setText } from "./cells.js";
import { Detail, SpreadHistory } from "./detail.js";
import { duration } from "./format.js";
import { follow } from "./live.js";
import { showFigure, showNothingKnown, showServices, sum, worst } from "./services.js";
import { SymbolTable } from "./symbols.js";

const PAST_S = 600;
const PAST_ALERTS = 100;
const PERCENTILES = ["latency_p50_us", "latency_p95_us", "latency_p99_us", "latency_p999_us"];

const history = new SpreadHistory();
const symbols = new SymbolTable((symbol) => detail.open(symbol));
const detail = new Detail(symbols, history);
const alerts = new AlertList((symbol) => detail.open(symbol));
const throughput = new Chart(document.querySelector("#throughput"), THROUGHPUT, document.querySelector("#throughput-legend"));
const latency = new Chart(document.querySelector("#latency"), LATENCY, document.querySelector("#latency-legend"));

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
    showServices(status);
    addSecond(Math.floor(status.at / 1e6), status.services);
    throughput.draw();
    latency.draw();
    showFigure("quotes", sum(status.services, "ingest", "rate"));
    showFigure("orders", sum(status.services, "check", "rate"));
    showFigure("alerts", sum(status.services, "check", "alerts_rate"));
    showFigure("p50", worst(status.services, "check", "latency_p50_us"), duration);
    showFigure("p99", worst(status.services, "check", "latency_p99_us"), duration);
  },
};

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

function showConnection(state, words) {
  const place = document.querySelector("#connection");
  place.dataset.state = state;
  setText(place, words);
  if (state === "bad") showNothingKnown();
}

async function start() {
  for (;;) {
    try {
      await loadPast();
      const { alerts: past } = await getJson(`alerts?limit=${PAST_ALERTS}`);
      alerts.fill(past.toReversed());
      return follow(past[0]?.id ?? "0", (name, data) => handlers[name]?.(data), showConnection);
    } catch (error) {
      showConnection("bad", `${error.message}; trying again`);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

for (const button of document.querySelectorAll("nav button")) {
  button.addEventListener("click", () => {
    document.body.dataset.view = button.dataset.view;
    for (const each of document.querySelectorAll("nav button")) each.setAttribute("aria-pressed", each === button);
  });
}

start();
