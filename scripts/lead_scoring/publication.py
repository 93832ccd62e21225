"""Publishing: everything of a run is written beside the old, and one rename makes it current."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from lead_scoring import exports
from lead_scoring.errors import StorageError, UsageError, VolumeGuardError
from lead_scoring.manifest import (
    MANIFEST_NAME,
    Inputs,
    Manifest,
    ManifestFacts,
    RelationCounts,
    file_facts,
    read_manifest,
)
from lead_scoring.names import suggestion
from lead_scoring.storage_errors import (
    storage_errors,
    translate_duckdb_error,
    translate_os_error,
)
from lead_scoring.work_database import WORK_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lead_scoring.output_folder import OutputFolder

DEFAULT_KEEP = 3
DATABASE_NAME = "lead_scoring.duckdb"
MARTS_NAME = "marts"
CONFIGURATION_NAME = "config"
NAMES_NAME = ".leads.parquet"

_LIST_NAMES = tuple(f"ranked_leads.{list_format}" for list_format in exports.LIST_FORMATS)
_STABLE_NAMES = (DATABASE_NAME, *_LIST_NAMES, MARTS_NAME, MANIFEST_NAME)
_UNFINISHED = ".tmp-"
_SPILL_NAME = ".spill"
_RUN_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,99}")


@dataclass(frozen=True)
class Publication:
    """A published run: its folder, its manifest, and what is to be said about its files."""

    folder: Path
    manifest: Manifest
    warnings: list[str] = field(default_factory=list)


def publish(
    folder: OutputFolder,
    work_database: Path,
    *,
    model_id: str,
    formats: Sequence[str],
    keep: int = DEFAULT_KEEP,
    manifest_facts: ManifestFacts,
    configuration: Path,
    settings: Mapping[str, str | int] | None = None,
) -> Publication:
    """Publish the marts of a work database in one step.

    The caller holds the folder, and has closed its own connections to the work database. A kill
    at any moment leaves the old publication whole or the new one current.

    Args:
        folder: where the stable names are.
        work_database: the database with the marts in the schema `lead_scoring`.
        model_id: the model of the ranked list.
        formats: of csv, parquet, json and xlsx.
        keep: how many publications stay on the disk, the current one counted.
        manifest_facts: what the work database can't tell.
        configuration: the folder of the configuration that scored, to be kept with the run.
        settings: DuckDB settings, such as `threads` and `memory_limit`.

    Raises:
        UsageError: an unknown format, too many rows for one, keep below 1.
        StorageError: the disk, the permissions, the work database, a file in the way.
        DatabaseBusyError: another process holds the work database.
    """
    formats = _checked_formats(formats)
    _check_keep(keep)
    _check_model(model_id, manifest_facts.models)
    refuse_foreign_files(folder, formats)
    with storage_errors(folder.path), _readable(work_database), _building(folder) as build:
        with exports.engine(build / _SPILL_NAME, settings) as engine:
            # dbt named the catalog for the file, and wrote that name into its views.
            work = exports.attach(engine, work_database, WORK_SCHEMA, work_database.stem)
            run = exports.read_run_facts(engine, work)
            _check_run_id(run.run_id)
            exports.refuse_too_long(engine, work, model_id, formats)
            exports.write_marts_database(engine, work, build / DATABASE_NAME)
            exports.write_lead_names(engine, work, build / NAMES_NAME)
            marts = exports.attach(engine, build / DATABASE_NAME, "main", "finished_marts")
            (build / MARTS_NAME).mkdir()
            exports.write_mart_files(engine, marts, build / MARTS_NAME)
            rows = exports.count_rows(engine, marts)
            warnings = exports.write_ranked_list(
                engine,
                marts,
                names=build / NAMES_NAME,
                model_id=model_id,
                formats=formats,
                folder=build,
            )
        shutil.rmtree(build / _SPILL_NAME, ignore_errors=True)
        shutil.copytree(configuration, build / CONFIGURATION_NAME)
        manifest = Manifest(
            sequence=_next_sequence(folder),
            run_id=run.run_id,
            as_of_date=run.as_of_date.isoformat(),
            started_at=run.started_at.isoformat(timespec="seconds") + "Z",
            published_at=_now(),
            model=model_id,
            champion=manifest_facts.champion,
            models=list(manifest_facts.models),
            versions=dict(manifest_facts.versions),
            configuration_fingerprint=manifest_facts.configuration_fingerprint,
            inputs=Inputs(manifest_facts.inputs_kind, run.relations),
            marts=rows,
            files={name: file_facts(build / name) for name in _files_of(build)},
        )
        return _make_current(folder, build, manifest, keep, warnings)


def export_again(
    folder: OutputFolder,
    *,
    model_id: str | None = None,
    formats: Sequence[str],
    keep: int = DEFAULT_KEEP,
    settings: Mapping[str, str | int] | None = None,
) -> Publication:
    """Write the ranked list of the current run again, without its work database.

    A new publication of the same run takes the place of the current one: its other files are the
    same on the disk. The list stays in formats that are not asked for, unless it would then be
    another model's. The caller holds the folder.

    Args:
        folder: where the stable names are.
        model_id: the model of the ranked list; None for the champion.
        formats: of csv, parquet, json and xlsx.
        keep: how many publications stay on the disk, the current one counted.
        settings: DuckDB settings, such as `threads` and `memory_limit`.

    Raises:
        UsageError: nothing is published yet; an unknown model or format; too many rows for one.
        StorageError: the disk, the permissions, a damaged publication, a file in the way.
        DatabaseBusyError: another process writes to the published database.
    """
    formats = _checked_formats(formats)
    _check_keep(keep)
    old = current(folder)
    if old is None:
        raise UsageError(f"nothing is published in {folder.path} yet; run the scoring first")
    model_id = model_id or old.manifest.champion
    _check_model(model_id, old.manifest.models)
    refuse_foreign_files(folder, formats)
    rewritten = {f"ranked_leads.{list_format}" for list_format in formats}
    if model_id != old.manifest.model:
        rewritten.update(_LIST_NAMES)
    unchanged = [name for name in old.manifest.files if name not in rewritten]
    with (
        storage_errors(folder.path),
        _readable(old.folder / DATABASE_NAME),
        _building(folder) as build,
    ):
        for name in unchanged:
            (build / name).parent.mkdir(exist_ok=True)
            os.link(old.folder / name, build / name)
        with exports.engine(build / _SPILL_NAME, settings) as engine:
            marts = exports.attach(engine, build / DATABASE_NAME, "main", "finished_marts")
            exports.refuse_too_long(engine, marts, model_id, formats)
            warnings = exports.write_ranked_list(
                engine,
                marts,
                names=build / NAMES_NAME,
                model_id=model_id,
                formats=formats,
                folder=build,
            )
        shutil.rmtree(build / _SPILL_NAME, ignore_errors=True)
        facts = {name: old.manifest.files[name] for name in unchanged}
        for list_format in formats:
            name = f"ranked_leads.{list_format}"
            facts[name] = file_facts(build / name)
        manifest = replace(
            old.manifest,
            sequence=_next_sequence(folder),
            published_at=_now(),
            model=model_id,
            files=dict(sorted(facts.items())),
        )
        return _make_current(folder, build, manifest, keep, warnings)


def current(folder: OutputFolder) -> Publication | None:
    """Return the current publication, None where there is none.

    Raises:
        StorageError: the pointer or the manifest is damaged.
    """
    if not folder.pointer.is_symlink():
        if folder.pointer.exists():
            raise StorageError(f"{folder.pointer} is not a link of this project; move it away")
        return None
    link = folder.pointer.readlink()
    if link.parent != Path(folder.runs.name):
        raise StorageError(f"{folder.pointer} leads to {link}, which is not a publication")
    target = folder.path / link
    if not target.is_dir():
        return None
    return Publication(target, read_manifest(target / MANIFEST_NAME))


def known_model(published: Publication, model: str | None) -> str:
    """Return the model that was asked for, None standing for the champion.

    Raises:
        UsageError: the publication has no such model.
    """
    models = published.manifest.models
    found = model or published.manifest.champion
    if found not in models:
        raise UsageError(
            f"there is no model '{found}'; there are {', '.join(models)}"
            + suggestion(found, models)
        )
    return found


def volume_guard(previous: Manifest | None, inputs: Inputs, max_drop: float) -> None:
    """Hold back a load that shrank, or was rejected, beyond what is allowed.

    A load is compared with the last publication of the same kind of inputs; the first one is
    held back only if no lead of it was accepted.

    Args:
        previous: the manifest of the last publication.
        inputs: the counts of this run.
        max_drop: the share, 0 to 1, by which a relation's accepted rows may fall, and by which
            its share of rejected rows may rise.

    Raises:
        VolumeGuardError: with a sentence for each figure that is beyond it.
    """
    allowed = Fraction(str(max_drop))
    if previous is None or previous.inputs.kind != inputs.kind:
        found = _all_rejected(inputs) if allowed < 1 else []
    else:
        found = [
            sentence
            for relation, last in previous.inputs.relations.items()
            for sentence in _drops(relation, last, inputs.relations.get(relation), allowed)
        ]
    if found:
        raise VolumeGuardError(
            f"not published: {'; '.join(found)}. If that is right, allow it with --max-drop 1"
        )


def _all_rejected(inputs: Inputs) -> list[str]:
    leads = inputs.relations.get("leads", RelationCounts(0, 0, 0))
    if leads.rows_accepted == 0 and leads.rows_rejected > 0:
        return [f"every one of the {leads.rows_read:,} rows of leads was rejected"]
    return []


def _drops(
    relation: str, last: RelationCounts, now: RelationCounts | None, allowed: Fraction
) -> Iterator[str]:
    now = now or RelationCounts(0, 0, 0)
    if last.rows_accepted - now.rows_accepted > allowed * last.rows_accepted:
        yield (
            f"{relation}: {now.rows_accepted:,} rows accepted, "
            f"{last.rows_accepted:,} in the last publication "
            f"(a fall of more than {float(allowed):.0%})"
        )
    last_share, share = _rejected_share(last), _rejected_share(now)
    if share - last_share > allowed:
        yield (
            f"{relation}: {now.rows_rejected:,} of {now.rows_read:,} rows rejected "
            f"({float(share):.0%}), {float(last_share):.0%} in the last publication"
        )


def _rejected_share(counts: RelationCounts) -> Fraction:
    return Fraction(counts.rows_rejected, counts.rows_read) if counts.rows_read else Fraction(0)


def read_run(work_database: Path) -> exports.RunFacts:
    """Return the run that a work database holds, with its counts, before it is published.

    Raises:
        StorageError: the database can't be read, or is not a work database.
        DatabaseBusyError: another process holds it.
    """
    with (
        storage_errors(work_database),
        _readable(work_database),
        exports.engine(work_database.parent / _SPILL_NAME) as engine,
    ):
        work = exports.attach(engine, work_database, WORK_SCHEMA, work_database.stem)
        return exports.read_run_facts(engine, work)


def refuse_foreign_files(folder: OutputFolder, formats: Sequence[str]) -> None:
    """Refuse to publish over files that are somebody else's.

    Raises:
        StorageError: a stable name that is to be published is not a link of ours.
    """
    lists = [f"ranked_leads.{list_format}" for list_format in formats]
    for name in (DATABASE_NAME, MARTS_NAME, MANIFEST_NAME, *lists):
        path = folder.path / name
        if os.path.lexists(path) and not _is_ours(folder, path):
            raise StorageError(
                f"{path} is in the way: it was not made by this project, and is not overwritten; "
                "move it away or choose another --out"
            )
    if folder.pointer.exists() and not folder.pointer.is_symlink():
        raise StorageError(f"{folder.pointer} is not a link of this project; move it away")


def _is_ours(folder: OutputFolder, path: Path) -> bool:
    return path.is_symlink() and path.readlink() == _stable_target(folder, path.name)


def _stable_target(folder: OutputFolder, name: str) -> Path:
    return Path(folder.pointer.name) / name


def _checked_formats(formats: Sequence[str]) -> list[str]:
    for list_format in formats:
        if list_format not in exports.LIST_FORMATS:
            raise UsageError(
                f"unknown format '{list_format}'{_allowed(list_format, exports.LIST_FORMATS)}"
            )
    return list(dict.fromkeys(formats))


def _check_keep(keep: int) -> None:
    if keep < 1:
        raise UsageError(f"--keep is {keep}, and at least 1 publication must stay")


def _check_model(model_id: str, models: Sequence[str]) -> None:
    if model_id not in models:
        raise UsageError(f"unknown model '{model_id}'{_allowed(model_id, models)}")


def _allowed(name: str, known: Sequence[str]) -> str:
    return f"; allowed: {', '.join(known)}{suggestion(name, known)}"


def _check_run_id(run_id: str) -> None:
    # It names a folder.
    if not _RUN_ID.fullmatch(run_id):
        raise StorageError(f"the work database holds a run id that can't be used: '{run_id}'")


def _now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def _readable(database: Path) -> Iterator[None]:
    """Say of a database that does not hold what is asked of it that it is not one of ours."""
    if not database.is_file():
        raise StorageError(f"{database} is missing; run the scoring to build it")
    try:
        yield
    except (duckdb.ProgrammingError, duckdb.DataError, duckdb.InternalError) as error:
        if translate_duckdb_error(error) is not None:
            raise
        reason = str(error).strip().splitlines()[0]
        raise StorageError(
            f"{database} does not hold what this version publishes ({reason}); "
            "move it away and run again"
        ) from error


@contextmanager
def _building(folder: OutputFolder) -> Iterator[Path]:
    """Give a new folder to build a publication in, after what killed runs have left is gone."""
    for entry in folder.runs.iterdir():
        if entry.name.startswith(_UNFINISHED) or _was_never_current(folder, entry):
            shutil.rmtree(entry)
    build = folder.runs / f"{_UNFINISHED}{os.getpid()}"
    build.mkdir()
    try:
        yield build
    finally:
        shutil.rmtree(build, ignore_errors=True)


def _was_never_current(folder: OutputFolder, entry: Path) -> bool:
    """Tell whether a run was killed between its last file and becoming current."""
    newest = _current_sequence(folder)
    return newest is not None and _sequence(entry) > newest


def _current_sequence(folder: OutputFolder) -> int | None:
    """Return the current sequence, None where there is none or, damaged, it needs replacing."""
    try:
        publication = current(folder)
    except StorageError:
        return None
    return None if publication is None else publication.manifest.sequence


def _next_sequence(folder: OutputFolder) -> int:
    return 1 + max((_sequence(entry) for entry in folder.runs.iterdir()), default=0)


def _sequence(entry: Path) -> int:
    """Return a publication's sequence; a damaged one counts as older than every other."""
    try:
        return read_manifest(entry / MANIFEST_NAME).sequence
    except StorageError:
        return 0


