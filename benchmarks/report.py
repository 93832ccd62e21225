"""The tables of the benchmark, in Markdown, from what was measured."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LABELS = {
    "scan": "(a) floor: read the events, count by lead",
    "duplicates": "(a) floor of deduplication: repeated ids",
    "start_up": "start-up: this project on one lead, no events",
    "start_up_again": "start-up: the same lead on the next night",
    "build": "(b) this project, full build",
    "build_alone": "(b) less start-up",
    "little_memory": "(b) with 1 GB for DuckDB",
    "nightly": "(c) this project, the next night",
    "weights": "(d) this project, other weights",
    "polars": "(e) polars script",
    "pandas": "(f) pandas script",
    "query": "(g) hand-written DuckDB query",
}
FIGURES = (
    "cpu_seconds", "wall_seconds", "peak_bytes", "read_bytes", "read_from_disk_bytes",
    "database_bytes",
)  # fmt: skip
MEGABYTE = 1_000_000
SLOWEST_MODELS = 12


def tables(results: dict[str, Any], size: str) -> str:
    """Return the tables of one size, and how the costs grow where small and large were run."""
    measured = results[size]
    medians = medians_of(measured)
    conditions = (
        f"{size}: {measured['leads']:,} leads, {measured['events']:,} events "
        f"in {measured['event_bytes'] / MEGABYTE:,.0f} MB; "
        f"{measured['started_at']}, median of {len(measured['rounds'])}; "
        f"load {measured['load_before']:.1f} before, {measured['load_after']:.1f} after"
    )
    parts = [conditions, times(medians), resources(medians, measured["events"]), slowest(measured)]
    if measured["nights"]:
        parts.append(nights(measured["nights"]))
    if {"small", "large"} <= set(results):
        parts.append(growth(medians_of(results["small"]), medians_of(results["large"])))
    return "\n\n".join(parts)


def medians_of(measured: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Return the median of each figure of each contestant, in the order of the labels."""
    rounds = measured["rounds"]
    found = {
        name: {
            figure: median(each[name][figure] for each in rounds)
            for figure in FIGURES
            if figure in rounds[0][name]
        }
        for name in rounds[0]
    }
    found["build_alone"] = {
        figure: found["build"][figure] - found["start_up"][figure]
        for figure in ("cpu_seconds", "wall_seconds")
    }
    return {name: found[name] for name in LABELS if name in found}


def times(medians: dict[str, dict[str, float]]) -> str:
    """Return the table of CPU and wall time, with ratios to the floor and to the full build."""
    rows = []
    for name, figures in medians.items():
        row = [LABELS[name]]
        for figure in ("cpu_seconds", "wall_seconds"):
            row.append(f"{figures[figure]:.1f}")
            for base in ("scan", "build"):
                row.append(f"{figures[figure] / medians[base][figure]:.2f}")
        rows.append(row)
    header = ["", "CPU s", "to (a)", "to (b)", "wall s", "to (a)", "to (b)"]
    return table(header, rows)


def resources(medians: dict[str, dict[str, float]], events: int) -> str:
    """Return the table of memory, bytes read, speed and what is left on the disk."""
    rows = []
    for name, figures in medians.items():
        if "peak_bytes" not in figures:
            continue
        has_no_events = name.startswith("start_up")
        speed = "" if has_no_events else f"{events / figures['wall_seconds']:,.0f}"
        in_megabytes = [
            f"{figures[figure] / MEGABYTE:,.0f}" if figure in figures else ""
            for figure in ("peak_bytes", "read_bytes", "read_from_disk_bytes", "database_bytes")
        ]
        rows.append([LABELS[name], speed, *in_megabytes])
    header = ["", "events/s", "peak MB", "read MB", "from disk MB", "left on disk MB"]
    return table(header, rows)


def slowest(measured: dict[str, Any]) -> str:
    """Return the models of the full build that took longest, and the parts of the run."""
    builds = [each["build"] for each in measured["rounds"]]
    seconds_of = {
        kind: {name: median(build[kind][name] for build in builds) for name in builds[0][kind]}
        for kind in ("nodes", "parts")
    }
    nodes = sorted(seconds_of["nodes"].items(), key=lambda node: -node[1])
    total = sum(seconds_of["nodes"].values())
    rows = [
        [f"`{name}`", f"{seconds:.1f}", f"{seconds / total:.0%}"]
        for name, seconds in nodes[:SLOWEST_MODELS]
    ]
    rest = total - sum(seconds for _, seconds in nodes[:SLOWEST_MODELS])
    others = f"the other {len(nodes) - SLOWEST_MODELS}"
    rows.append([others, f"{rest:.1f}", f"{rest / total:.0%}"])
    models = table(["model", "s", "share"], rows)
    parts = table(
        ["part of the run", "s"],
        [[name, f"{seconds:.1f}"] for name, seconds in seconds_of["parts"].items()],
    )
    return f"{models}\n\n{parts}"


def nights(left: Sequence[dict[str, float]]) -> str:
    """Return what each of the nights that follow costs and leaves on the disk."""
    rows = [
        [
            str(night),
            f"{each['cpu_seconds']:.1f}",
            f"{each['work_bytes'] / MEGABYTE:,.1f}",
            f"{each['published_bytes'] / MEGABYTE:,.1f}",
            f"{each['rows']:,.0f}",
        ]
        for night, each in enumerate(left, start=2)
    ]
    return table(["night", "CPU s", "work database MB", "published MB", "rows of the marts"], rows)


def growth(small: dict[str, dict[str, float]], large: dict[str, dict[str, float]]) -> str:
    """Return how many times more the large size costs."""
    rows = [
        [LABELS[name]]
        + [f"{large[name][figure] / small[name][figure]:.1f}" for figure in FIGURES[:2]]
        for name in large
        if name in small
    ]
    return table(["large to small", "CPU", "wall"], rows)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown, figures to the right."""
    lines = [header, ["---", *["--:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
