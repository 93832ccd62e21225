"""Runs of made-up marts, and the programs that publish them until they are killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROWS = 50
SCRIPTS = Path(__file__).parents[2] / "scripts"


def run_id(number: int) -> str:
    return f"20260630T120000Z-{number:08d}"


def start(program: Path, *words: object) -> subprocess.Popen[str]:
    """Start a program of the tests, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, str(program), *map(str, words)],
        env=os.environ | {"PYTHONPATH": str(SCRIPTS)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
