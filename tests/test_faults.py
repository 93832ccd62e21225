"""What a run leaves behind when it is killed, interrupted, locked out, or out of disk."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from command import (
    DATABASE,
    GOLDEN,
    PATIENCE,
    PROJECT,
    case_arguments,
    command_line,
    ended,
    environment,
    score_leads,
    start,
)
from conftest import Published

CASE = GOLDEN / "case_4"
RUN = ("run", *case_arguments(CASE))
# Another date than that of the publication, so that a file of such a run would show.
OTHER_RUN = (*RUN, "--as-of", "2026-05-15")
PARTS = ("dbt_project.yml", "profiles.yml", "models", "macros", "seeds", "scripts", "tests/data")
# Mounts that nobody else sees, and that are gone with the process.
PRIVATE = ("unshare", "--mount", "sh", "-c")


@dataclass(frozen=True)
class Folder:
    """An output folder with a publication, and that publication's files."""

    out: Path
    files: dict[str, bytes]

    def is_whole(self) -> bool:
        """Tell whether the publication is readable, complete, and the one that it was."""
        found = published_files(self.out)
        manifest = json.loads(found["manifest.json"])
        assert {path for path in found if path != "manifest.json"} == set(manifest["files"])
        for name, facts in manifest["files"].items():
            assert hashlib.sha256(found[name]).hexdigest() == facts["sha256"], name
        return found == self.files


