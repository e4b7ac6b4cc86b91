"""What is public, and what is imported when."""

import ast
import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import fallow
from fallow.cluster.registry import CLUSTERERS
from fallow.features.registry import FAMILIES

SOURCE = Path(fallow.__file__).parent
HEAVY = (
    "numba", "sklearn", "scipy", "skimage", "rasterio", "cv2", "PIL", "h5py", "onnxruntime", "pyogrio", "shapely",
    "tqdm", "torch", "transformers", "onnx", "matplotlib",
)  # fmt: skip
ASKING = ("require", "import_module")
PUBLIC = {
    "FallowError", "FileError", "InputError", "Segmentation", "Segmenter", "Work", "__version__", "choose", "compare",
    "fit", "load", "metrics", "join_chips", "open_result", "open_source", "segment", "train",
}  # fmt: skip


def loaded_after(code: str, *, runs: int = 3) -> tuple[set[str], float]:
    """Run code in fresh interpreters; return the heavy modules it loaded and the seconds it took at best."""
    script = f"""
import json, sys, time
start = time.perf_counter()
{code}
print(json.dumps([[name for name in {HEAVY} if name in sys.modules], time.perf_counter() - start]))
"""
    told = []
    for _ in range(runs):
        process = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
        told.append(json.loads(process.stdout.splitlines()[-1]))
    return set(told[0][0]), min(seconds for _, seconds in told)


def trees() -> Iterator[tuple[Path, list[ast.AST]]]:
    """Yield each source file and the nodes of its syntax."""
    for path in SOURCE.rglob("*.py"):
        yield path, list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def called(nodes: list[ast.AST]) -> set[str]:
    return {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def test_import_is_quick_and_loads_nothing_heavy():
    heavy, seconds = loaded_after("import fallow")
    assert heavy == set()
    assert seconds < 0.3


@pytest.mark.parametrize("args", [["--help"], ["segment", "--help"], ["train", "--help"], ["--version"], ["segmnt"]])
def test_help_is_quick_and_loads_nothing_heavy(args):
    heavy, seconds = loaded_after(f"import fallow.cli; fallow.cli.run({args})")
    assert heavy == set()
    assert seconds < 0.5


def test_the_common_path_never_loads_scikit_learn():
    code = """
import numpy as np, fallow
image = np.random.default_rng(0).integers(0, 255, (40, 50, 3), dtype=np.uint8)
for method in ("kmeans", "som,shape=3x3"):
    fallow.segment(image, classes=2, method=method).preview()
"""
    heavy, _ = loaded_after(code, runs=1)
    assert not heavy & {"sklearn", "skimage", "h5py", "pyogrio", "shapely", "torch"}


def test_the_public_names_are_these():
    assert set(fallow.__all__) == PUBLIC
    assert set(dir(fallow)) == PUBLIC
    assert all(getattr(fallow, name).__doc__ for name in PUBLIC - {"__version__"})
    with pytest.raises(AttributeError, match="module 'fallow' has no attribute 'sgement'"):
        fallow.sgement  # noqa: B018


def test_errors_are_also_what_python_calls_them():
    assert issubclass(fallow.InputError, (fallow.FallowError, ValueError))
    assert issubclass(fallow.InputError, ValueError)
    assert issubclass(fallow.FileError, OSError)


@pytest.mark.parametrize("place", [*CLUSTERERS.values(), *FAMILIES.values()])
def test_every_registered_name_leads_somewhere(place):
    module, _, name = place.partition(":")
    assert getattr(importlib.import_module(module), name).__doc__


def test_every_module_says_what_it_is():
    for path, nodes in trees():
        assert ast.get_docstring(nodes[0]), path


def test_nothing_but_the_command_line_prints_or_reads_the_environment():
    for path, nodes in trees():
        attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        if path.parent.name != "cli":
            assert "print" not in called(nodes), path
            assert not attributes & {"environ", "getenv"}, path


def test_nothing_is_pickled_and_no_text_is_run():
    for path, nodes in trees():
        imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        assert not imported & {"pickle", "joblib", "marshal", "dill"}, path
        assert not called(nodes) & {"eval", "exec", "compile"}, path


def test_libraries_of_networks_are_imported_in_one_place():
    deep = {"torch", "transformers", "onnx", "safetensors", "huggingface_hub"}
    for path, nodes in trees():
        if path.parent.name != "deep":
            assert not {name.partition(".")[0] for name in imported(nodes)} & deep, path


def test_viewers_are_imported_by_their_plugin_alone_and_only_for_the_widget():
    viewer = {"napari", "magicgui", "superqt", "qtpy", "npe2"}
    for path, nodes in trees():
        found = {name.partition(".")[0] for name in imported(nodes)} & viewer
        assert not found or path.relative_to(SOURCE) == Path("napari/widget.py"), path


def imported(nodes: list[ast.AST]) -> Iterator[str]:
    """Yield the modules that a file imports, or asks for by name."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in ASKING:
            yield from (
                each.value for each in node.args[:1] if isinstance(each, ast.Constant) and isinstance(each.value, str)
            )
