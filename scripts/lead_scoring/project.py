"""Where the dbt project stands, and the versions of what it runs on."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parents[2]
DEFAULT_CONFIGURATION = PROJECT / "seeds" / "scoring"
REFERENCE = PROJECT / "seeds" / "reference"
SEED_PROPERTIES = (
    PROJECT / "seeds" / "properties" / "_lead_scoring__scoring_seeds.yml",
    REFERENCE / "_lead_scoring__reference_seeds.yml",
)
COLUMN_ALIASES = REFERENCE / "lead_scoring__column_aliases.csv"


def duckdb_settings() -> dict[str, str]:
    """Return the limits that the profile gives DuckDB, for our own connections."""
    return {"memory_limit": os.environ.get("LEAD_SCORING_MEMORY_LIMIT", "1500MB")}


def versions(target: str) -> dict[str, str]:
    """Return the version of the project, of Python and of what scores on a target."""
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    packages = dict.fromkeys(("dbt-core", "dbt-duckdb", "duckdb", f"dbt-{target}"))
    return {
        "lead_scoring": str(project["version"]),
        "python": platform.python_version(),
        **{package: metadata.version(package) for package in packages},
    }