def published_files(out: Path) -> dict[str, bytes]:
    """Return the files of the current publication by their path in it."""
    current = (out / ".current").resolve(strict=True)
    return {
        path.relative_to(current).as_posix(): path.read_bytes()
        for path in sorted(current.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def folder(dirty_case: Published, tmp_path: Path) -> Folder:
    out = tmp_path / "out"
    shutil.copytree(dirty_case.out, out, symlinks=True)
    folder = Folder(out, published_files(out))
    assert folder.is_whole()
    return folder


@pytest.fixture
def watched() -> Iterator[list[subprocess.Popen[str]]]:
    """Takes the processes that a test starts, none of which may outlive it."""
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


Moment = Callable[[Path], bool]


def log_says(words: str) -> Callable[[Path], Moment]:
    """Return what finds words in the part of the build's log that is new from now on."""

    def from_now_on(out: Path) -> Moment:
        log = out / ".work" / "logs" / "dbt.log"
        old = log.stat().st_size if log.exists() else 0

        def is_said(_: Path) -> bool:
            if not log.exists():
                return False
            with log.open("rb") as file:
                file.seek(old if log.stat().st_size >= old else 0)
                return words.encode() in file.read()

        return is_said

    return from_now_on


def appears(pattern: str) -> Callable[[Path], Moment]:
    """Return what finds a file that is not there yet."""
    return lambda _: lambda out: any(out.glob(pattern))


def is_held(out: Path) -> Moment:
    """Return what finds the folder held by a new process."""
    before = (out / ".lock").read_text("utf-8")
    return lambda out: (out / ".lock").read_text("utf-8") not in ("", before)


def wait_for(moment: Moment, out: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not moment(out):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)


MOMENTS: dict[str, Callable[[Path], Moment]] = {
    "the folder is held": is_held,
    "inputs are landed": appears(".work/warehouse.duckdb.wal"),
    "models are built": log_says("created sql table model lead_scoring.int_lead_scoring__scores"),
    "a publication is begun": appears(".runs/.tmp-*/lead_scoring.duckdb"),
}


def test_a_kill_at_any_moment_harms_nothing_and_the_next_run_needs_no_repair(
    folder: Folder, watched: list[subprocess.Popen[str]]
) -> None:
    for name, moment in MOMENTS.items():
        has_come = moment(folder.out)
        process = start(*OTHER_RUN, "--out", folder.out)
        watched.append(process)
        wait_for(
            lambda out, has_come=has_come: folder.is_whole() and has_come(out), folder.out, process
        )
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL, name
        assert folder.is_whole(), name
    score_leads(*RUN, "--out", folder.out, "--format", "csv,json")
    for name in ("ranked_leads.csv", "ranked_leads.json"):
        assert (folder.out / name).read_bytes() == folder.files[name]
    assert not list(folder.out.glob(".runs/.tmp-*"))


def test_a_kill_of_the_first_run_publishes_nothing(
    tmp_path: Path, watched: list[subprocess.Popen[str]]
) -> None:
    out = tmp_path / "out"
    process = start(*RUN, "--out", out)
    watched.append(process)
    wait_for(appears(".work/warehouse.duckdb.wal")(out), out, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert not (out / ".current").exists()
    assert not list(out.glob("ranked_leads*"))
    unpublished = score_leads("explain", "7", "--out", out, "--json", code=2).report
    assert "nothing has been published" in unpublished["message"]


@pytest.mark.parametrize(
    ("number", "code", "status"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
)
def test_an_interrupted_run_says_so_and_another_one_that_it_is_busy(
    folder: Folder,
    watched: list[subprocess.Popen[str]],
    number: signal.Signals,
    code: int,
    status: str,
) -> None:
    is_building = log_says("OK loaded seed file")(folder.out)
    process = start(*OTHER_RUN, "--out", folder.out, *(["--json"] if code == 143 else []))
    watched.append(process)
    wait_for(is_building, folder.out, process)

    busy = score_leads("export", "--out", folder.out, "--json", code=3).report
    assert busy["status"] == "busy"
    assert f"process {process.pid} " in busy["message"]
    assert "--wait" in busy["message"]
    assert score_leads("explain", "7", "--out", folder.out, "--json").report["lines"]

    os.kill(process.pid, number)
    left = ended(process)
    assert left.code == code
    assert f"{status}; the last publication stands as it was" in left.err
    if code == 143:
        assert left.report["status"] == status
        assert left.report["errors"]
    else:
        assert left.out == ""
    assert folder.is_whole()


def test_a_command_that_waits_comes_after_the_one_that_it_waits_for(
    folder: Folder, watched: list[subprocess.Popen[str]]
) -> None:
    """And a reader that had the database open goes on reading the old one."""
    statement = "select run_id, count(*) from lead_scoring__run_summary group by run_id"
    with duckdb.connect(str(folder.out / DATABASE), read_only=True) as reader:
        before = reader.execute(statement).fetchall()
        holds = is_held(folder.out)
        process = start(*OTHER_RUN, "--out", folder.out, "--json")
        watched.append(process)
        wait_for(holds, folder.out, process)
        waiting = score_leads("export", "--out", folder.out, "--wait", PATIENCE, "--json").report
        first = ended(process)
        assert first.code == 0
        assert waiting["run_id"] == first.report["run_id"] != before[0][0]
        assert reader.execute(statement).fetchall() == before


def hold_open(database: Path, seconds: float) -> subprocess.Popen[str]:
    """Start a process that has a database open, and return when it has."""
    program = (
        "import sys, time, duckdb; connection = duckdb.connect(sys.argv[1]); "
        "print('open', flush=True); time.sleep(float(sys.argv[2]))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(database), str(seconds)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process


def test_a_work_database_that_somebody_has_open_is_busy(
    folder: Folder, watched: list[subprocess.Popen[str]]
) -> None:
    holder = hold_open(folder.out / ".work" / "warehouse.duckdb", PATIENCE)
    watched.append(holder)
    busy = score_leads(*OTHER_RUN, "--out", folder.out, "--json", code=3).report
    assert f"process {holder.pid} holds the database" in busy["message"]
    assert folder.is_whole()


def test_a_run_may_wait_for_the_work_database(
    folder: Folder, watched: list[subprocess.Popen[str]]
) -> None:
    """That it goes on is seen by how it then ends: with a configuration that can't be used."""
    watched.append(hold_open(folder.out / ".work" / "warehouse.duckdb", 5))
    options = ("--config", GOLDEN, "--out", folder.out, "--wait", PATIENCE)
    score_leads("run", *case_arguments(CASE)[2:], *options, code=2)


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"event_id,lead_id\n" * 1000,
        lambda _: b"SQLite format 3\0" + bytes(8176),
        lambda content: content[:100],
        lambda content: content[:16384],
        lambda content: content[:4096] + os.urandom(8192) + content[12288:],
    ],
    ids=["text", "sqlite", "header", "truncated", "overwritten"],
)
def test_a_damaged_work_database_is_a_matter_of_storage(
    folder: Folder, damage: Callable[[bytes], bytes]
) -> None:
    database = folder.out / ".work" / "warehouse.duckdb"
    damaged = damage(database.read_bytes())
    database.write_bytes(damaged)
    report = score_leads(*OTHER_RUN, "--out", folder.out, "--json", code=4).report
    assert report["status"] == "storage"
    assert "warehouse.duckdb" in report["message"]
    assert folder.is_whole()
    assert database.read_bytes() == damaged


def test_a_failing_data_test_publishes_nothing(folder: Folder, tmp_path: Path) -> None:
    project = tmp_path / "project"
    for part in PARTS:
        source, target = PROJECT / part, project / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    (project / "tests" / "data" / "lead_scoring_nothing_is_ranked.sql").write_text(
        "select * from {{ ref('lead_scoring__ranked_leads') }}\n", encoding="utf-8"
    )
    failed = score_leads(*OTHER_RUN, "--out", folder.out, "--json", code=1, project=project).report
    assert "lead_scoring_nothing_is_ranked: the data test failed with 1" in failed["message"]
    assert "nothing was published" in failed["message"]
    assert folder.is_whole()


# Disk and permissions


def can_mount() -> bool:
    """Tell whether this process may make mounts of its own."""
    try:
        tried = subprocess.run([*PRIVATE, "mount -t tmpfs tmpfs /mnt"], capture_output=True)
    except FileNotFoundError:
        return False
    return tried.returncode == 0


def test_a_folder_that_may_not_be_written_is_a_matter_of_storage(folder: Folder) -> None:
    """Nobody may forbid root anything, so root gets a mount that is read-only."""
    prefix: tuple[str, ...] = ()
    if os.geteuid() == 0:
        if not can_mount():
            pytest.skip("root may write anywhere but on a read-only mount, and may not mount here")
        script = (
            f"mount --bind '{folder.out}' '{folder.out}' && mount -o remount,ro,bind '{folder.out}'"
        )
        prefix = (*PRIVATE, f'{script} && exec "$@"', "sh")
    else:
        for path in (folder.out, *folder.out.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode & ~0o222)
    try:
        for arguments in ((*OTHER_RUN, "--json"), ("export", "--json")):
            report = score_leads(*arguments, "--out", folder.out, code=4, prefix=prefix).report
            assert report["status"] == "storage"
            assert str(folder.out) in report["message"]
        explained = score_leads("explain", "7", "--out", folder.out, "--json", prefix=prefix)
        assert explained.report["lead"]["score"] == "36.3072"
    finally:
        for path in (folder.out, *folder.out.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | 0o200)
    assert folder.is_whole()


def test_a_full_disk_stops_the_run_and_not_the_publication(folder: Folder, tmp_path: Path) -> None:
    if not can_mount():
        pytest.skip("only a mount is a disk small enough to fill, and this user may not mount")
    disk, after = tmp_path / "disk", tmp_path / "after"
    disk.mkdir()
    after.mkdir()
    script = """
        mount -t tmpfs -o size=256m tmpfs "$1" || exit 99
        cp -a "$2/." "$1" || exit 99
        head -c "$4" /dev/zero > "$1/left"
        cat /dev/zero > "$1/ballast" 2> /dev/null
        rm "$1/left"
        disk=$1 after=$3
        shift 4
        "$@"
        code=$?
        rm "$disk/ballast"
        cp -a "$disk/." "$after"
        exit $code
    """
    places = [str(disk), str(folder.out), str(after)]
    typed = command_line(*OTHER_RUN, "--out", disk, "--json")
    stopped = subprocess.run(
        [*PRIVATE, script, "sh", *places, str(2_000_000), *typed],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=PATIENCE,
        check=False,
    )
    assert stopped.returncode == 4, stopped.stdout + stopped.stderr
    assert "Traceback" not in stopped.stdout + stopped.stderr
    report = json.loads(stopped.stdout)
    assert report["status"] == "storage"
    assert "disk is full" in report["message"]
    assert Folder(after, folder.files).is_whole()
    # With room again, the next run needs no repair.
    score_leads(*RUN, "--out", after)
    assert (after / "ranked_leads.csv").read_bytes() == folder.files["ranked_leads.csv"]


def test_a_limit_on_files_stops_the_run_and_not_the_publication(folder: Folder) -> None:
    """What a full disk is where nothing can be mounted."""
    limit = (folder.out / ".work" / "warehouse.duckdb").stat().st_size + 4096
    program = (
        "import os, resource, sys; limit = int(sys.argv[1]); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)); "
        "os.execv(sys.argv[2], sys.argv[2:])"
    )
    prefix = (sys.executable, "-c", program, str(limit))
    big = folder.out.parent / "leads.csv"
    rows = "".join(f"L{number},2026-01-01,{'x' * 500}\n" for number in range(limit // 100))
    big.write_text("lead_id,created_at,job_title\n" + rows, encoding="utf-8")
    arguments = ("run", "--leads", big, "--out", folder.out, "--json")
    report = score_leads(*arguments, code=4, prefix=prefix).report
    assert report["status"] == "storage"
    assert "disk is full" in report["message"]
    assert folder.is_whole()


def test_a_damaged_publication_is_said(folder: Folder) -> None:
    manifest = folder.out / "manifest.json"
    manifest.write_text("{", encoding="utf-8")
    report = score_leads("explain", "7", "--out", folder.out, "--json", code=4).report
    assert "manifest.json is damaged" in report["message"]
