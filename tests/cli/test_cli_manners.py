"""How the command line behaves, whatever the command."""

import errno

import pytest

from fallow import __version__, cli


def test_help_lists_every_command_in_whole_sentences(fallow_cli):
    code, out, err = fallow_cli("--help")
    assert (code, err) == (0, "")
    listed = [line.split(maxsplit=1) for line in out.partition("Commands:\n")[2].splitlines()]
    assert [name for name, _ in listed] == list(cli.COMMANDS)
    assert all(text.endswith(".") and "..." not in text for _, text in listed)


def test_no_command_means_help(fallow_cli):
    assert fallow_cli() == fallow_cli("--help") == fallow_cli("-h")


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_each_command_explains_itself(fallow_cli, command):
    code, out, err = fallow_cli(command, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"Usage: fallow {command}")


def test_the_version_is_told(fallow_cli):
    assert fallow_cli("--version") == (0, f"fallow, version {__version__}\n", "")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["segmnt"], "no such command 'segmnt'; did you mean \"segment\"?"),
        (["paint", "a.png"], "no such command 'paint'"),
        (["--loud"], "No such option"),
        (["segment"], "no images given; name files, folders or patterns"),
        (["apply"], "Missing argument 'MODEL'"),
        (["fit", "photo.png"], "Missing option '-o'"),
        (["fit", "-o", "m.fallow"], "no images given"),
        (["info"], "Missing argument"),
        (["info", "photo.png", "photo.png"], "unexpected extra argument"),
    ],
)
def test_a_wrong_call_is_one_line_and_two(fallow_cli, args, message):
    code, out, err = fallow_cli(*args)
    assert (code, out) == (2, "")
    assert err.startswith("fallow: ")
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "fallow: interrupted; nothing half-made is left"),
        (
            OSError(errno.ENOSPC, "No space left on device", "out/x"),
            1,
            "fallow: [Errno 28] No space left on device: 'out/x'",
        ),
        (MemoryError(), 1, "fallow: out of memory"),
        (BrokenPipeError(), 1, ""),
        (
            RuntimeError("cannot cache function 'find': no locator available for file 'forest.py'"),
            1,
            "fallow: compiled kernels can be kept nowhere; set NUMBA_CACHE_DIR to a folder that can be written",
        ),
    ],
)
def test_what_the_system_refuses_is_a_failure_not_a_traceback(fallow_cli, monkeypatch, photo, error, code, said):
    def fail(*args, **options):
        raise error

    monkeypatch.setattr("fallow.jobs.segment_files", fail)
    assert fallow_cli("segment", photo)[::2] == (code, f"\n{said}\n" if code == 130 else f"{said}\n" * bool(said))


def test_a_slip_of_ours_keeps_its_traceback(fallow_cli, monkeypatch, photo):
    monkeypatch.setattr("fallow.jobs.segment_files", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError, match="division"):
        fallow_cli("segment", photo)


def test_a_result_that_cannot_be_written_is_a_failure(fallow_cli, monkeypatch, photo):
    def full(*args, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    code, out, err = fallow_cli("segment", photo, "-o", "out")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("fallow: cannot write out")
    assert err.endswith(": No space left on device\n")
    assert not (photo.parent / "out").exists()
