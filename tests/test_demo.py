"""The demo data and the seeds that ship with the project."""

from __future__ import annotations

import csv
import hashlib
import os
import subprocess
import sys
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
import yaml

from lead_scoring.demo import DEMO_AS_OF, write_demo

ROOT = Path(__file__).resolve().parent.parent
SCORING = ROOT / "seeds" / "scoring"
REFERENCE = ROOT / "seeds" / "reference"
FILES = ("leads.csv", "events.csv", "outcomes.csv")
SHA256 = "3d8c9462767ed780eb743f0a1f1be466bc054ab45ac39bcf49ca4bfd462630a1"

Rows = list[dict[str, str]]


def read(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def scoring(name: str) -> Rows:
    return read(SCORING / f"lead_scoring__{name}.csv")


def reference(name: str) -> Rows:
    return read(REFERENCE / f"lead_scoring__{name}.csv")


def digest(folder: Path) -> str:
    return hashlib.sha256(b"".join((folder / name).read_bytes() for name in FILES)).hexdigest()


def repeated(values: list[object]) -> list[object]:
    return [value for value, times in Counter(values).items() if times > 1]


def spaced_words(text: str) -> str:
    kept = (c if unicodedata.category(c)[0] == "L" or c.isdecimal() else " " for c in text.lower())
    return " ".join("".join(kept).split())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "made" / "where missing"
    write_demo(folder)
    return folder


@pytest.fixture(scope="module")
def leads(folder: Path) -> Rows:
    return read(folder / "leads.csv")


@pytest.fixture(scope="module")
def events(folder: Path) -> Rows:
    return read(folder / "events.csv")


@pytest.fixture(scope="module")
def outcomes(folder: Path) -> Rows:
    return read(folder / "outcomes.csv")


def test_demo_is_the_same_bytes_everywhere(folder: Path) -> None:
    assert digest(folder) == SHA256


def test_demo_replaces_old_files_whatever_the_hash_seed_or_locale(tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text("old", encoding="utf-8")
    code = "import sys, pathlib, lead_scoring.demo as d; d.write_demo(pathlib.Path(sys.argv[1]))"
    environment = os.environ | {
        "PYTHONHASHSEED": "7",
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "TZ": "Asia/Tokyo",
        "PYTHONPATH": str(ROOT / "scripts"),
    }
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=environment, check=True)
    assert digest(tmp_path) == SHA256
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)


def test_demo_has_the_promised_size(leads: Rows, events: Rows, outcomes: Rows) -> None:
    assert 1950 <= len({row["lead_id"].strip() for row in leads} - {""}) <= 2050
    assert 57_000 <= len(events) <= 63_000
    assert {row["outcome"].strip().lower() for row in outcomes} == {"won", "lost", "open"}
    assert sum(row["outcome"].strip().lower() == "won" for row in outcomes) > 100


def test_demo_spans_a_year_and_a_few_days_after_the_date(events: Rows) -> None:
    dates = {
        row["occurred_at"][:10] for row in events if row["occurred_at"][:4] in ("2025", "2026")
    }
    assert min(dates) < "2025-07-15"
    assert "2026-07-02" in dates
    assert DEMO_AS_OF.isoformat() in dates


def test_demo_leads_are_messy(leads: Rows) -> None:
    ids = Counter(row["lead_id"] for row in leads)
    rows = Counter(tuple(row.values()) for row in leads)
    equal = {values[0] for values, times in rows.items() if times > 1}
    differing = {lead_id for lead_id, times in ids.items() if times > 1} - equal
    assert len(equal) > 5
    assert len(differing) > 5
    assert any(not row["lead_id"].strip("\u00a0 ") for row in leads)
    assert any("\n" in row["company_name"] and '"' in row["company_name"] for row in leads)
    assert any(row["full_name"].startswith("=") for row in leads)
    assert any("CYRILLIC" in unicodedata.name(row["first_name"][0]) for row in leads)
    assert any("CJK" in unicodedata.name(row["first_name"][0]) for row in leads)
    assert {"TRUE", "Yes", "1", "no", ""} <= {row["is_unsubscribed"] for row in leads}
    assert "budget" in leads[0]


