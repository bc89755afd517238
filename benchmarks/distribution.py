"""Latencies: percentiles from every value, and HDR histograms to keep."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shared.telemetry.histogram import Histogram

PERCENTILES: Final = {"p50": 50.0, "p95": 95.0, "p99": 99.0, "p99.9": 99.9, "max": 100.0}
_LADDER: Final = (0, 10, 25, 50, 75, 90, 95, 97.5, 99, 99.5, 99.75, 99.9, 99.95, 99.99, 100)


def percentiles_us(values_ns: NDArray[np.int64]) -> dict[str, float]:
    """The percentiles that people ask for, microseconds."""
    found = np.percentile(values_ns, list(PERCENTILES.values()), method="higher") / 1000
    return dict(zip(PERCENTILES, found.tolist(), strict=True))


def raw(values_ns: NDArray[np.int64]) -> dict[str, Any]:
    """What is kept of them: buckets of an HDR histogram, and the values at a ladder of percentiles.

    `histogram` has the count of each bucket of `shared.telemetry.histogram.Histogram` that is not empty, by
    its place; a bucket is 3 % wide.
    """
    histogram = Histogram()
    for value in values_ns.tolist():
        histogram.record(value)
    at = np.percentile(values_ns, _LADDER, method="higher") / 1000
    return {
        "count": histogram.total,
        "ladder_us": [list(pair) for pair in zip(_LADDER, at.tolist(), strict=True)],
        "histogram": {str(place): count for place, count in enumerate(histogram.counts) if count},
    }
