"""Programs that the publication tests start, to kill them, and to poll beside them.

publishing.py publish DIR FIRST COUNT [EVENT]  publish runs; kill itself at the nth change
publishing.py poll DIR STOP                    read until the file STOP exists, then report
publishing.py hold DIR WAIT                    hold the folder until killed
publishing.py limited DIR BYTES                publish with files limited to a size
"""

from __future__ import annotations

import csv
import io
import json
import os
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
CHANGES = {"os.rename", "os.symlink", "os.remove", "os.rmdir", "os.mkdir"}


def run_id(number):
    return f"20260630T120000Z-{number:08x}"


def publish(path, first, count, event=0):
    folder = OutputFolder(Path(path))
    with folder.hold():
        configuration = make_configuration(folder.work / "config")
        for number in range(int(first), int(first) + int(count)):
            work = make_work_database(folder.work_database, run_id(number))
            if int(event):
                kill_at(int(event))
            publication.publish(
                folder,
                work,
                model_id="standard",
                formats=FORMATS,
                manifest_facts=FACTS,
                configuration=configuration,
            )
            print(run_id(number), flush=True)


def kill_at(event):
    """Kill this process, as kill -9 does, before the nth change of a name on the disk."""
    left = [event]

    def audit(name, _):
        if name in CHANGES:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(audit)


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
            link = os.readlink(Path(path) / ".current")
        except FileNotFoundError:
            time.sleep(0.02)
            continue
        try:
            found = run_ids_in(Path(path) / link)
            if len(found) != 1:
                failures.append(f"mixed: {sorted(found)}")
            seen |= found
            # Through the stable names files may be of two runs, but each is there and whole.
            run_ids_in(Path(path))
        except Exception as error:
            failures.append(repr(error))
        polls += 1
    print(json.dumps({"polls": polls, "failures": failures, "seen": sorted(seen)}))


def hold(path, wait):
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


if __name__ == "__main__":
    {"publish": publish, "poll": poll, "hold": hold, "limited": limited}[sys.argv[1]](*sys.argv[2:])