def _files_of(build: Path) -> list[str]:
    return sorted(path.relative_to(build).as_posix() for path in build.rglob("*") if path.is_file())


def _make_current(
    folder: OutputFolder, build: Path, manifest: Manifest, keep: int, warnings: list[str]
) -> Publication:
    """Finish a publication and let the one pointer lead to it."""
    (build / MANIFEST_NAME).write_text(manifest.to_text(), encoding="utf-8")
    for path in build.rglob("*"):
        _sync(path)
    _sync(build)
    target = _free_name(folder, manifest.run_id)
    build.rename(target)
    _sync(folder.runs)

    # Until the pointer leads to its target, a new link is as good as absent.
    for name in _STABLE_NAMES:
        path = folder.path / name
        if (target / name).exists() and not os.path.lexists(path):
            path.symlink_to(_stable_target(folder, name))
    # A client that wrote through the stable name may have left its log of the old database here,
    # which would be replayed into the new one.
    (folder.path / f"{DATABASE_NAME}.wal").unlink(missing_ok=True)
    pointer = folder.path / f"{folder.pointer.name}{_UNFINISHED}"
    pointer.unlink(missing_ok=True)
    pointer.symlink_to(Path(folder.runs.name) / target.name)
    pointer.replace(folder.pointer)
    _sync(folder.path)

    try:
        _remove_superseded(folder, target, keep)
    except OSError as error:
        warnings = [*warnings, f"{translate_os_error(error, folder.runs)} (published all the same)"]
    return Publication(target, manifest, warnings)


def _free_name(folder: OutputFolder, run_id: str) -> Path:
    """Return the folder for a run, which is numbered where the run was published before."""
    target = folder.runs / run_id
    number = 1
    while target.exists():
        number += 1
        target = folder.runs / f"{run_id}.{number}"
    return target


def _remove_superseded(folder: OutputFolder, target: Path, keep: int) -> None:
    """Remove the links without a target, and every publication but the newest."""
    for name in _STABLE_NAMES:
        path = folder.path / name
        if _is_ours(folder, path) and not path.exists():
            path.unlink()
    others = [entry for entry in folder.runs.iterdir() if entry.is_dir() and entry != target]
    others.sort(key=_sequence, reverse=True)
    for entry in others[keep - 1 :]:
        # Under this name, what a kill leaves of it is removed by the next run.
        unfinished = entry.with_name(f"{_UNFINISHED}{entry.name}")
        entry.rename(unfinished)
        shutil.rmtree(unfinished)


def _sync(path: Path) -> None:
    """Have a file's or folder's content on the disk before what comes next."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
