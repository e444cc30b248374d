"""The outlines of municipalities and provinces as SVG paths, for maps of the whole country.

Drawn from `data/municipalities.geojson`, whose origin stands in the README beside it, or from the
file of that name beside a newer list. A municipality that is newer than the outlines is drawn as
those that merged into it.
"""

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

from weerbaar.governments import registry

CREDIT = (
    "Grenzen: © Kadaster / Centraal Bureau voor de Statistiek, 2023; vereenvoudigd "
    "(Coronadashboard, Ministerie van VWS, EUPL-1.2) en bewerkt."
)
HEIGHT = 1000
# A degree of longitude is as long as so many degrees of latitude, in the middle of the country.
_NARROWER = math.cos(math.radians(52.2))

Point: TypeAlias = tuple[float, float]
Ring: TypeAlias = tuple[Point, ...]


@dataclass(frozen=True)
class Outlines:
    """Paths in a box of `width` by `height`; by code, and the borders between provinces."""

    width: int
    height: int
    paths: dict[str, str]
    provinces: str


@dataclass(frozen=True)
class _Shape:
    code: str
    province: str
    rings: tuple[Ring, ...]


def outlines() -> Outlines:
    """The outlines of the whole country; made once for each file."""
    return _drawn(registry.outlines_file())


@cache
def _drawn(source: Path) -> Outlines:
    shapes = list(_shapes(source))
    points = [point for shape in shapes for ring in shape.rings for point in ring]
    west, east = min(x for x, _y in points), max(x for x, _y in points)
    south, north = min(y for _x, y in points), max(y for _x, y in points)
    scale = HEIGHT / (north - south)

    def place(point: Point) -> tuple[int, int]:
        x, y = point
        return round((x - west) * _NARROWER * scale), round((north - y) * scale)

    return Outlines(
        width=round((east - west) * _NARROWER * scale),
        height=HEIGHT,
        paths={
            shape.code: "".join(_path(map(place, ring), closed=True) for ring in shape.rings)
            for shape in shapes
        },
        provinces="".join(
            _path(map(place, chain), closed=False) for chain in _chains(_borders(shapes))
        ),
    )


def _shapes(source: Path) -> Iterator[_Shape]:
    for feature in json.loads(source.read_text(encoding="utf-8"))["features"]:
        drawn = feature["geometry"]
        several = drawn["type"] == "MultiPolygon"
        polygons = drawn["coordinates"] if several else [drawn["coordinates"]]
        rings = tuple(tuple((x, y) for x, y in ring) for polygon in polygons for ring in polygon)
        yield _Shape(feature["id"], feature["properties"]["province_code"], rings)


def _path(places: Iterable[tuple[int, int]], *, closed: bool) -> str:
    # Points that fall together at this scale are drawn once; steps are shorter than places.
    kept: list[tuple[int, int]] = []
    for place in places:
        if not kept or place != kept[-1]:
            kept.append(place)
    if len(kept) < 2:  # noqa: PLR2004 - a point is no line
        return ""
    (x, y), *rest = kept
    drawn = [f"M{x} {y}"]
    for right, down in rest:
        drawn.append(f"l{right - x} {down - y}")
        x, y = right, down
    return "".join(drawn) + ("z" if closed else "")


def _borders(shapes: Iterable[_Shape]) -> set[tuple[Point, Point]]:
    """The edges that only one municipality of a province has: those around the province."""
    seen: dict[str, Counter[tuple[Point, Point]]] = defaultdict(Counter)
    for shape in shapes:
        for ring in shape.rings:
            for edge in pairwise(ring):
                seen[shape.province][min(edge), max(edge)] += 1
    return {edge for edges in seen.values() for edge, times in edges.items() if times == 1}


def _chains(edges: Iterable[tuple[Point, Point]]) -> Iterator[list[Point]]:
    """Edges laid end to end in as few lines as go by themselves."""
    ends: dict[Point, set[Point]] = defaultdict(set)
    for one, other in sorted(edges):
        ends[one].add(other)
        ends[other].add(one)
    # Lines begin where they cannot go on in two ways; what is left then are rings.
    begins = [point for point, others in ends.items() if len(others) != 2]  # noqa: PLR2004
    for start in (*begins, *ends):
        while ends[start]:
            chain = [start]
            while ends[chain[-1]]:
                here = chain[-1]
                there = min(ends[here])
                ends[here].discard(there)
                ends[there].discard(here)
                chain.append(there)
            yield chain
