"""What GDAL does not write into a GeoPackage: how QGIS shows it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def store_style(geopackage: Path, style: str) -> None:
    """Put a style into a GeoPackage of one layer, where QGIS looks for the one to begin with."""
    with closing(sqlite3.connect(geopackage)) as base, base:
        layer, column = base.execute("SELECT table_name, column_name FROM gpkg_geometry_columns").fetchone()
        (date,) = base.execute("SELECT last_change FROM gpkg_contents").fetchone()
        base.execute(
            "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256),"
            " f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30),"
            " styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),"
            " update_time DATETIME)"
        )
        base.execute(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,"
            " styleQML, useAsDefault, update_time) VALUES ('', '', ?, ?, 'classes', ?, 1, ?)",
            (layer, column, style, date),
        )
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change)"
            " VALUES ('layer_styles', 'attributes', 'layer_styles', ?)",
            (date,),
        )
