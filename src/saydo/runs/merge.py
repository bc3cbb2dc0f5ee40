"""Pages that several machines made, each its shard, brought together in one folder.

Takes folders of reports (`--out` of each shard) of the same study, day, params, data and versions;
leaves the report that one machine would have made, and tells what did not agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from saydo.runs import beside, plan
from saydo.runs.content import PIN, newest_pin
from saydo.runs.files import point, sha256, write
from saydo.runs.lock import Lock
from saydo.runs.manifest import Manifest, PageRecord
from saydo.runs.places import Places
from saydo.runs.plan import Page
from saydo.runs.publish import FOLDERS, apart, publish, room_in
from saydo.runs.record import Record
from saydo.runs.results import Results
from saydo.runs.shards import CannotMerge, Shard, check, shard_in
from saydo.slug import slug

LAST_DIGITS = 1e-9
"""Numbers that differ by less, for 1, are the same number."""


@dataclass(frozen=True)
class Merged:
    """What came of merging."""

    manifest: Manifest
    missing: tuple[str, ...]
    """Pages that no shard has made."""
    notes: tuple[str, ...]
    """What did not agree between shards."""


@dataclass
class _Best:
    """The page to take of each path, and whence."""

    pages: dict[str, tuple[PageRecord, Shard]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def offer(self, page: PageRecord, shard: Shard) -> None:
        """One that is rendered wins over one that failed, else the first."""
        if page.status == "ok" and not page.stands(shard.folder):
            self.notes.append(f"{page.path} of {shard.folder} is not as it was written; left out")
            return
        if page.status not in ("ok", "failed"):
            return
        have = self.pages.get(page.path)
        if have is None or (have[0].status, page.status) == ("failed", "ok"):
            self.pages[page.path] = (page, shard)
        elif have[0].status == page.status == "ok" and have[0].sha256 != page.sha256:
            self.notes.append(
                f"{page.path} was made twice, and not alike: that of {have[1].folder} is kept, "
                f"that of {shard.folder} is not"
            )


def merge(into: Path, folders: Sequence[Path]) -> Merged:
    """Bring the pages of several shards together below `into`.

    Args:
        into: Folder of reports; in a project (beside its notebooks), or named from one. Pages that
            are there already, of the same params, data and versions, are kept.
        folders: Of reports with one run each, or of runs themselves.

    Raises:
        CannotMerge: They are not of one run, or one of them is not done.
    """
    shards = [shard_in(folder) for folder in folders]
    check(shards)
    first = shards[0].manifest
    prepared = Results(shards[0].folder).prepared
    pages = plan.pages(plan.notebooks(_project(into)), prepared.segments)
    folder = into.absolute() / slug(first.study) / first.as_of.isoformat()
    nowhere = Places(())
    notes: list[str] = []
    with Lock(folder, command="saydo merge") as lock, apart(folder, lock, say=notes.append) as new:
        notes += [*_unlike(shards), *_drawn_anew(shards[0], folder)]
        begun = first.model_copy(
            update={
                "started": min(shard.manifest.started for shard in shards),
                "finished": None,
                "status": "running",
                "complete": False,
                "pages": (),
            }
        )
        record = Record.continued(
            begun, folder, places=nowhere, order=[page.path for page in pages]
        )
        best, taken = _best(shards, pages, record, Shard(folder, begun))
        with room_in(folder):
            for file in _results(shards[0].folder):
                write(new / file, (shards[0].folder / file).read_bytes())
            record.begin([page for page in pages if page.path in taken])
        publish(new, folder)
        for page in pages:
            if page.path in taken:
                lock.check()
                record.add(_copied(page, *taken[page.path], folder))
        ended = record.end(pages, of=pages, interrupted=False)
        if ended.complete:
            point(folder.parent / "latest", folder)
        beside.update(folder, ended, pages, places=nowhere, say=notes.append)
    missing = tuple(page.path for page in pages if page.path not in record.pages)
    told = ended.model_copy(update={"folder": folder})
    return Merged(told, missing, (*notes, *best.notes))


def _best(
    shards: Sequence[Shard], pages: Sequence[Page], record: Record, here: Shard
) -> tuple[_Best, dict[str, tuple[PageRecord, Shard]]]:
    """The best page of each path, and which of them must be copied."""
    best = _Best()
    for page in record.pages.values():
        best.offer(page, here)
    planned = {page.path for page in pages}
    for shard in shards:
        if shard.folder.resolve() == here.folder.resolve():
            continue
        for page in shard.manifest.pages:
            if page.path in planned:
                best.offer(page, shard)
            else:
                best.notes.append(f"{page.path} of {shard.folder} is of no notebook here; left out")
    taken = {path: found for path, found in best.pages.items() if found[1] is not here}
    return best, taken


def _copied(page: Page, made: PageRecord, shard: Shard, folder: Path) -> PageRecord:
    """Copy a page and its record, and tell what became of it."""
    # By the plan's names, not the manifest's, which can be edited.
    for name in (page.record, page.path):
        source = shard.folder / name
        if source.is_file():
            write(folder / name, source.read_bytes())
        else:
            (folder / name).unlink(missing_ok=True)
    if made.status == "ok" and not made.stands(folder):
        raise CannotMerge(
            f"{shard.folder} changes while it is merged. Merge again when it is done."
        )
    return made


def _results(folder: Path) -> list[Path]:
    """Files that are of the whole run, from its folder on."""
    found = [file for name in FOLDERS for file in (folder / name).glob("*") if file.is_file()]
    if (folder / PIN).is_file():
        found.append(folder / PIN)
    return [file.relative_to(folder) for file in found]


def _unlike(shards: Sequence[Shard]) -> Iterator[str]:
    """Tables that shards computed each for itself, and not alike."""
    first, *others = shards
    for shard in others:
        for file in sorted({*_results(first.folder), *_results(shard.folder)}):
            both = [each.folder / file for each in (first, shard)]
            if file.suffix == ".csv" and not (
                all(each.is_file() for each in both) and _alike(*both)
            ):
                yield (
                    f"{file.as_posix()} is not the same in {first.folder} and {shard.folder}, "
                    "though params, data and versions are; that of the first is kept"
                )


def _alike(one: Path, other: Path) -> bool:
    """Whether two tables say the same, in whatever order of rows, but for the last digits.

    Sums come out in another order of their terms each time, and so in other last digits.
    """
    if sha256(one) == sha256(other):
        return True
    if sorted(one.read_bytes().splitlines()) == sorted(other.read_bytes().splitlines()):
        return True
    mine, its = (pd.read_csv(file, dtype=str, keep_default_na=False) for file in (one, other))
    if mine.shape != its.shape or list(mine) != list(its):
        return False
    differ = (mine != its).to_numpy()
    here, there = (
        pd.to_numeric(pd.Series(table.to_numpy()[differ]), errors="coerce").to_numpy(float)
        for table in (mine, its)
    )
    return bool(np.isclose(here, there, rtol=LAST_DIGITS, atol=LAST_DIGITS).all())


def _drawn_anew(shard: Shard, folder: Path) -> Iterator[str]:
    """Shards in folders of their own don't see how earlier runs drew segments."""
    earlier = newest_pin(folder.parent, before=shard.manifest.as_of)
    own = shard.folder / PIN
    if earlier and own.is_file() and own.read_bytes() != earlier.read_bytes():
        yield (
            f"segments were not drawn as in the run of {earlier.parent.name}. Unless params asked "
            f"for that, copy {folder.parent.name}/{earlier.parent.name}/{PIN} into the --out of "
            "each shard first"
        )


def _project(into: Path) -> Path:
    """The project that `into` lies in, or the one from which the command is given."""
    for folder in [*into.absolute().parents, Path.cwd()]:
        if any((folder / plan.FOLDER).glob("*.ipynb")):
            return folder
    raise CannotMerge(
        f"No project holds {into}: which pages a whole report has is told by its notebooks. "
        f"Merge from the folder that holds {plan.FOLDER}/."
    )
