"""fallow doctor"""

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from fallow import doctor

PARTS = ["Python", *doctor.LIBRARIES, "packages", "machine", "cache", "network"]


@pytest.fixture
def without_runs(monkeypatch):
    """Leave out what takes seconds."""
    monkeypatch.setattr(doctor, "RUNS", {})


def fallow_process(folder, *args):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(folder / "kernels")}
    code = f"""
import sys
from fallow import cli
from fallow.run.compiling import watch_compiling
with watch_compiling() as compiling:
    code = cli.run({list(map(str, args))})
print(compiling.n_kernels)
sys.exit(code)
"""
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )


def test_after_the_doctor_nothing_is_compiled(tmp_path, photo, field):
    first = fallow_process(tmp_path, "doctor")
    lines = first.stdout.splitlines()[:-1]
    assert [line[:8].strip() for line in lines] == ["ok"] * (len(PARTS) + len(doctor.RUNS))
    assert [line[8:22].strip() for line in lines] == [*PARTS, *doctor.RUNS]
    assert int(first.stdout.splitlines()[-1]) > 50
    assert str(tmp_path / "kernels") in first.stdout
    assert first.stderr == ""
    for options in ((photo,), (field, "--unit", "pixel"), (photo, "-f", "color,texture", "-m", "som")):
        later = fallow_process(tmp_path, "segment", *options, "-q", "--overwrite")
        assert (later.stdout, later.stderr) == ("0\n", "")


@pytest.mark.usefixtures("without_runs")
def test_json_tells_of_each_part(fallow_cli):
    code, out, err = fallow_cli("doctor", "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert [each["part"] for each in told] == PARTS
    assert all(each["ok"] and each["told"] and not each["advice"] for each in told)


@pytest.mark.usefixtures("without_runs")
def test_quiet_says_nothing_if_all_is_well(fallow_cli):
    assert fallow_cli("doctor", "-q") == (0, "", "")


@pytest.mark.usefixtures("without_runs")
@pytest.mark.parametrize("quiet", [(), ("-q",)])
def test_what_is_broken_is_told_with_what_to_do(fallow_cli, monkeypatch, tmp_path, quiet):
    (tmp_path / "lite0_fine.onnx").write_bytes(b"half of it")
    (tmp_path / "lite0.sha256").write_text("03247ca7  lite0_fine.onnx\n")
    monkeypatch.setattr(doctor, "files", lambda package: tmp_path)
    monkeypatch.setitem(doctor.LIBRARIES, "Nonsense", "no_such_module")
    code, out, err = fallow_cli("doctor", *quiet)
    assert code == 1
    assert err == (
        "fallow: Nonsense does not work: ModuleNotFoundError: No module named 'no_such_module'; "
        "pip install --force-reinstall no_such_module; "
        "network does not work: ValueError: the 10 bytes of lite0_fine.onnx are not what they should be; "
        "pip install --force-reinstall fallow onnxruntime\n"
    )
    if quiet:
        assert out == ""
    else:
        broken = [line for line in out.splitlines() if line.startswith("broken")]
        assert [line.split()[1] for line in broken] == ["Nonsense", "network"]
        assert f"{'':22}pip install --force-reinstall fallow onnxruntime" in out.splitlines()


@pytest.mark.usefixtures("without_runs")
def test_a_cache_that_cannot_be_written_is_broken(fallow_cli, monkeypatch, tmp_path):
    stats = SimpleNamespace(cache_path=str(tmp_path / "gone"))
    monkeypatch.setattr("fallow.labels.forest.find", SimpleNamespace(stats=stats))
    code, out, err = fallow_cli("doctor")
    assert code == 1
    assert "set NUMBA_CACHE_DIR to a folder that can be written" in out
    assert err.startswith("fallow: cache does not work: FileNotFoundError: ")
    assert err.count("\n") == 1


def test_a_package_that_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(
        "importlib.metadata.requires", lambda name: ["numpy>=1", "no-such-thing[a]>=2; python_version>'3'"]
    )
    with pytest.raises(ModuleNotFoundError, match=r"^no-such-thing not installed$"):
        doctor._packages()


def test_a_run_that_comes_out_wrong_is_broken(monkeypatch):
    monkeypatch.setattr("fallow.jobs.segment_files", lambda job, work: [SimpleNamespace(table=[1])])
    with pytest.raises(ValueError, match=r"photo\.png shows four colours and came out as 1 class"):
        doctor._run(doctor.RUNS["features"], None)
