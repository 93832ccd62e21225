"""Programs that the publication tests start, to kill them, and to poll beside them.

publishing.py kill-each DIR BEFORE     publish, killed before the 1st, 2nd… change of a name
publishing.py kill-at-random DIR KILLS publish one run after another, killed at random moments
publishing.py poll DIR STOP            read until the file STOP exists, then report
publishing.py hold DIR WAIT            hold the folder until killed
publishing.py limited DIR BYTES        publish with files limited to a size
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
import random
import resource
import signal
import sys
import time
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

from lead_scoring import exports, publication
from lead_scoring.errors import LeadScoringError
from lead_scoring.output_folder import OutputFolder
from work_database import FACTS, make_configuration, make_work_database

FORMATS = ("csv", "json", "parquet")
BEFORE = 900
CHANGES = {"os.rename", "os.symlink", "os.rmdir"}


def run_id(number):
    return f"20260630T120000Z-{number:08x}"


def publish(folder, number, change=0):
    """Publish a run, or die as by kill -9 before the nth change of a name on the disk."""
    with folder.hold():
        configuration = make_configuration(folder.work / "config")
        work = make_work_database(folder.work_database, run_id(number))
        if change:
            kill_at(change)
        publication.publish(
            folder,
            work,
            model_id="standard",
            formats=FORMATS,
            manifest_facts=FACTS,
            configuration=configuration,
        )


def kill_at(change):
    left = [change]

    def audit(name, _):
        if name in CHANGES:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(audit)


def forked(action, *arguments):
    """Start a child that runs an action; this process itself never opens a database."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            action(*arguments)
            status = 0
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    return child


def status_of(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kill_each(path, before):
    """Print, for each change of a name, how publishing ended and the run ids found thereafter.

    `before` runs are published first, and left alone.
    """
    folder = OutputFolder(Path(path))
    for number in range(int(before)):
        assert status_of(forked(publish, folder, BEFORE + number)) == 0

    def report(change, status):
        pointed = folder.pointer.exists()
        direct = run_ids_in(folder.path / folder.pointer.readlink()) if pointed else set()
        stable = run_ids_in(folder.path) if pointed else set()
        found = {"direct": sorted(direct), "stable": sorted(stable)}
        print(json.dumps({"number": change, "status": status, **found}))

    change, status = 0, None
    while status != 0:
        change += 1
        status = status_of(forked(publish, folder, change, change))
        assert status in (0, -signal.SIGKILL), status
        assert status_of(forked(report, change, status)) == 0


def kill_at_random(path, kills):
    """Kill publishers, print how many publications there were and the number of the next."""
    folder = OutputFolder(Path(path))
    moments = random.Random(20260630)
    number = 1

    def publish_on():
        for following in itertools.count(number):
            publish(folder, following)

    for _ in range(int(kills)):
        before = folder.pointer.readlink() if folder.pointer.exists() else None
        child = forked(publish_on)
        # One publication at least in two kills out of three, however slow the machine is.
        if moments.random() < 0.67:
            while not folder.pointer.exists() or folder.pointer.readlink() == before:
                time.sleep(0.01)
        time.sleep(moments.uniform(0, 0.7))
        os.kill(child, signal.SIGKILL)
        status_of(child)
        number += 1000
    assert status_of(forked(publish, folder, number)) == 0
    print(json.dumps({"last": run_id(number)}))


def run_ids_in(folder):
    """Return every run id that the files of a publication name."""
    found = set()
    with duckdb.connect(str(folder / "lead_scoring.duckdb"), read_only=True) as reader:
        for query in (
            "select run_id from lead_scoring__run_summary",
            "select distinct criterion_id from lead_scoring__contributions",
            "select distinct description from lead_scoring__score_ledger",
            "select raw_record from lead_scoring__rejected_records",
        ):
            found.update(value for (value,) in reader.execute(query).fetchall())
    with duckdb.connect() as reader:
        for name, column in (
            ("marts/lead_scoring__run_summary", "run_id"),
            ("marts/lead_scoring__contributions", "criterion_id"),
            ("marts/lead_scoring__score_ledger", "description"),
            ("marts/lead_scoring__rejected_records", "raw_record"),
            ("ranked_leads", "company_name"),
        ):
            query = f"select distinct {column} from '{folder / name}.parquet'"
            found.update(value for (value,) in reader.execute(query).fetchall())
        query = f"select count(*) from '{folder}/marts/lead_scoring__ranked_leads.parquet'"
        assert reader.execute(query).fetchone() == (120,)
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert set(manifest["marts"]) == set(exports.MARTS)
    found.add(manifest["run_id"])
    rows = list(csv.DictReader(io.StringIO((folder / "ranked_leads.csv").read_text("utf-8"))))
    assert len(rows) == 60
    found.update(row["company_name"] for row in rows)
    listed = json.loads((folder / "ranked_leads.json").read_text("utf-8"))
    assert len(listed) == 60
    found.update(row["company_name"] for row in listed)
    return found


def poll(path, stop):
    polls, failures, seen = 0, [], set()
    while not Path(stop).exists():
        try:
            link = (Path(path) / ".current").readlink()
        except FileNotFoundError:
            # Absent before the first publication, and never again.
            if polls:
                failures.append("the pointer is gone")
            time.sleep(0.02)
            continue
        try:
            found = run_ids_in(Path(path) / link)
            if len(found) != 1:
                failures.append(f"mixed: {sorted(found)}")
            seen |= found
            # Through the stable names files may be of two runs, but each is there and whole.
            run_ids_in(Path(path))
        # Anything else ends this reader without a report, which is a failure too.
        except (AssertionError, KeyError, OSError, ValueError, duckdb.Error) as error:
            failures.append(repr(error))
        polls += 1
    print(json.dumps({"polls": polls, "failures": failures, "seen": sorted(seen)}))


def hold(path, wait):
    # A shell's background job ignores interrupts, and so do its children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with OutputFolder(Path(path)).hold(float(wait)):
            print("held", flush=True)
            time.sleep(60)
    except KeyboardInterrupt:
        print("interrupted", flush=True)


def limited(path, size):
    folder = OutputFolder(Path(path))
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(size), int(size)))
    try:
        publication.publish(
            folder,
            folder.work_database,
            model_id="standard",
            formats=(*FORMATS, "xlsx"),
            manifest_facts=FACTS,
            configuration=folder.work / "config",
        )
    except LeadScoringError as error:
        print(f"{error.exit_code} {error}")


PROGRAMS = {
    "kill-each": kill_each,
    "kill-at-random": kill_at_random,
    "poll": poll,
    "hold": hold,
    "limited": limited,
}

if __name__ == "__main__":
    PROGRAMS[sys.argv[1]](*sys.argv[2:])
