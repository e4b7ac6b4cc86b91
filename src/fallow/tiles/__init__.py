"""Where pixels on disk meet the stages: geometry, sampling, sweeps, seams."""

from fallow.tiles.engine import Tile, Work, sweep
from fallow.tiles.grid import BLOCK, blocks_of, tiles_of

__all__ = ["BLOCK", "Tile", "Work", "blocks_of", "sweep", "tiles_of"]
