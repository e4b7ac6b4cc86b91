"""A recipe of edits: what a person changed in a result, line by line, to be repeated, shortened and handed on."""

from fallow.edits.board import Board, Ground
from fallow.edits.recipe import Edits

__all__ = ["Board", "Edits", "Ground"]