def test_demo_events_are_messy(leads: Rows, events: Rows) -> None:
    known = {row["lead_id"] for row in leads}
    for column in ("event_id", "lead_id", "event_type"):
        assert any(not row[column].strip() for row in events), column
    assert any(row["lead_id"] not in known for row in events if row["lead_id"].strip())
    assert {"page_view", "PAGE_VIEW", " Page_View "} <= {row["event_type"] for row in events}
    assert {"11/22/2025", "1767225600", "infinity"} <= {row["occurred_at"] for row in events}
    assert any(row["occurred_at"] > "2027" for row in events)
    for offset in ("Z", "+02:00", "-0500", "+09"):
        assert any(row["occurred_at"].endswith(offset) for row in events), offset
    assert any("\n" in row["content"] for row in events)

    first: dict[str, dict[str, str]] = {}
    redelivered = [row for row in events if first.setdefault(row["event_id"], row) is not row]
    late = [row for row in redelivered if row["loaded_at"] > first[row["event_id"]]["loaded_at"]]
    assert len(late) > 300


def test_demo_outcomes_are_messy(leads: Rows, outcomes: Rows) -> None:
    known = {row["lead_id"] for row in leads}
    assert any(not row["lead_id"] for row in outcomes)
    assert any(row["lead_id"] not in known for row in outcomes if row["lead_id"])
    assert any(row["occurred_at"] == "31.12.2025" for row in outcomes)
    assert repeated([tuple(row.values()) for row in outcomes])
    assert any(row["occurred_at"] > DEMO_AS_OF.isoformat() + "~" for row in outcomes)


def test_every_subject_of_the_default_models_occurs(leads: Rows, events: Rows) -> None:
    derived = {"seniority", "job_function", "country_code", "is_free_email"}
    kinds = {row["event_type"].strip().lower() for row in events}
    for row in scoring("criteria"):
        known = set(leads[0]) | derived if row["signal"] == "attribute" else kinds | {"*"}
        assert row["subject"] in known, row["criterion_id"]


def test_scoring_seeds_have_unique_keys() -> None:
    keys = {
        "models": ["model_id"],
        "groups": ["model_id", "group_id"],
        "criteria": ["model_id", "criterion_id"],
        "decay_policies": ["decay_policy"],
        "bands": ["model_id", "dimension", "band"],
        "stages": ["model_id", "stage"],
        "exclusions": ["model_id", "exclusion_id"],
        "actions": ["model_id", "stage", "fit_band", "engagement_band"],
    }
    for name, columns in keys.items():
        assert not repeated([tuple(row[c] for c in columns) for row in scoring(name)]), name


def test_scoring_seeds_refer_to_what_exists() -> None:
    models = {row["model_id"] for row in scoring("models")}
    groups = {(row["model_id"], row["group_id"]) for row in scoring("groups")}
    criteria = {(row["model_id"], row["criterion_id"]) for row in scoring("criteria")}
    stages = {(row["model_id"], row["stage"]) for row in scoring("stages")}
    bands = {(row["model_id"], row["dimension"], row["band"]) for row in scoring("bands")}
    policies = {row["decay_policy"] for row in scoring("decay_policies")}
    given = {(model, stage) for model in models for stage in ("customer", "disqualified")}

    assert groups == {(row["model_id"], row["group_id"]) for row in scoring("criteria")}
    assert policies == {row["decay_policy"] for row in scoring("criteria")} - {""}
    for row in scoring("stages"):
        assert (row["model_id"], row["required_criterion"] or None) in criteria | {
            (row["model_id"], None)
        }
    for row in scoring("actions"):
        assert (row["model_id"], row["stage"]) in stages | given
        for dimension in ("fit", "engagement"):
            band = row[f"{dimension}_band"]
            assert not band or (row["model_id"], dimension, band) in bands
    named = {(row["model_id"], row["stage"]) for row in scoring("actions")}
    assert named == stages | given
    assert [row["is_champion"] for row in scoring("models")].count("true") == 1


def test_title_words_are_normalised_and_ranked() -> None:
    rows = reference("title_words")
    assert all(row["phrase"] == spaced_words(row["phrase"]) != "" for row in rows)
    assert not repeated([(row["attribute"], int(row["priority"])) for row in rows])
    assert not repeated([(row["attribute"], row["phrase"]) for row in rows])
    assert {row["attribute"] for row in rows} == {"seniority", "job_function"}
    assert {"en", "de", "fr", "es", "it", "pt", "nl", "sv", "pl"} == {r["language"] for r in rows}


