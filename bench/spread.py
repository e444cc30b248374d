"""Medians with their spread, and ratios of medians."""

from statistics import median


def line(name: str, values: list[float], unit: str = "ms", scale: float = 1000.0) -> str:
    """One row of the report: median, least and most."""
    return (
        f"  {name:<34} {median(values) * scale:9.3f} {unit}"
        f"   ({min(values) * scale:.3f} to {max(values) * scale:.3f})"
    )


def ratio(measured: list[float], against: list[float]) -> tuple[float, float, float]:
    """The median of the ratios of the rounds, with the least and the most."""
    ratios = [a / b for a, b in zip(measured, against, strict=True)]
    return median(ratios), min(ratios), max(ratios)


def verdict(name: str, measured: list[float], against: list[float], target: float | None) -> str:
    """A ratio beside its target, as it is."""
    middle, least, most = ratio(measured, against)
    text = f"  {name:<34} {middle:9.2f} x    ({least:.2f} to {most:.2f})"
    if target is None:
        return text
    return text + f"   target {target:g} x: {'met' if middle <= target else 'MISSED'}"
