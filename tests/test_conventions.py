"""The project's conventions, as rules of dbt-bouncer on dbt's manifest."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from test_dbt_project import EVERYTHING, PROJECT, Workplace

pytestmark = pytest.mark.skipif(
    sys.version_info < (3, 11),
    reason="dbt-bouncer is for Python 3.11 and newer, the project for 3.10 too",
)

MODEL = "model.lead_scoring."
STAGED = MODEL + "stg_lead_scoring__leads"
MIDDLE = MODEL + "int_lead_scoring__scores"
MART = MODEL + "lead_scoring__ranked_leads"


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("conventions")
    parsed = Workplace(folder, ":memory:").dbt("parse", "--vars", EVERYTHING)
    assert parsed.returncode == 0, parsed.stdout
    return json.loads((folder / "target/manifest.json").read_text(encoding="utf-8"))


def broken_rules(manifest: dict[str, Any], folder: Path) -> list[str]:
    """Return the rules that a manifest breaks, each with what breaks it."""
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    rules = yaml.safe_load((PROJECT / "dbt-bouncer.yml").read_text(encoding="utf-8"))
    config = folder / "dbt-bouncer.yml"
    config.write_text(yaml.safe_dump(rules | {"dbt_artifacts_dir": str(folder)}), encoding="utf-8")
    results = folder / "results.json"
    command = [str(Path(sys.executable).with_name("dbt-bouncer")), "run"]
    checked = subprocess.run(
        [*command, "--config-file", config, "--output-file", results, "--output-format", "json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert results.exists(), checked.stdout + checked.stderr
    return [
        f"{check_run_id.split(':')[0]} {check_run_id.split(':')[-1]}"
        for check_run_id in (
            result["check_run_id"]
            for result in json.loads(results.read_text(encoding="utf-8"))
            if result["outcome"] != "success"
        )
    ]


def test_the_project_keeps_its_conventions(manifest: dict[str, Any], tmp_path: Path) -> None:
    assert broken_rules(manifest, tmp_path) == []


def test_the_rules_see_what_breaks_them(manifest: dict[str, Any], tmp_path: Path) -> None:
    changed = json.loads(json.dumps(manifest))
    nodes = changed["nodes"]
    nodes[STAGED]["name"] = "leads"
    nodes[STAGED]["depends_on"]["nodes"].append(MART)
    nodes[MIDDLE]["depends_on"]["nodes"].append("source.lead_scoring.lead_scoring.leads")
    nodes[MIDDLE]["raw_code"] += "\n" * 300
    nodes[MIDDLE]["raw_code"] = nodes[MIDDLE]["raw_code"].replace(
        "{{ ref('lead_scoring__models') }}", "analytics.lead_scoring.models"
    )
    nodes[MIDDLE]["access"] = "public"
    nodes[MART]["contract"]["enforced"] = False
    nodes[MART]["config"]["contract"]["enforced"] = False
    nodes[MART]["description"] = "Ranked leads"
    nodes[MART]["columns"]["score"]["description"] = ""
    nodes[MART]["columns"]["stage"]["data_type"] = None
    nodes["seed.lead_scoring.lead_scoring__bands"]["name"] = "bands"
    for test in [name for name, node in nodes.items() if node.get("attached_node") == MART]:
        del nodes[test]
    rules = {broken.split()[0] for broken in broken_rules(changed, tmp_path)}
    assert rules >= {
        "check_model_names",
        "check_seed_names",
        "check_lineage_permitted_upstream_models",
        "check_lineage_source_cannot_be_used",
        "check_model_hard_coded_references",
        "check_model_max_number_of_lines",
        "check_model_access",
        "check_model_contract_enforced_for_public_model",
        "check_model_description_contains_regexp_pattern",
        "check_model_column_description_populated",
        "check_model_columns_have_types",
        "check_model_has_unique_test",
    }
