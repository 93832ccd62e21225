"""The CSV of `diff`: a row per lead, before and after."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from lead_scoring.errors import StorageError, UsageError
from lead_scoring.exports import harmless, quoted, write_file

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

_HEAD = b"lead_id,model_before,model_after,"


def refuse_foreign_file(path: Path) -> None:
    """Refuse to write where there is no folder, or over a file that is no earlier diff.

    Raises:
        UsageError: the folder is missing.
        StorageError: something else is there.
    """
    if not path.parent.is_dir():
        raise UsageError(f"--csv {path}: there is no folder {path.parent}")
    if not os.path.lexists(path):
        return
    head = b""
    if path.is_file():
        with path.open("rb") as file:
            head = file.read(len(_HEAD))
    if head != _HEAD:
        raise StorageError(
            f"{path} is in the way: it was not made by diff, and is not overwritten; "
            "move it away or name another --csv"
        )


def write_changes(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write the table diff.leads in the order of the ranks after, the excluded ones last.

    The file appears, or is replaced, in one step. Texts are as safe in a spreadsheet as those of
    the ranked list.
    """
    columns = connection.execute("describe diff.leads").fetchall()
    selected = ", ".join(
        harmless("leads", name) if data_type == "VARCHAR" else f"leads.{quoted(name)}"
        for name, data_type, *_ in columns
    )
    query = f"select {selected} from diff.leads order by leads.rank_after nulls last, leads.lead_id"
    # What a kill leaves under this name, the next one replaces.
    unfinished = path.with_name(f".{path.name}.tmp")
    try:
        write_file(connection, query, unfinished, "csv")
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
