"""What lies beside the rasters of a result, so that they open coloured and named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from fallow.export.qgis import class_style, region_style, share_style
from fallow.render.palette import from_hex
from fallow.table import ClassTable

if TYPE_CHECKING:
    from fallow.result import Segmentation

BESIDE = ("classes.tif.aux.xml", "classes.qml", "regions.qml", "confidence.qml", "stability.qml")

CIVIDIS = (
    *((0, 34, 77), (26, 56, 111), (67, 78, 107), (97, 100, 111), (124, 123, 120)),
    *((155, 147, 118), (187, 173, 108), (222, 201, 87), (253, 231, 55)),
)
"""Reads the same with any colour vision (Nunez, Anderton and Renslow, 2018, doi:10.1371/journal.pone.0199239)."""

# Of GDAL's raster attribute tables: types and usages of fields.
_INTEGER, _REAL, _STRING = range(3)
_GENERIC, _PIXEL_COUNT, _NAME = range(3)
_VALUE, _RED, _GREEN, _BLUE = range(5, 9)


def write_beside_rasters(result: Segmentation, folder: Path) -> None:
    """Write QGIS styles for the rasters in a folder, and the attribute table of the classes."""
    legend = [(row.label, row.name, row.color) for row in result.table]
    styles = {"classes": class_style(legend), "regions": region_style(result.n_regions)}
    styles |= {name: share_style(CIVIDIS) for name in ("confidence", "stability") if name in result.layers}
    for name, style in styles.items():
        (folder / f"{name}.qml").write_text(style, encoding="utf-8")
    (folder / "classes.tif.aux.xml").write_text(attribute_table(result.table), encoding="utf-8")


def attribute_table(table: ClassTable) -> str:
    """Return what GDAL reads beside a raster: one row a class, with its name, colour, area and share."""
    fields = [("Value", _INTEGER, _VALUE), ("Name", _STRING, _NAME)]
    fields += [("Red", _INTEGER, _RED), ("Green", _INTEGER, _GREEN), ("Blue", _INTEGER, _BLUE)]
    fields += [("Count", _REAL, _PIXEL_COUNT), ("share", _REAL, _GENERIC)]
    has_ground = any(row.area_m2 is not None for row in table)
    if has_ground:
        fields += [("area_m2", _REAL, _GENERIC), ("hectares", _REAL, _GENERIC)]
    lines = [
        f'   <FieldDefn index="{number}"><Name>{name}</Name><Type>{kind}</Type><Usage>{usage}</Usage></FieldDefn>\n'
        for number, (name, kind, usage) in enumerate(fields)
    ]
    for number, row in enumerate(table):
        ground = [row.area_m2 or 0.0, (row.area_m2 or 0.0) / 1e4] if has_ground else []
        values = [
            row.label,
            row.name,
            *from_hex(row.color),
            row.area,
            f"{row.share:.6g}",
            *(f"{a:.10g}" for a in ground),
        ]
        cells = "".join(f"<F>{escape(str(value))}</F>" for value in values)
        lines.append(f'   <Row index="{number}">{cells}</Row>\n')
    return (
        '<PAMDataset>\n <PAMRasterBand band="1">\n  <GDALRasterAttributeTable tableType="thematic">\n'
        f"{''.join(lines)}  </GDALRasterAttributeTable>\n </PAMRasterBand>\n</PAMDataset>\n"
    )
