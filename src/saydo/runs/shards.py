"""Which folders are shards of one run, whose pages can stand side by side?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from saydo.errors import SaydoError
from saydo.runs import manifest
from saydo.runs.manifest import Manifest


class CannotMerge(SaydoError):
    """These folders are not shards of one run; names every difference. Nothing was changed."""


@dataclass(frozen=True)
class Shard:
    """The folder of a run that made some pages, and its manifest."""

    folder: Path
    manifest: Manifest


def shard_in(folder: Path) -> Shard:
    """The one run in a folder.

    Raises:
        CannotMerge: There is none, or several, or it is not done.
    """
    runs = [file.parent for file in [folder / manifest.NAME] if file.is_file()] or sorted(
        file.parent for file in folder.glob(f"*/*/{manifest.NAME}") if not file.parent.is_symlink()
    )
    if len(runs) != 1:
        listed = ", ".join(map(str, runs)) or "none"
        raise CannotMerge(f"{folder} must hold one run; found: {listed}. Name the folder of a run.")
    found = manifest.read(runs[0])
    if found is None:
        raise CannotMerge(f"{runs[0] / manifest.NAME} is not of this version of saydo.")
    if found.status == "running":
        what = f"The run in {runs[0]} has not ended, or was killed"
        raise CannotMerge(f"{what}. Wait for it, or run its shard again with --retry-failed.")
    return Shard(runs[0], found)


def check(shards: Sequence[Shard]) -> None:
    """Compare what the pages of each shard rest on.

    Raises:
        CannotMerge: Lists every difference between the first shard and the others.
    """
    first = shards[0]
    lines = [
        f"  - {what}: {mine} in {first.folder}, {other} in {shard.folder}"
        for shard in shards[1:]
        for what, mine, other in _differences(first.manifest, shard.manifest)
    ]
    if lines:
        head = "These are not shards of one run, so that their pages can't stand side by side:"
        raise CannotMerge("\n".join([head, *lines]))


def _differences(one: Manifest, other: Manifest) -> Iterator[tuple[str, object, object]]:
    for name in ("study", "as_of"):
        if getattr(one, name) != getattr(other, name):
            yield name, getattr(one, name), getattr(other, name)
    for name in ("params", "data", "versions", "rows"):
        yield from _unequal(name, getattr(one, name), getattr(other, name))
    if one.key != other.key:
        what = "key (of params, data, saydo's code, and how segments were drawn before)"
        yield what, one.key, other.key


def _unequal(
    name: str, one: Mapping[str, object], other: Mapping[str, object]
) -> Iterator[tuple[str, object, object]]:
    for key in dict.fromkeys([*one, *other]):
        mine, theirs = one.get(key, "nothing"), other.get(key, "nothing")
        if mine != theirs:
            yield f"{name}.{key}", mine, theirs
