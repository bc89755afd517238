// What one look at the services does not tell: how long a row has stood still, and how much a count has grown.

const GROWTH_MS = 60_000;

export class Watch {
  #rows = new Map();

  /** Takes a status event; its services with `silence_ms` and `rejected_growth` beside their own figures. */
  look({ services }) {
    const now = performance.now();
    const isFirst = this.#rows.size === 0;
    const known = this.#rows;
    this.#rows = new Map();
    return services.map((service) => {
      // Refusals of a service that starts under an open page are all new.
      const row = known.get(service.instance) ?? { totals: [{ now, total: isFirst ? service.rejected_total ?? 0 : 0 }] };
      if (row.updated_at !== service.updated_at) Object.assign(row, { updated_at: service.updated_at, changed: now });
      this.#rows.set(service.instance, row);
      return {
        ...service,
        silence_ms: now - row.changed, // by the clock of this page: those of server and service may differ
        rejected_growth: growth(row.totals, now, service.rejected_total ?? 0),
      };
    });
  }
}

/** By how much a total has grown in the last minute, or since it was first seen. */
function growth(totals, now, total) {
  totals.push({ now, total });
  while (totals.length > 1 && now - totals[1].now >= GROWTH_MS) totals.shift();
  return total - totals[0].total;
}
