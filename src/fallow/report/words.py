"""Numbers as people read them."""

from __future__ import annotations

from typing import Any

HECTARE, SQUARE_KM = 1e4, 1e6


def area_text(area_m2: float | None) -> str:
    """Write an area on the ground; empty where it is not known.

    >>> area_text(1234.5), area_text(56_789), area_text(2.5e8)
    ('1,234 m²', '5.68 ha', '250 km²')
    """
    if area_m2 is None:
        return ""
    if area_m2 < HECTARE:
        return f"{area_m2:,.0f} m²"
    if area_m2 < 100 * SQUARE_KM:
        return f"{area_m2 / HECTARE:,.{2 if area_m2 < 100 * HECTARE else 0}f} ha"
    return f"{area_m2 / SQUARE_KM:,.0f} km²"


def share_text(share: float) -> str:
    """Write a share of 0..1 in percent.

    >>> share_text(0.1234), share_text(0.0004), share_text(0)
    ('12.3 %', '< 0.1 %', '0 %')
    """
    if share <= 0:
        return "0 %"
    return "< 0.1 %" if share < 0.001 else f"{share:.1%}".replace("%", " %")


def seconds_text(seconds: float) -> str:
    """Write a duration.

    >>> seconds_text(0.034), seconds_text(75), seconds_text(7300)
    ('0.034 s', '1 min 15 s', '2 h 1 min')
    """
    if seconds < 60:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
    return f"{seconds // 3600:.0f} h {seconds % 3600 // 60:.0f} min"


def number_text(value: float) -> str:
    """Write a value of a band or a parameter.

    >>> number_text(1234.567), number_text(0.012345)
    ('1,235', '0.01235')
    """
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def counted(n: int, noun: str) -> str:
    """Write how many there are of something.

    >>> counted(1, "region"), counted(1200, "region")
    ('1 region', '1,200 regions')
    """
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def sentence(note: str) -> str:
    """Write a note as a sentence.

    >>> sentence("taken as a photograph")
    'Taken as a photograph.'
    """
    return note[:1].upper() + note[1:] + ("" if note.endswith((".", "!", "?")) else ".")


def text_of(value: Any) -> str:
    """Write the value of an option.

    >>> text_of(["color", "texture"]), text_of(0.5)
    ('color; texture', '0.5')
    """
    return "; ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
