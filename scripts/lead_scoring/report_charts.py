"""The charts of a page, as Vega-Lite specifications.

A chart draws rows that say of themselves what they are in `said`: it is what a pointer shows and
what a screen reader reads. Colours are named by style and chosen in `THEMES`, so that one
specification serves a light and a dark page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Values = Sequence[Mapping[str, Any]]

Spec = dict[str, Any]

# Room behind the longest bar for its label.
_ROOM = 1.25
_SAID = {
    "tooltip": {"field": "said", "type": "nominal"},
    "description": {"field": "said", "type": "nominal"},
}
_REFERENCE_MARK = {"type": "rule", "style": "reference", "aria": False}
_OPAQUE = {"opacity": 1}
# What a criterion may tell, in the order of the theme's categories.
TELLS, HARMS, SILENT = "tells who converts", "takes the wrong side", "tells nothing for sure"


def _theme(
    card: str, ink: str, muted: str, grid: str, accent: str, soft: str, warning: str
) -> Spec:
    quiet = {"labelColor": muted, "titleColor": muted, "gridColor": grid, "domainColor": grid}
    return {
        "background": "transparent",
        "font": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
        "view": {"stroke": None},
        "axis": {
            **quiet,
            "ticks": False,
            "labelFontSize": 12,
            "labelPadding": 6,
            "labelLimit": 130,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "titlePadding": 8,
        },
        "axisBand": {"domain": False, "labelColor": ink},
        "legend": {
            "orient": "top",
            "direction": "vertical",
            "title": None,
            "labelColor": ink,
            "labelFontSize": 12,
            "labelLimit": 240,
            "offset": 12,
        },
        "range": {"category": [accent, warning, muted]},
        "style": {
            "main": {"color": accent},
            "soft": {"color": soft},
            "outside": {"color": muted, "opacity": 0.75},
            "reference": {"color": muted, "strokeDash": [4, 3]},
            "figure": {"color": ink, "fontSize": 12},
            "halo": {"color": card, "stroke": card, "strokeWidth": 4, "fontSize": 12},
            "note": {"color": muted, "fontSize": 11},
        },
    }


THEMES = {
    "light": _theme("#ffffff", "#1c2430", "#586271", "#e3e6eb", "#1f5fbf", "#b9d0f0", "#b5470b"),
    "dark": _theme("#1a2028", "#e8ecf2", "#a3adbb", "#2c3440", "#7fb0ff", "#35507a", "#f2a065"),
}


def bars(values: Values, description: str, reference: float | None = None) -> Spec:
    """Draw a bar for each row, in their order: `name`, `value`, its text `figure`, `is_outside`."""
    longest = max((row["value"] for row in values), default=0)
    band: Spec = {"field": "name", "type": "nominal", "sort": None, "title": None}
    length: Spec = {
        "field": "value",
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [0, max(longest, reference or 0) * _ROOM or 1], "nice": False},
    }
    bar = {"type": "bar", "cornerRadiusEnd": 2}
    layers: list[Spec] = [
        {
            "transform": [{"filter": {"field": "is_outside", "equal": is_outside}}],
            "mark": {**bar, "style": style},
            "encoding": _SAID,
        }
        for style, is_outside in (("main", False), ("outside", True))
    ]
    encoding = {"y": band, "x": length}
    return {
        **_spec(values, description, height=32 * len(values)),
        "layer": [
            {"encoding": encoding, "layer": layers},
            *([] if reference is None else [_reference("x", reference, axis=None)]),
            {"encoding": encoding, "layer": _figures(align="left", dx=6)},
        ],
    }


def histogram(values: Values, limits: Values, description: str) -> Spec:
    """Draw a bar from `from_score` to `to_score` for `leads`; `limits` have a `score`, `name`."""
    bars_layer = {
        "mark": {"type": "bar", "style": "main", "binSpacing": 1},
        "encoding": {
            "x": _axis(
                "from_score",
                "Score",
                bin={"binned": True},
                scale={"zero": False, "nice": False},
                axis={"tickCount": 6, "grid": False},
            ),
            "x2": {"field": "to_score"},
            "y": _axis("leads", "Leads", axis={"tickCount": 4, "domain": False}),
            **_SAID,
        },
    }
    at = {"x": {"field": "score", "type": "quantitative"}}
    limit_layers = [
        {"data": {"values": list(limits)}, "mark": _REFERENCE_MARK, "encoding": at},
        {
            "data": {"values": list(limits)},
            "mark": {
                "type": "text",
                "style": "note",
                "align": "right",
                "baseline": "bottom",
                "angle": 270,
                "dy": -3,
                "aria": False,
            },
            "encoding": {**at, "y": {"value": 2}, "text": {"field": "name", "type": "nominal"}},
        },
    ]
    return {**_spec(values, description), "layer": [bars_layer, *limit_layers]}


def capture_curve(values: Values, description: str) -> Spec:
    """Draw the share of the conversions, `captured`, that the best `share` of the leads holds."""
    chance = [{"share": 0, "captured": 0}, {"share": 1, "captured": 1}]
    encoding = {
        "x": _share("share", "Best leads by score"),
        "y": _share("captured", "Share of all conversions"),
    }
    return {
        **_spec(values, description, height=280),
        "encoding": encoding,
        "layer": [
            {
                "data": {"values": chance},
                "mark": {**_REFERENCE_MARK, "type": "line"},
            },
            {"mark": {"type": "line", "style": "main", "strokeWidth": 2, "aria": False}},
            {
                "mark": {"type": "point", "style": "main", "filled": True, "size": 50, **_OPAQUE},
                "encoding": _SAID,
            },
        ],
    }


def columns(values: Values, description: str, reference: float, title: str) -> Spec:
    """Draw a column for each row, in their order: `name`, `value` and its text `figure`."""
    band: Spec = {"field": "name", "type": "ordinal", "sort": None, "title": title}
    band["axis"] = {"labelAngle": 0}
    height = {"field": "value", "type": "quantitative", "axis": None}
    encoding = {"x": band, "y": height}
    bar = {"type": "bar", "style": "main", "cornerRadiusEnd": 2}
    return {
        **_spec(values, description, height=220),
        "layer": [
            {"encoding": encoding, "layer": [{"mark": bar, "encoding": _SAID}]},
            _reference("y", reference, axis=None),
            {"encoding": encoding, "layer": _figures(dy=-8)},
        ],
    }


def against_prediction(values: Values, description: str) -> Spec:
    """Draw what was `observed`, from `low` to `high`, over what was `predicted`."""
    top = max(max(row["predicted"], row["high"] or row["observed"]) for row in values)
    ends = [{"predicted": 0, "observed": 0}, {"predicted": top, "observed": top}]
    return {
        **_spec(values, description, height=280),
        "encoding": {
            "x": _share("predicted", "Predicted"),
            "y": _share("observed", "Observed"),
        },
        "layer": [
            {
                "data": {"values": ends},
                "mark": {**_REFERENCE_MARK, "type": "line"},
            },
            {
                "mark": {"type": "rule", "style": "main", "strokeWidth": 2, "aria": False},
                "encoding": {
                    "y": _share("low", "Observed"),
                    "y2": {"field": "high"},
                },
            },
            {
                "mark": {"type": "point", "style": "main", "filled": True, "size": 60, **_OPAQUE},
                "encoding": _SAID,
            },
        ],
    }


def lifts(values: Values, description: str) -> Spec:
    """Draw the `lift` of each row from `low` to `high`, in their order: `name`, what it `tells`."""
    return {
        **_spec(values, description, height=26 * len(values)),
        "layer": [
            _reference("x", 1),
            {
                "encoding": {
                    "y": {"field": "name", "type": "nominal", "sort": None, "title": None},
                    "color": {
                        "field": "tells",
                        "type": "nominal",
                        "scale": {"domain": [TELLS, HARMS, SILENT]},
                    },
                },
                "layer": [
                    {
                        "mark": {"type": "rule", "strokeWidth": 2, "aria": False},
                        "encoding": {
                            "x": _axis("low", "Lift", axis={"tickCount": 5}),
                            "x2": {"field": "high"},
                        },
                    },
                    {
                        "mark": {"type": "point", "filled": True, "size": 70, **_OPAQUE},
                        "encoding": {"x": _axis("lift", "Lift"), **_SAID},
                    },
                ],
            },
        ],
    }


def by_month(
    values: Values,
    description: str,
    title: str,
    *,
    reference: float | None,
    is_share: bool,
) -> Spec:
    """Draw the `value` of each `month`, with its interval from `low` to `high`."""
    axis = _share if is_share else _axis
    scale = {"scale": {"zero": is_share}}
    month = {
        "field": "month",
        "type": "ordinal",
        "title": None,
        "axis": {"labelAngle": 0, "labelOverlap": "greedy"},
    }
    layers: list[Spec] = [
        {
            "encoding": {"x": month},
            "layer": [
                {
                    "mark": {"type": "line", "style": "main", "strokeWidth": 2, "aria": False},
                    "encoding": {"y": axis("value", title, **scale)},
                },
                {
                    "mark": {"type": "rule", "style": "main", "strokeWidth": 2, "aria": False},
                    "encoding": {"y": axis("low", title, **scale), "y2": {"field": "high"}},
                },
                {
                    "mark": {
                        "type": "point",
                        "style": "main",
                        "filled": True,
                        "size": 60,
                        **_OPAQUE,
                    },
                    "encoding": {"y": axis("value", title, **scale), **_SAID},
                },
            ],
        }
    ]
    if reference is not None:
        layers.append(_reference("y", reference))
    return {**_spec(values, description), "layer": layers}


def over_time(values: Values, description: str) -> Spec:
    """Draw the `median` of each `date` in a band from `low` to `high`."""
    return {
        **_spec(values, description),
        "encoding": {
            "x": {
                "field": "date",
                "type": "temporal",
                "timeUnit": "utcyearmonthdate",
                "title": None,
                "axis": {"grid": False, "format": "%-d %b %Y", "tickCount": 4},
            }
        },
        "layer": [
            {
                "mark": {"type": "area", "style": "soft", "aria": False},
                "encoding": {"y": _axis("low", "Score"), "y2": {"field": "high"}},
            },
            {
                "mark": {"type": "line", "style": "main", "strokeWidth": 2, "aria": False},
                "encoding": {"y": _axis("median", "Score")},
            },
            {
                "mark": {"type": "point", "style": "main", "filled": True, "size": 30, **_OPAQUE},
                "encoding": {"y": _axis("median", "Score"), **_SAID},
            },
        ],
    }


def _spec(values: Values, description: str, height: int = 240) -> Spec:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "description": description,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "data": {"values": list(values)},
    }


def _figures(**place: object) -> list[Spec]:
    """Write the text `figure` of each row, so that no reference strikes it out."""
    return [
        {
            "mark": {"type": "text", "style": style, "aria": False, **place},
            "encoding": {"text": {"field": "figure", "type": "nominal"}},
        }
        for style in ("halo", "figure")
    ]


def _reference(channel: str, value: float, **more: object) -> Spec:
    """Draw a line across the chart at a value of `x` or `y`."""
    return {
        "mark": _REFERENCE_MARK,
        "encoding": {channel: {"datum": value, "type": "quantitative", **more}},
    }


def _axis(field: str, title: str, **more: object) -> Spec:
    return {"field": field, "type": "quantitative", "title": title, **more}


def _share(field: str, title: str, **more: object) -> Spec:
    return _axis(field, title, axis={"format": ".0%", "tickCount": 5}, **more)
