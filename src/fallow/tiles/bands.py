"""What a source tells the features of its bands, and whether two images have the same."""

from __future__ import annotations

from fallow.errors import InputError
from fallow.features import Bands, find_roles
from fallow.raster import Source

SHOWN = 8


def bands_of(source: Source) -> Bands:
    """Tell the features what is known of a source's bands."""
    return Bands(source.n_bands, source.band_names, str(source.dtype), source.wavelengths)


def check_same_bands(bands: Bands, source: Source, owner: str) -> None:
    """Refuse an image whose bands are not those that `owner` (as in "the model") was fitted on.

    Raises
    ------
    InputError
        If their number differs, the same names come in another order, or a band is known to be something else.
    """
    if source.n_bands != bands.count:
        raise InputError(
            f"{source.name} has {source.n_bands} bands, but {owner} has {bands.count} ({_listed(bands.names)}); "
            "choose with bands"
        )
    if source.band_names != bands.names and sorted(source.band_names) == sorted(bands.names):
        order = ",".join(bands.names)
        raise InputError(f"{source.name} has the bands of {owner} in another order; choose bands={order!r}")
    roles, wanted = (_role_of_each_band(each) for each in (bands_of(source), bands))
    for number in sorted(roles.keys() & wanted.keys()):
        if roles[number] != wanted[number]:
            raise InputError(
                f"band {number + 1} of {source.name} is {roles[number]}, but {owner} has {wanted[number]} there; "
                "choose with bands"
            )


def _role_of_each_band(bands: Bands) -> dict[int, str]:
    """Return what each band is known to be, such as red or nir."""
    return {number: role for role, number in find_roles(bands).items()}


def band_notes(bands: Bands, source: Source) -> list[str]:
    """Say where a source's bands may mean something else than those a model was fitted on."""
    notes = []
    if source.band_names != bands.names:
        notes.append(f"The model was fitted on {_listed(bands.names)}; this image has {_listed(source.band_names)}.")
    if str(source.dtype) != bands.dtype:
        notes.append(f"The model was fitted on {bands.dtype}; this image is stored as {source.dtype}.")
    return notes


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
