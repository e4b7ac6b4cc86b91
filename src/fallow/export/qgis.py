"""Style files of QGIS: layers that open in their colours, with their names."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from fallow.render.palette import Color, as_hex, class_color, from_hex

if TYPE_CHECKING:
    from fallow.result import Segmentation

HEAD = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
QGIS = '<qgis version="3.28.0" styleCategories="Symbology">\n'
MOST_COLORS = 1000
"""Of regions; where there are more of them, neighbours in number share one."""

Legend = Iterable[tuple[int, str, str]]
"""Number, name and colour "#rrggbb" of each class."""


def write_style(result: Segmentation, target: Path) -> str:
    """Write the style of a file of polygons beside it, and return it."""
    style = polygon_style([(row.label, row.name, row.color) for row in result.table])
    target.with_suffix(".qml").write_text(style, encoding="utf-8")
    return style


def polygon_style(legend: Legend) -> str:
    """Return the style of polygons that have the number of a class as an attribute."""
    entries = list(legend)
    categories = "".join(
        f'   <category value="{label}" label={quoteattr(name)} symbol="{number}" render="true" type="long"/>\n'
        for number, (label, name, _) in enumerate(entries)
    )
    symbols = "".join(_fill(number, from_hex(color)) for number, (_, _, color) in enumerate(entries))
    return (
        f"{HEAD}{QGIS}"
        f' <renderer-v2 type="categorizedSymbol" attr="class" symbollevels="0" enableorderby="0">\n'
        f"  <categories>\n{categories}  </categories>\n  <symbols>\n{symbols}  </symbols>\n"
        " </renderer-v2>\n <blendMode>0</blendMode>\n <layerOpacity>1</layerOpacity>\n</qgis>\n"
    )


def class_style(legend: Legend) -> str:
    """Return the style of a raster of classes."""
    entries = "".join(
        f'    <paletteEntry value="{label}" label={quoteattr(name)} color="{color}" alpha="255"/>\n'
        for label, name, color in legend
    )
    return _raster(f'type="paletted" {BAND}', f"   <colorPalette>\n{entries}   </colorPalette>\n")


def region_style(n_regions: int) -> str:
    """Return the style of a raster of regions 1..n, which tells neighbours in number apart."""
    n = max(1, min(n_regions, MOST_COLORS))
    ends = [-(-n_regions * (k + 1) // n) for k in range(n)]
    items = [(float(end), as_hex(class_color(k + 1)), str(end)) for k, end in enumerate(ends)]
    return _shaded([*items[:-1], (math.inf, *items[-1][1:])], "DISCRETE", 1, ends[-1])


def share_style(colors: Sequence[Color]) -> str:
    """Return the style of a raster of shares from 0 to 1, such as confidence; colours go from the lowest up."""
    steps = [k / (len(colors) - 1) for k in range(len(colors))]
    items = [(step, as_hex(color), f"{step:.0%}") for step, color in zip(steps, colors, strict=True)]
    return _shaded(items, "INTERPOLATED", 0, 1)


BAND = 'band="1" alphaBand="-1" opacity="1" nodataColor=""'


def _shaded(items: Iterable[tuple[float, str, str]], how: str, low: float, high: float) -> str:
    limits = f'minimumValue="{low}" maximumValue="{high}"'
    listed = "".join(
        f'     <item value="{value:g}" label="{label}" color="{color}" alpha="255"/>\n' for value, color, label in items
    )
    return _raster(
        f'type="singlebandpseudocolor" {BAND} classificationMin="{low}" classificationMax="{high}"',
        f'   <rastershader>\n    <colorrampshader colorRampType="{how}" classificationMode="1" clip="0" {limits}>\n'
        f"{listed}    </colorrampshader>\n   </rastershader>\n",
    )


def _raster(attributes: str, content: str) -> str:
    return (
        f"{HEAD}{QGIS} <pipe>\n  <rasterrenderer {attributes}>\n   <rasterTransparency/>\n{content}"
        '  </rasterrenderer>\n  <brightnesscontrast brightness="0" contrast="0" gamma="1"/>\n'
        '  <huesaturation saturation="0" colorizeOn="0" grayscaleMode="0"/>\n'
        '  <rasterresampler maxOversampling="2"/>\n </pipe>\n <blendMode>0</blendMode>\n</qgis>\n'
    )


def _fill(number: int, color: Color) -> str:
    """Return a filled symbol; as `Option` for QGIS from 3.16 on, as `prop` for older ones."""
    red, green, blue = color
    values = {
        "color": f"{red},{green},{blue},255",
        "outline_color": f"{red // 2},{green // 2},{blue // 2},255",
        "outline_style": "solid",
        "outline_width": "0.1",
        "outline_width_unit": "MM",
        "style": "solid",
    }
    options = "".join(f'      <Option name="{key}" type="QString" value="{value}"/>\n' for key, value in values.items())
    props = "".join(f'     <prop k="{key}" v="{value}"/>\n' for key, value in values.items())
    return (
        f'   <symbol type="fill" name="{number}" alpha="1" clip_to_extent="1" force_rhr="0">\n'
        '    <layer class="SimpleFill" enabled="1" locked="0" pass="0">\n'
        f'     <Option type="Map">\n{options}     </Option>\n{props}    </layer>\n   </symbol>\n'
    )