def test_no_title_phrase_stands_behind_one_that_always_wins() -> None:
    for attribute in ("seniority", "job_function"):
        earlier: set[str] = set()
        rows = [row for row in reference("title_words") if row["attribute"] == attribute]
        for row in sorted(rows, key=lambda row: int(row["priority"])):
            words = row["phrase"].split()
            size = len(words)
            parts = {" ".join(words[i:j]) for i in range(size) for j in range(i + 1, size + 1)}
            assert not parts & earlier, row
            earlier.add(row["phrase"])


@pytest.mark.parametrize(
    ("title", "seniority", "job_function"),
    [
        ("Assistant to the CEO", "entry", "management"),
        ("Vice-President, Marketing", "vp", "marketing"),
        ("President", "c_level", "management"),
        ("Head-of Growth", "director", "marketing"),
        ("Geschäftsführer/in", "c_level", "management"),
        ("Assistenz der Geschäftsführung", "entry", "management"),
        ("Directeur général", "c_level", "management"),
        ("Directeur général adjoint", "vp", "management"),
        ("Directeur commercial", "director", "sales"),
        ("Marketing Intern", "student", "marketing"),
        ("Internal Auditor", "specialist", "finance"),
        ("Founder & CEO", "founder", "management"),
        ("Senior Product Owner", "specialist", "product"),
        ("Chief of Staff", "director", "operations"),
        ("Account Manager", "specialist", "sales"),
        ("Lead Generation Specialist", "specialist", "marketing"),
        ("Sales Engineer", "specialist", "sales"),
        ("Student Success Manager", "manager", None),
        ("Młodszy specjalista ds. marketingu", "entry", "marketing"),
        ("Försäljningschef", "director", "sales"),
        ("Chef", None, None),
    ],
)
def test_title_words_survive_the_traps(
    title: str, seniority: str | None, job_function: str | None
) -> None:
    words = f" {spaced_words(title)} "
    found = {}
    for row in sorted(reference("title_words"), key=lambda row: -int(row["priority"])):
        if f" {row['phrase']} " in words:
            found[row["attribute"]] = row["result"]
    assert (found.get("seniority"), found.get("job_function")) == (seniority, job_function)


def test_mail_domains_are_sorted_unique_and_in_one_list_only() -> None:
    free = [row["email_domain"] for row in reference("free_email_domains")]
    disposable = [row["email_domain"] for row in reference("disposable_email_domains")]
    for domains in (free, disposable):
        assert domains == sorted(set(domains))
        assert all(domain == domain.lower().strip() and "." in domain for domain in domains)
    assert not set(free) & set(disposable)
    assert {"gmail.com", "outlook.com", "gmx.de", "qq.com"} <= set(free)
    assert {"mailinator.com", "yopmail.com"} <= set(disposable)


def test_country_names_are_normalised_and_complete() -> None:
    codes = {row["country_name"]: row["country_code"] for row in reference("country_names")}
    assert len(codes) == len(reference("country_names"))
    assert all(name == spaced_words(name) != "" for name in codes)
    assert len(set(codes.values())) == 249
    assert all(codes[code.lower()] == code for code in codes.values())
    known = {"deutschland": "DE", "españa": "ES", "uk": "GB", "u s a": "US", "holland": "NL"}
    assert known.items() <= codes.items()


def test_column_aliases_are_normalised_and_unambiguous() -> None:
    rows = reference("column_aliases")
    assert all(row["alias"] == "".join(filter(str.isalnum, row["alias"].lower())) for row in rows)
    assert not repeated([(row["relation"], row["alias"]) for row in rows])
    columns = {(row["relation"], row["column_name"]) for row in rows}
    aliases = {(row["relation"], row["alias"]): row["column_name"] for row in rows}
    assert all(aliases[relation, name.replace("_", "")] == name for relation, name in columns)
    assert aliases["leads", "emailaddress"] == "email"


@pytest.mark.parametrize("path", sorted(SCORING.glob("*.csv")) + sorted(REFERENCE.glob("*.csv")))
def test_every_seed_column_is_typed_and_described(path: Path) -> None:
    described = [
        seed
        for properties in (ROOT / "seeds").glob("*/_lead_scoring__*.yml")
        for seed in yaml.safe_load(properties.read_text("utf-8"))["seeds"]
    ]
    (seed,) = (seed for seed in described if seed["name"] == path.stem)
    header = path.read_text("utf-8-sig").splitlines()[0].split(",")
    assert list(seed["config"]["column_types"]) == header
    assert [column["name"] for column in seed["columns"]] == header
    assert all(column["description"] for column in seed["columns"])
    assert seed["description"].startswith("One row per")
    assert path.stat().st_size < 1_000_000
