from fallow.render.palette import NAMED, as_hex, class_color, class_colors


def test_a_class_has_the_same_colour_in_every_result():
    assert class_colors(5) == {label: class_color(label) for label in range(1, 6)}
    assert class_colors(400)[3] == class_colors(5)[3]


def test_colours_are_bytes_and_differ():
    colors = list(class_colors(300).values())
    assert all(0 <= value <= 255 and isinstance(value, int) for color in colors for value in color)
    assert len(set(colors)) > 295
    assert len(set(colors[: len(NAMED) + 20])) == len(NAMED) + 20


def test_hex_has_two_digits_a_channel():
    assert as_hex((0, 10, 255)) == "#000aff"
