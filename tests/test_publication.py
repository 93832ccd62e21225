"""Publishing is one step, whatever is killed, full, held or in the way."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import pytest

from lead_scoring import publication
from lead_scoring.errors import DatabaseBusyError, StorageError, UsageError, VolumeGuardError
from lead_scoring.manifest import Inputs, RelationCounts, file_facts
from lead_scoring.output_folder import OutputFolder
from lead_scoring.storage_errors import translate_message
from publishing import BEFORE, run_id, run_ids_in
from work_database import FACTS, change, make_configuration, make_work_database

PROGRAMS = str(Path(__file__).with_name("publishing.py"))
FORMATS = ("csv", "json", "parquet")


def start(*arguments):
    return subprocess.Popen(
        [sys.executable, PROGRAMS, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def folder(tmp_path):
    folder = OutputFolder(tmp_path / "out")
    with folder.hold():
        make_configuration(folder.work / "config")
        yield folder


def published(folder, number=1, formats=FORMATS, **options):
    make_work_database(folder.work_database, run_id(number))
    return publish_again(folder, formats, **options)


def publish_again(folder, formats=FORMATS, **options):
    return publication.publish(
        folder,
        folder.work_database,
        model_id="standard",
        formats=formats,
        manifest_facts=FACTS,
        configuration=folder.work / "config",
        **options,
    )


def runs_in(folder):
    return sorted(entry.name for entry in folder.runs.iterdir())


class TestLayout:
    def test_stable_names_lead_through_one_pointer(self, folder):
        done = published(folder)
        assert folder.pointer.readlink() == Path(".runs", run_id(1))
        links = {
            path.name: str(path.readlink()) for path in folder.path.iterdir() if path.is_symlink()
        }
        del links[".current"]
        names = ["lead_scoring.duckdb", "manifest.json", "marts"]
        names += [f"ranked_leads.{list_format}" for list_format in FORMATS]
        assert links == {name: f".current/{name}" for name in names}
        assert run_ids_in(folder.path) == {run_id(1)}
        found = sorted(
            path.relative_to(done.folder).as_posix()
            for path in done.folder.rglob("*")
            if path.is_file()
        )
        assert found == sorted([*done.manifest.files, "manifest.json"])
        assert ".leads.parquet" in found
        assert "config/lead_scoring__models.csv" in found

    def test_folder_may_be_moved(self, folder, tmp_path):
        published(folder)
        folder.path.rename(tmp_path / "moved")
        assert run_ids_in(tmp_path / "moved") == {run_id(1)}
        (tmp_path / "moved").rename(folder.path)

    def test_manifest_tells_what_was_published(self, folder):
        done = published(folder)
        manifest = json.loads((folder.path / "manifest.json").read_text("utf-8"))
        assert manifest["run_id"] == run_id(1)
        assert manifest["as_of_date"] == "2026-06-30"
        assert manifest["started_at"] == "2026-06-30T12:00:00Z"
        assert manifest["model"] == "standard"
        assert manifest["inputs"]["kind"] == "files"
        assert manifest["inputs"]["relations"]["leads"] == {
            "rows_read": 61,
            "rows_accepted": 60,
            "rows_rejected": 1,
        }
        assert manifest["marts"]["lead_scoring__score_ledger"] == 720
        for name, facts in done.manifest.files.items():
            assert file_facts(folder.pointer / name) == facts
        current = publication.current(folder)
        assert current is not None
        assert current.manifest == done.manifest
        assert current.folder.resolve() == done.folder.resolve()

    def test_format_that_is_no_longer_published_disappears(self, folder):
        published(folder, 1, ("csv", "xlsx"))
        assert (folder.path / "ranked_leads.xlsx").exists()
        published(folder, 2, ("csv",))
        assert not os.path.lexists(folder.path / "ranked_leads.xlsx")

    def test_reader_keeps_what_it_opened(self, folder):
        published(folder, 1)
        database = str(folder.path / "lead_scoring.duckdb")
        with duckdb.connect(database, read_only=True) as reader:
            published(folder, 2, keep=1)
            held = reader.execute("select distinct run_id from lead_scoring__run_summary")
            assert held.fetchall() == [(run_id(1),)]
        assert run_ids_in(folder.path) == {run_id(2)}

    def test_log_of_a_client_that_wrote_through_the_stable_name_is_not_replayed(self, folder):
        published(folder, 1)
        (folder.path / "lead_scoring.duckdb.wal").write_bytes(b"left over")
        published(folder, 2)
        assert run_ids_in(folder.path) == {run_id(2)}
        assert not (folder.path / "lead_scoring.duckdb.wal").exists()


class TestKeep:
    def test_newest_are_kept_whatever_their_run_ids_say(self, folder):
        for number in (9, 8, 7, 6, 5):
            published(folder, number)
        assert runs_in(folder) == [run_id(5), run_id(6), run_id(7)]
        published(folder, 1, keep=1)
        assert runs_in(folder) == [run_id(1)]

    def test_run_that_is_published_twice_stands_beside_itself(self, folder):
        published(folder, 1)
        done = publish_again(folder)
        assert done.folder.name == f"{run_id(1)}.2"
        assert run_ids_in(folder.path) == {run_id(1)}

    def test_keeping_none_is_refused(self, folder):
        with pytest.raises(UsageError, match="--keep is 0"):
            published(folder, keep=0)


class TestKills:
    @pytest.mark.parametrize("before", [0, 3])
    def test_killed_before_any_change_of_a_name_leaves_one_whole_run(self, tmp_path, before):
        path = tmp_path / "out"
        said, errors = start("kill-each", path, before).communicate(timeout=300)
        outcomes = [json.loads(line) for line in said.splitlines()]
        assert outcomes, errors
        assert outcomes[-1]["status"] == 0, errors
        visible = [run_id(BEFORE + before - 1)] if before else []
        is_new = []
        for outcome in outcomes:
            new = [run_id(outcome["number"])]
            assert outcome["direct"] == outcome["stable"]
            assert outcome["direct"] in (visible, new)
            visible = outcome["direct"]
            is_new.append(visible == new)
        assert is_new.count(False) >= 5
        # With older runs to remove, some are killed after the new one was there to see.
        assert is_new.count(True) >= (3 if before else 1)
        assert all(name.startswith("2026") for name in runs_in(OutputFolder(path)))

    def test_reader_sees_one_run_at_every_poll(self, tmp_path):
        path, stop = tmp_path / "out", tmp_path / "stop"
        reader = start("poll", path, stop)
        said, errors = start("kill-at-random", path, 30).communicate(timeout=300)
        stop.touch()
        report = json.loads(reader.communicate(timeout=60)[0])
        assert report["failures"] == []
        assert report["polls"] >= 20
        assert len(report["seen"]) >= 10
        assert said, errors
        assert run_ids_in(path) == {json.loads(said)["last"]}
        assert publication.current(OutputFolder(path)).manifest.sequence >= 20
        assert all(name.startswith("2026") for name in runs_in(OutputFolder(path)))


class TestRefusals:
    @pytest.mark.parametrize("name", ["ranked_leads.csv", "marts", "manifest.json"])
    def test_file_of_the_user_is_not_overwritten(self, folder, name):
        own = folder.path / name
        own.mkdir() if name == "marts" else own.write_text("mine")
        with pytest.raises(StorageError, match=f"{name} is in the way"):
            published(folder)
        assert own.exists()
        assert publication.current(folder) is None
        assert runs_in(folder) == []

    def test_file_of_the_user_in_a_format_not_asked_for_is_left_alone(self, folder):
        (folder.path / "ranked_leads.xlsx").write_text("mine")
        published(folder)
        assert (folder.path / "ranked_leads.xlsx").read_text() == "mine"

    def test_unknown_format_and_model_name_the_nearest(self, folder):
        with pytest.raises(UsageError, match="did you mean 'parquet'"):
            published(folder, formats=["parket"])
        with pytest.raises(UsageError, match="did you mean 'challenger'"):
            publication.publish(
                folder,
                folder.work_database,
                model_id="chalenger",
                formats=["csv"],
                manifest_facts=FACTS,
                configuration=folder.work / "config",
            )

    def test_missing_work_database(self, folder):
        with pytest.raises(StorageError, match="is missing"):
            publish_again(folder)

    @pytest.mark.parametrize("size", [0, 10, 5000, 300_000])
    def test_truncated_work_database(self, folder, size):
        published(folder, 1)
        os.truncate(folder.work_database, size)
        with pytest.raises(StorageError):
            publish_again(folder)
        assert run_ids_in(folder.path) == {run_id(1)}

    def test_corrupt_work_database(self, folder):
        published(folder, 1)
        content = bytearray(folder.work_database.read_bytes())
        middle = len(content) // 2
        content[middle : middle + 4096] = os.urandom(4096)
        for offset in range(12_288, len(content), 50_000):
            content[offset : offset + 64] = os.urandom(64)
        folder.work_database.write_bytes(content)
        with pytest.raises(StorageError, match="damaged"):
            publish_again(folder)
        assert run_ids_in(folder.path) == {run_id(1)}

    def test_foreign_databases(self, folder):
        folder.work_database.write_bytes(b"SQLite format 3\0" + bytes(9000))
        with pytest.raises(StorageError, match="not one of DuckDB's"):
            publish_again(folder)
        folder.work_database.unlink()
        duckdb.connect(str(folder.work_database)).close()
        with pytest.raises(StorageError, match="does not hold what this version publishes"):
            publish_again(folder)

    @pytest.mark.parametrize(
        "statement",
        [
            "delete from lead_scoring__run_summary",
            "update lead_scoring__run_summary set run_id = relation",
            "update lead_scoring__run_summary set run_id = '../../x'",
            "drop table lead_scoring__contributions",
            "alter table int_lead_scoring__leads drop column email",
        ],
    )
    def test_work_database_without_a_whole_run(self, folder, statement):
        make_work_database(folder.work_database)
        change(folder.work_database, statement)
        with pytest.raises(StorageError):
            publish_again(folder)
        assert publication.current(folder) is None
        assert runs_in(folder) == []

    def test_work_database_that_another_process_holds(self, folder):
        make_work_database(folder.work_database)
        script = (
            "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(1, flush=True); input()"
        )
        with subprocess.Popen(
            [sys.executable, "-c", script, str(folder.work_database)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as other:
            other.stdout.readline()
            with pytest.raises(DatabaseBusyError, match=f"process {other.pid} holds"):
                publish_again(folder)
            with pytest.raises(DatabaseBusyError, match="--wait"):
                publication.read_run(folder.work_database)
            other.communicate(b"\n")

    @pytest.mark.parametrize("size", [2_000, 40_000, 400_000, 1_000_000])
    def test_disk_without_room(self, folder, size):
        published(folder, 1)
        make_work_database(folder.work_database, run_id(2), leads=2000)
        limited = start("limited", folder.path, size)
        said, errors = limited.communicate(timeout=60)
        assert said.startswith("4 the disk is full"), said + errors
        assert run_ids_in(folder.path) == {run_id(1)}
        assert runs_in(folder) == [run_id(1)]

    @pytest.mark.parametrize("damage", ["", "{", "[]", '{"run_id": 1}', "\xff"])
    def test_damaged_manifest_is_said_and_does_not_hold_up_the_next_run(self, folder, damage):
        done = published(folder, 1)
        (done.folder / "manifest.json").write_text(damage, encoding="latin-1")
        with pytest.raises(StorageError, match="damaged"):
            publication.current(folder)
        with pytest.raises(StorageError, match="damaged"):
            publication.export_again(folder, formats=["csv"])
        published(folder, 2)
        assert run_ids_in(folder.path) == {run_id(2)}

    def test_pointer_of_somebody_else(self, folder):
        folder.pointer.symlink_to("/")
        with pytest.raises(StorageError, match="not a publication"):
            publication.current(folder)

    def test_publication_that_was_removed_by_hand_is_none(self, folder):
        done = published(folder, 1)
        for entry in sorted(done.folder.rglob("*"), reverse=True):
            entry.rmdir() if entry.is_dir() else entry.unlink()
        done.folder.rmdir()
        assert publication.current(folder) is None
        published(folder, 2)
        assert run_ids_in(folder.path) == {run_id(2)}


class TestExportAgain:
    def test_list_of_another_model_from_the_publication_alone(self, folder):
        old = published(folder, 1, ("csv", "json"))
        folder.work_database.unlink()
        done = publication.export_again(folder, model_id="challenger", formats=["csv", "xlsx"])
        assert done.folder.name == f"{run_id(1)}.2"
        assert "challenger" in (folder.path / "ranked_leads.csv").read_text("utf-8")
        assert "standard" not in (folder.path / "ranked_leads.csv").read_text("utf-8")
        assert not os.path.lexists(folder.path / "ranked_leads.json")
        assert (folder.path / "ranked_leads.xlsx").exists()
        assert done.manifest.model == "challenger"
        for name, facts in done.manifest.files.items():
            assert file_facts(done.folder / name) == facts
        shared = "lead_scoring.duckdb"
        assert (done.folder / shared).stat().st_ino == (old.folder / shared).stat().st_ino

    def test_champion_again_is_the_same_bytes(self, folder):
        published(folder, 1, ("csv", "json"))
        csv_before = (folder.path / "ranked_leads.csv").read_bytes()
        publication.export_again(folder, model_id="challenger", formats=["csv"])
        publication.export_again(folder, formats=["csv"])
        assert (folder.path / "ranked_leads.csv").read_bytes() == csv_before

    def test_other_formats_of_the_same_model_stay(self, folder):
        published(folder, 1, ("csv", "json"))
        json_before = (folder.path / "ranked_leads.json").read_bytes()
        done = publication.export_again(folder, formats=["parquet"])
        assert (folder.path / "ranked_leads.json").read_bytes() == json_before
        lists = [name for name in done.manifest.files if name.startswith("ranked_leads")]
        assert lists == [f"ranked_leads.{name}" for name in ("csv", "json", "parquet")]
        assert run_ids_in(folder.path) == {run_id(1)}

    def test_unknown_model_names_the_known(self, folder):
        published(folder)
        with pytest.raises(UsageError, match="allowed: standard, challenger; did you mean 'stand"):
            publication.export_again(folder, model_id="standart", formats=["csv"])

    def test_nothing_published_yet(self, folder):
        with pytest.raises(UsageError, match="nothing is published"):
            publication.export_again(folder, formats=["csv"])


class TestLock:
    def test_second_is_told_who_holds_and_gets_in_after_a_kill(self, tmp_path):
        folder = OutputFolder(tmp_path / "out")
        holder = start("hold", folder.path, 0)
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(DatabaseBusyError) as busy, folder.hold():
            pass
        assert f"process {holder.pid} (" in str(busy.value)
        assert "publishing.py hold" in str(busy.value)
        assert "--wait" in str(busy.value)
        waiting = start("hold", folder.path, 30)
        time.sleep(0.5)
        holder.kill()
        assert waiting.stdout.readline() == "held\n"
        waiting.kill()
        waiting.communicate()
        holder.communicate()
        with folder.hold():
            assert json.loads(folder.lock.read_text())["pid"] == os.getpid()

    def test_wait_ends_on_time(self, tmp_path):
        folder = OutputFolder(tmp_path / "out")
        with folder.hold():
            began = time.monotonic()
            with pytest.raises(DatabaseBusyError), folder.hold(0.3):
                pass
            assert 0.3 <= time.monotonic() - began < 3

    def test_signal_ends_the_wait(self, tmp_path):
        folder = OutputFolder(tmp_path / "out")
        with folder.hold():
            waiting = start("hold", folder.path, 60)
            time.sleep(1.5)
            waiting.send_signal(signal.SIGINT)
            assert waiting.communicate(timeout=10)[0] == "interrupted\n"

    def test_lock_is_let_go_at_the_end(self, tmp_path):
        folder = OutputFolder(tmp_path / "out")
        for _ in range(2):
            with folder.hold():
                pass

    def test_file_where_the_folder_should_be(self, tmp_path):
        (tmp_path / "out").write_text("mine")
        for path in (tmp_path / "out", tmp_path / "out" / "below"):
            with pytest.raises(StorageError), OutputFolder(path).hold():
                pass

    def test_folder_that_may_not_be_written(self):
        # Root may write anywhere, so the attempt is made by a child that is not root.
        with tempfile.TemporaryDirectory() as name:
            path = Path(name)
            path.chmod(stat.S_IRUSR | stat.S_IXUSR | stat.S_IROTH | stat.S_IXOTH)
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    if os.geteuid() == 0:
                        os.setuid(65534)
                    with OutputFolder(path).hold():
                        pass
                except StorageError as error:
                    status = 0 if "no permission" in str(error) else 2
                finally:
                    os._exit(status)
            assert os.waitpid(child, 0)[1] == 0
            path.chmod(stat.S_IRWXU)


def inputs(kind="files", **relations):
    return Inputs(
        kind,
        {
            name: RelationCounts(read, read - rejected, rejected)
            for name, (read, rejected) in relations.items()
        },
    )


class TestVolumeGuard:
    @pytest.fixture
    def previous(self, folder):
        done = published(folder)
        return lambda **values: publication.replace(done.manifest, inputs=inputs(**values))

    @pytest.mark.parametrize(
        ("now", "held"),
        [
            ({"leads": (50, 0), "events": (1000, 0)}, None),
            ({"leads": (49, 0), "events": (1000, 0)}, "leads: 49 rows accepted, 100 in"),
            ({"leads": (100, 0)}, "events: 0 rows accepted, 1,000 in"),
            ({"leads": (1000, 500), "events": (1000, 0)}, None),
            ({"leads": (1000, 501), "events": (1000, 0)}, r"501 of 1,000 rows rejected \(50%\)"),
            ({"leads": (100, 0), "events": (0, 0)}, "events: 0 rows accepted"),
        ],
    )
    def test_fall_or_rejection_beyond_half(self, previous, now, held):
        last = previous(leads=(100, 0), events=(1000, 0))
        if held is None:
            publication.volume_guard(last, inputs(**now), 0.5)
        else:
            with pytest.raises(VolumeGuardError, match=held) as error:
                publication.volume_guard(last, inputs(**now), 0.5)
            assert "--max-drop 1" in str(error.value)
        publication.volume_guard(last, inputs(**now), 1)

    def test_threshold_is_exact(self, previous):
        last = previous(leads=(10, 0))
        publication.volume_guard(last, inputs(leads=(7, 0)), 0.3)
        with pytest.raises(VolumeGuardError):
            publication.volume_guard(last, inputs(leads=(7, 0)), 0.29)

    def test_other_inputs_are_not_compared(self, previous):
        last = previous(kind="demo", leads=(2000, 0))
        publication.volume_guard(last, inputs(leads=(3, 0)), 0.5)

    def test_first_publication_needs_one_lead(self):
        publication.volume_guard(None, inputs(leads=(100, 99)), 0.5)
        with pytest.raises(VolumeGuardError, match="every one of the 100 rows of leads"):
            publication.volume_guard(None, inputs(leads=(100, 100)), 0.5)
        publication.volume_guard(None, inputs(leads=(100, 100)), 1)


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        (
            'IO Error: Could not set lock on file "/a/b.duckdb": Conflicting lock is held in '
            "/usr/bin/python3.11 (PID 6926). See also https://duckdb.org",
            DatabaseBusyError,
            "process 6926 holds the database /a/b.duckdb",
        ),
        ('Could not write file "/a/b": No space left on device', StorageError, "full: /a/b"),
        (
            '"Could not write file \\"s/x.csv\\": No space left on device"',
            StorageError,
            "full: s/x",
        ),
        ('IO Error: Cannot open file "/a/b": Permission denied', StorageError, "permission"),
        ("Corrupt database file: computed checksum 1 does not match", StorageError, "damaged"),
    ],
)
def test_words_of_duckdb_become_a_sentence(text, kind, said):
    error = translate_message(text)
    assert type(error) is kind
    assert said in str(error)


def test_words_about_something_else_are_not_ours():
    assert translate_message("Catalog Error: Table with name x does not exist!") is None
