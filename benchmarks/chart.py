"""Line charts as SVG: some panels side by side, all with a logarithmic vertical axis."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

_WIDTH: Final = 420
_HEIGHT: Final = 300
_LEFT: Final = 74
_RIGHT: Final = 30
_TOP: Final = 46
_LEGEND: Final = 90
_BOTTOM: Final = 44
_COLOURS: Final = ("#1f5fa8", "#c2571a", "#2e7d4f", "#8a4fa3")
_STYLE: Final = (
    "text{font:11px system-ui,sans-serif;fill:#333}.title{font-weight:600;font-size:13px}"
    ".grid{stroke:#ddd;stroke-width:1}.line{fill:none;stroke-width:2}"
)


@dataclass(frozen=True)
class Panel:
    """One chart.

    Attributes:
        title: above it.
        x_label: below it.
        y_label: what the values are.
        ticks: places on the horizontal axis, any numbers, with their labels.
        lines: by name, points of a place and a value above 0.
    """

    title: str
    x_label: str
    y_label: str
    ticks: Sequence[tuple[float, str]]
    lines: Mapping[str, Sequence[tuple[float, float]]]


def draw(panels: Sequence[Panel], columns: int) -> str:
    """The panels as one SVG, so many beside each other."""
    rows = math.ceil(len(panels) / columns)
    size = f'width="{columns * _WIDTH}" height="{rows * _HEIGHT}"'
    parts = []
    for place, panel in enumerate(panels):
        x, y = place % columns * _WIDTH, place // columns * _HEIGHT
        parts.append(f'<g transform="translate({x} {y})">{_panel(panel)}</g>')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size}><style>{_STYLE}</style>'
    return f'{head}<rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'


class _Scale:
    """Where things are in a panel."""

    def __init__(self, panel: Panel) -> None:
        places = [place for place, _ in panel.ticks]
        values = [value for line in panel.lines.values() for _, value in line]
        self._first, self._last = min(places), max(places)
        self.low, self.high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))

    def x(self, place: float) -> float:
        """Pixels from the left."""
        return _LEFT + (place - self._first) / (self._last - self._first) * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        """Pixels from the top."""
        share = (math.log10(value) - self.low) / max(self.high - self.low, 1)
        return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)


def _panel(panel: Panel) -> str:
    scale = _Scale(panel)
    foot = _HEIGHT - _BOTTOM
    parts = [f'<text class="title" x="{_LEFT}" y="18">{escape(panel.title)}</text>']
    for power in range(scale.low, scale.high + 1):
        y = scale.y(10**power)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{10**power:,}</text>')
    for place, label in panel.ticks:
        x = scale.x(place)
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{foot}"/>')
        parts.append(f'<text x="{x:.1f}" y="{foot + 15}" text-anchor="middle">{escape(label)}</text>')
    middle = (_TOP + foot) / 2
    parts.append(f'<text x="{_LEFT}" y="{_HEIGHT - 10}">{escape(panel.x_label)}</text>')
    label = f'<text transform="translate(12 {middle}) rotate(-90)" text-anchor="middle">'
    parts.append(f"{label}{escape(panel.y_label)}</text>")
    for number, (name, points) in enumerate(panel.lines.items()):
        parts.append(_line(scale, name, points, number))
    return "".join(parts)


def _line(scale: _Scale, name: str, points: Sequence[tuple[float, float]], number: int) -> str:
    colour = _COLOURS[number % len(_COLOURS)]
    path = " ".join(f"{scale.x(place):.1f},{scale.y(value):.1f}" for place, value in points)
    return (
        f'<polyline class="line" stroke="{colour}" points="{path}"/>'
        f'<text x="{40 + _LEGEND * number}" y="34" style="fill:{colour}">{escape(name)}</text>'
    )
