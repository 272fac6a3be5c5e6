"""The drawing of a follow-up: an SVG that takes its colors and font from the page around it.

Matplotlib draws it: vectors of some ten kilobytes that print well, where a plotting library for browsers would put
megabytes of script into the page.
"""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from LightMSegmentationLib.report.follow_up import FollowUp

_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_SIZE_INCHES = (6.4, 3.4)
#: Matplotlib writes these, the page's own colors take their place.
_COLORS = {"#0a0b0c": "var(--soft)", "#0d0e0f": "var(--line)", "#101112": "var(--liver)", "#131415": "var(--tumor)"}
_SOFT, _LINE, _LIVER, _TUMOR = _COLORS
_UNITLESS_FONT = re.compile(r"font: [^;]*;?")


def follow_up_chart(patient: FollowUp, prefix: str) -> str:
    """Return liver and tumor volumes (mL) over time as an SVG element whose points lead to their cases.

    ``prefix`` keeps the identifiers in it apart from those of other charts on the page.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    style: Any = {"svg.fonttype": "none", "svg.hashsalt": "lightm", "font.size": 9, "axes.edgecolor": _LINE}
    with mpl.rc_context(style):
        figure = Figure(_SIZE_INCHES, layout="constrained")
        upper, lower = figure.subplots(2, 1, sharex=True)
        livers = [case.outcome.liver_volume_ml or 0.0 for case in patient.cases]
        tumors = [case.outcome.tumor_volume_ml or 0.0 for case in patient.cases]
        _draw(upper, patient, livers, "liver, mL", _LIVER)
        _draw(lower, patient, tumors, "tumor, mL", _TUMOR)
        _label_time(lower, patient)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    return _fitted(buffer.getvalue(), patient, prefix)


def _draw(axes: Axes, patient: FollowUp, volumes: Sequence[float], label: str, color: str) -> None:
    axes.plot(patient.days, volumes, color=color, linewidth=1.8)
    points = axes.scatter(patient.days, volumes, s=34, color=color, zorder=3)
    points.set_urls([f"#case-{case.number}" for case in patient.cases])
    axes.set_ylim(0.0, max(1.0, 1.25 * max(volumes)))
    axes.margins(x=0.06)
    axes.set_ylabel(label, color=_SOFT)
    axes.grid(axis="y", color=_LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.locator_params(axis="y", nbins=4)
    axes.tick_params(colors=_SOFT, length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _label_time(axes: Axes, patient: FollowUp) -> None:
    if patient.cases[0].when.date:
        axes.set_xticks(patient.days, [case.when.date for case in patient.cases])
        return
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    axes.set_xlabel("days since the first scan", color=_SOFT)


def _fitted(text: str, patient: FollowUp, prefix: str) -> str:
    """Return the drawing as a part of a page: its colors, its font, names for its points, identifiers of its own."""
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", _XLINK)
    root = ET.fromstring(text)
    for metadata in root.findall(f"{{{_SVG}}}metadata"):
        root.remove(metadata)
    for size in ("width", "height"):
        root.attrib.pop(size, None)
    root.set("class", "chart")
    root.set("role", "group")
    root.set("aria-label", f"Volumes of {patient.patient} over {patient.span_days} days")
    titles = {f"#case-{case.number}": _point_title(case) for case in patient.cases}
    for element in root.iter():
        _restyle(element, prefix)
        _name_link(element, titles)
    return ET.tostring(root, encoding="unicode")


def _restyle(element: ET.Element, prefix: str) -> None:
    style = element.get("style")
    if style is not None:
        for drawn, own in _COLORS.items():
            style = style.replace(drawn, own)
        element.set("style", _UNITLESS_FONT.sub("", style))
    for name, value in list(element.attrib.items()):
        if name == "id":
            element.set(name, f"{prefix}-{value}")
        elif name == f"{{{_XLINK}}}href" and not value.startswith("#case-"):
            element.set(name, f"#{prefix}-{value[1:]}")
        elif value.startswith("url(#"):
            element.set(name, f"url(#{prefix}-{value[5:]}")


def _name_link(element: ET.Element, titles: dict[str, str]) -> None:
    title = titles.get(element.get(f"{{{_XLINK}}}href", ""))
    if title is not None and element.tag == f"{{{_SVG}}}a":
        element.attrib.pop("target", None)
        element.set("aria-label", title)
        ET.SubElement(element, f"{{{_SVG}}}title").text = title


def _point_title(case: Any) -> str:
    outcome = case.outcome
    volumes = f"liver {outcome.liver_volume_ml:.0f} mL, tumor {outcome.tumor_volume_ml:.1f} mL"
    return f"{case.title}, {case.when.day_text}: {volumes}"
