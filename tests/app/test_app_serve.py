"""How the server starts: where it listens, what it calls itself, what it shows first."""

import os
import re
import signal
import subprocess
import sys

import pytest

from fallow.app import serve as serving
from fallow.errors import FileError, InputError


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org"])
def test_another_host_must_be_meant(fields, host, fallow_cli):
    code, _, error = fallow_cli("serve", fields, "--host", host, "--no-browser")
    assert code == 2
    assert error == f"fallow: {host} can be reached from other machines; say --allow-remote if that is meant\n"


def test_the_extra_is_asked_for(fields, fallow_cli, monkeypatch):
    monkeypatch.setitem(sys.modules, "fastapi", None)
    code, _, error = fallow_cli("serve", fields, "--no-browser")
    assert code == 2
    assert error.endswith("install it with: pip install 'fallow[app]'\n")


def test_a_name_that_is_no_address_is_told(fields, fallow_cli):
    code, _, error = fallow_cli("serve", fields, "--host", "256.1.1.1", "--allow-remote", "--no-browser")
    assert (code, error.count("\n")) == (2, 1)
    assert "cannot listen on 256.1.1.1" in error


@pytest.mark.parametrize(("path", "root", "start"), [
    ("fields", "fields", ("folder", "")),
    ("fields/out", "fields", ("result", "out")),
    ("fields/deep/photo.png", "fields/deep", ("image", "photo.png")),
])  # fmt: skip
def test_what_is_shown_first(fields, path, root, start):
    found, first = serving.find_start(fields.parent / path)
    assert (found.folder, first) == (fields.parent / root, start)


def test_nothing_cannot_be_served(tmp_path):
    with pytest.raises(FileError, match=r"there is no .*nothing"):
        serving.find_start(tmp_path / "nothing")


def test_names_are_those_of_where_it_listens():
    assert serving.names_of("127.0.0.1") == {"127.0.0.1", "localhost", "[::1]"}
    assert serving.names_of("192.168.1.5") == {"192.168.1.5"}
    assert serving.names_of("fe80::1") == {"[fe80::1]"}
    assert {"127.0.0.1", "localhost"} < serving.names_of("0.0.0.0")


def test_a_port_that_is_taken_is_told_or_passed_over():
    place = serving.listen("127.0.0.1", 0)
    with pytest.raises(InputError, match=f"cannot listen on 127.0.0.1 port {place.port}"):
        serving.listen("127.0.0.1", place.port)
    place.socket.close()


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_the_command_prints_the_address_and_ends_with_ctrl_c(fields):
    command = [sys.executable, "-P", "-m", "fallow", "serve", str(fields), "--no-browser", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert re.fullmatch(r"fallow is at http://127\.0\.0\.1:\d+/#token=[\w-]{43}\n", process.stdout.readline())
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == ""
        assert process.wait() == 0
