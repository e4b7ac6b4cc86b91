"""A model applied to a thousand small images, whole command."""

from bench import Bench, Row, Table, in_turn, measure

NUMBER, SIDE = 1000, 256
BAR = 60.0


def apply(bench: Bench) -> Table:
    """60 images of 256 x 256 x 3 a second, each with its results written."""
    (side,) = bench.sides(8192)
    number = min(NUMBER, (side // SIDE) ** 2)
    folder, model = bench.photos(bench.raster(side), number), bench.results / "model.fallow"
    options = ("--unit", "pixel", "--features", "color", "--classes", 6)
    fitted = measure(bench.fallow("fit", folder, *options, "-o", model, "--overwrite", "--quiet"))
    command = bench.fallow("apply", model, folder, "-o", bench.results / "applied", "--overwrite", "--quiet")
    spent = in_turn({"apply": command}, bench.runs)["apply"]
    pace = number / spent.seconds
    rows = [
        Row(f"fallow fit, {number} images, once", fitted),
        Row(f"fallow apply, {number} images", spent, f"{pace:.0f} images a second", f"at least {BAR:g}", pace >= BAR),
    ]
    return Table(f"A model applied to {number} PNG images of {SIDE} x {SIDE} x 3 uint8, whole command", rows)
