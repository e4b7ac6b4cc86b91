"""Without PyTorch: the family is known, its options are checked, and its use says what to install."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import fallow
from fallow.errors import MissingExtraError
from fallow.features import parse_features


@pytest.mark.parametrize("module", ["torch", "transformers"])
def test_what_is_missing_is_told_with_the_command_that_installs_it(tmp_path, monkeypatch, module):
    if module == "transformers":
        pytest.importorskip("torch", reason="PyTorch is not installed")
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(
        MissingExtraError, match=rf"^this needs {module}; install it with: pip install 'fallow\[hub\]'$"
    ):
        fallow.segment(np.zeros((20, 20, 3), np.uint8), classes=2, features=f"hub:{tmp_path}", unit="pixel")


def test_a_family_can_be_named_without_it(monkeypatch):
    for module in ("torch", "transformers", "huggingface_hub", "safetensors"):
        monkeypatch.setitem(sys.modules, module, None)
    ((family, weight),) = parse_features("hub:facebook/dinov2-small,weight=2")
    assert (family.family, family.model, family.halo, weight) == ("hub", "facebook/dinov2-small", 64, 2)
