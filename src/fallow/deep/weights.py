"""Where a network's weights are: a folder, or a name on the Hugging Face hub, which becomes a folder of its cache."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from fallow.deep.quiet import quiet
from fallow.errors import FileError
from fallow.optional import require

EXTRA = "hub"
CONFIG, INPUT, INDEX = "config.json", "preprocessor_config.json", "model.safetensors.index.json"
WEIGHTS = "model*.safetensors"
COMMIT = re.compile(r"[0-9a-f]{40}")


def find_folder(model: str, revision: str = "", *, offline: bool = False) -> Path:
    """Return the folder that holds a network: one of this name, else one of the hub's cache, downloaded if need be.

    What the cache holds is taken without asking the hub. Only the configuration and weights as safetensors are
    downloaded, never code and never a pickle.

    Parameters
    ----------
    model
        A folder, or a name on the hub such as "facebook/dinov2-small".
    revision
        Commit, branch or tag on the hub; its main branch by default.
    offline
        Whether to look in the cache alone.

    Raises
    ------
    FileError
        If there is no such folder, model or revision, or the hub cannot be reached.
    MissingExtraError
        If `huggingface_hub`, which comes with transformers, is not installed.
    """
    folder = Path(model).expanduser()
    return folder if folder.is_dir() else _cached(model, revision, offline)


def find_commit(folder: Path) -> str:
    """Return the commit that a folder of the hub's cache holds; empty for any other folder."""
    return folder.name if folder.parent.name == "snapshots" and COMMIT.fullmatch(folder.name) else ""


def find_files(folder: Path) -> list[Path]:
    """List the files that decide what a network says: its configuration, its input, its weights.

    Raises
    ------
    FileError
        If there is no configuration, or no whole set of weights as safetensors.
    """
    if not (folder / CONFIG).is_file():
        raise FileError(f"{folder} holds no {CONFIG}: it is not the folder of a network that transformers can load")
    weights = sorted(folder.glob(WEIGHTS))
    wanted = {folder / name for name in read_json(folder / INDEX).get("weight_map", {}).values()}
    if not weights or not wanted <= set(weights):
        raise FileError(
            f"{folder} holds no whole set of weights as {WEIGHTS}, and pickled ones (.bin) can run code, so Fallow "
            "loads none; on a machine where you trust them, load them with transformers and save_pretrained a folder"
        )
    return [folder / CONFIG, *(path for path in (folder / INPUT, folder / INDEX) if path.is_file()), *weights]


def read_json(path: Path) -> dict[str, Any]:
    """Read an object of JSON; empty where there is no such file.

    Raises
    ------
    FileError
        If it cannot be read, or is something else.
    """
    if not path.exists():
        return {}
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FileError(f"cannot read {path}: {first_line(error)}") from error
    if not isinstance(read, dict):
        raise FileError(f"cannot read {path}: it holds no object of JSON")
    return read


def fingerprint(files: list[Path]) -> str:
    """Return the SHA-256 of some files, in their order: 1 s for a few hundred megabytes."""
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def first_line(error: Exception) -> str:
    """Return the first line of what an error says, or its kind if it says nothing."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


@cache
@quiet()
def _cached(model: str, revision: str, offline: bool) -> Path:
    """Find a model in the hub's cache, or download it into the cache."""
    hub, errors = require("huggingface_hub", EXTRA), require("huggingface_hub.errors", EXTRA)
    by_hand = f'download it on another machine with "hf download {model} --local-dir FOLDER" and name that folder'
    wanted = {"revision": revision or None, "allow_patterns": [CONFIG, INPUT, INDEX, WEIGHTS]}
    try:
        try:
            folder = Path(hub.snapshot_download(model, **wanted, local_files_only=True))
            find_files(folder)
        except (errors.LocalEntryNotFoundError, FileError):
            if offline:
                raise
            folder = Path(hub.snapshot_download(model, **wanted))
    except errors.HFValidationError as error:
        raise FileError(
            f'"{model}" is neither a folder nor a name on the hub, such as "facebook/dinov2-small"'
        ) from error
    except errors.GatedRepoError as error:
        raise FileError(
            f'{model} asks that its licence be accepted: do so at https://huggingface.co/{model}, then "hf auth login"'
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise FileError(
            f'the hub has no model {model}, or it is private: check the name, or "hf auth login"'
        ) from error
    except errors.RevisionNotFoundError as error:
        raise FileError(f"{model} has no revision {revision} on the hub: check it, or leave it out") from error
    except errors.LocalEntryNotFoundError as error:
        why = "offline forbids to ask the hub" if offline else "the hub cannot be reached"
        raise FileError(f"{model} is neither a folder nor in the cache, and {why}; {by_hand}") from error
    except FileError:
        raise
    except (OSError, errors.HTTPError) as error:  # other answers of the hub, a full disk
        raise FileError(f"cannot download {model}: {first_line(error)}; {by_hand}") from error
    return folder
