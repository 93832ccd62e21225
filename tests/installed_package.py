"""The integration project with this one installed in it, in folders of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from test_dbt_project import DBT, PARTS, PROJECT

INTEGRATION = PROJECT / "integration_tests"
PACKAGE = "package:lead_scoring"
EXPECTED = "*_are_as_expected"


@dataclass(frozen=True)
class Installation:
    """A copy of this project, the integration project within it, and where both build."""

    package: Path
    target: str
    settings: dict[str, str]

    @property
    def project(self) -> Path:
        """The folder of the project that installs the package."""
        return self.package / INTEGRATION.name

    def dbt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run dbt with its checks of YAML keys switched on and warnings as errors."""
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DBT_", "LEAD_SCORING_"))
        }
        return subprocess.run(
            [sys.executable, "-c", DBT, "--warn-error", "--no-use-colors", *arguments],
            cwd=self.project,
            env=environment | self.settings | {"DBT_TARGET": self.target},
            capture_output=True,
            text=True,
            check=False,
        )

    def done(self, *arguments: str) -> str:
        """Run dbt, which has to succeed, and return what it printed."""
        ended = self.dbt(*arguments)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def artefact(self, name: str) -> dict[str, Any]:
        """Return what the last run of dbt wrote of its nodes or results."""
        text = (self.project / "target" / f"{name}.json").read_text(encoding="utf-8")
        artefact: dict[str, Any] = json.loads(text)
        return artefact


def install(folder: Path, target: str, settings: dict[str, str]) -> Installation:
    """Copy both projects into a folder and install the one in the other."""
    installation = Installation(folder / "lead_scoring", target, settings)
    for part in (*PARTS, INTEGRATION.name):
        source, copy = PROJECT / part, installation.package / part
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy, ignore=_ignored)
        else:
            shutil.copy(source, copy)
    installation.done("deps")
    return installation


def _ignored(folder: str, names: list[str]) -> list[str]:
    """What running dbt by hand leaves in the integration project."""
    if Path(folder) != INTEGRATION:
        return []
    return [name for name in names if name in ("dbt_packages", "logs", "target")]
