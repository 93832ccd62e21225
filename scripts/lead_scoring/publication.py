"""Publishing: everything of a run is written beside the old, and one rename makes it current."""

from __future__ import annotations

import difflib
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
from lead_scoring.errors import LeadScoringError, StorageError, UsageError, VolumeGuardError
from lead_scoring.manifest import (
    MANIFEST_NAME,
    Inputs,
    Manifest,
    ManifestFacts,
    file_facts,
    read_manifest,
)
from lead_scoring.storage_errors import storage_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from lead_scoring.output_folder import OutputFolder

DEFAULT_KEEP = 3
DATABASE_NAME = "lead_scoring.duckdb"
MARTS_NAME = "marts"
CONFIGURATION_NAME = "config"
NAMES_NAME = ".leads.parquet"
# The schema of the work database that dbt builds the marts in.
WORK_SCHEMA = "lead_scoring"

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
    with storage_errors(folder.path), _readable(work_database):
        sequence = _next_sequence(folder)
        with _building(folder) as build, exports.engine(build / _SPILL_NAME, settings) as engine:
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
            warnings = exports.write_ranked_list(
                engine,
                marts,
                names=build / NAMES_NAME,
                model_id=model_id,
                formats=formats,
                folder=build,
            )
            rows = exports.count_rows(engine, marts)
            engine.close()
            shutil.rmtree(build / _SPILL_NAME, ignore_errors=True)
            shutil.copytree(configuration, build / CONFIGURATION_NAME)
            manifest = Manifest(
                sequence=sequence,
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
            target = _finish(folder, build, manifest)
        _make_current(folder, target)
        return Publication(target, manifest, warnings + _remove_superseded(folder, keep))


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
    with storage_errors(folder.path), _readable(old.folder / DATABASE_NAME):
        sequence = _next_sequence(folder)
        with _building(folder) as build, exports.engine(build / _SPILL_NAME, settings) as engine:
            for name in unchanged:
                (build / name).parent.mkdir(exist_ok=True)
                os.link(old.folder / name, build / name)
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
            engine.close()
            shutil.rmtree(build / _SPILL_NAME, ignore_errors=True)
            facts = {name: old.manifest.files[name] for name in unchanged}
            for list_format in formats:
                name = f"ranked_leads.{list_format}"
                facts[name] = file_facts(build / name)
            manifest = replace(
                old.manifest,
                sequence=sequence,
                published_at=_now(),
                model=model_id,
                files=dict(sorted(facts.items())),
            )
            target = _finish(folder, build, manifest)
        _make_current(folder, target)
        return Publication(target, manifest, warnings + _remove_superseded(folder, keep))


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
