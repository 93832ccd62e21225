"""The manifest of a publication: what was published, from what, by which versions."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from lead_scoring.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

MANIFEST_NAME = "manifest.json"
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class RelationCounts:
    """How many rows of one input relation were read, accepted and rejected."""

    rows_read: int
    rows_accepted: int
    rows_rejected: int


@dataclass(frozen=True)
class Inputs:
    """What was scored: `kind` is 'demo' or 'files', `relations` the counts of each relation."""

    kind: str
    relations: Mapping[str, RelationCounts]


@dataclass(frozen=True)
class FileFacts:
    """The size and the SHA-256 of one published file."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class ManifestFacts:
    """What only the command knows about a run; the rest is read from the work database.

    `models` are the ids of every scoring model of the configuration, `champion` one of them;
    `versions` maps the name of a program to its version.
    """

    inputs_kind: str
    models: Sequence[str]
    champion: str
    versions: Mapping[str, str]
    configuration_fingerprint: str


@dataclass(frozen=True)
class Manifest:
    """One publication. `sequence` counts the publications of a folder, whatever the clock says.

    Dates and timestamps are ISO texts, timestamps in UTC; `model` is the one in the ranked list;
    `marts` maps a mart to its rows, `files` a path inside the publication to its facts.
    """

    sequence: int
    run_id: str
    as_of_date: str
    started_at: str
    published_at: str
    model: str
    champion: str
    models: Sequence[str]
    versions: Mapping[str, str]
    configuration_fingerprint: str
    inputs: Inputs
    marts: Mapping[str, int]
    files: Mapping[str, FileFacts]

    def to_text(self) -> str:
        """Return the manifest as JSON."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"


def read_manifest(path: Path) -> Manifest:
    """Read a manifest back.

    Raises:
        StorageError: there is none, or it is damaged.
    """
    try:
        return _parse(path.read_bytes())
    except OSError as error:
        raise StorageError(f"{path} can't be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StorageError(f"{path} is damaged: it is not a manifest of this project") from error


def _parse(content: bytes) -> Manifest:
    # Each figure and text goes through int() or str(), so that a damaged one is found here.
    read = json.loads(content)
    return Manifest(
        sequence=int(read["sequence"]),
        run_id=str(read["run_id"]),
        as_of_date=str(read["as_of_date"]),
        started_at=str(read["started_at"]),
        published_at=str(read["published_at"]),
        model=str(read["model"]),
        champion=str(read["champion"]),
        models=[str(model) for model in read["models"]],
        versions={str(name): str(version) for name, version in read["versions"].items()},
        configuration_fingerprint=str(read["configuration_fingerprint"]),
        inputs=Inputs(
            kind=str(read["inputs"]["kind"]),
            relations={
                str(relation): RelationCounts(
                    rows_read=int(counts["rows_read"]),
                    rows_accepted=int(counts["rows_accepted"]),
                    rows_rejected=int(counts["rows_rejected"]),
                )
                for relation, counts in read["inputs"]["relations"].items()
            },
        ),
        marts={str(mart): int(rows) for mart, rows in read["marts"].items()},
        files={
            str(name): FileFacts(bytes=int(facts["bytes"]), sha256=str(facts["sha256"]))
            for name, facts in read["files"].items()
        },
    )


def file_facts(path: Path) -> FileFacts:
    """Return the size and the SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    size = 0
    with path.open("rb") as file:
        while piece := file.read(_CHUNK_BYTES):
            digest.update(piece)
            size += len(piece)
    return FileFacts(bytes=size, sha256=digest.hexdigest())
