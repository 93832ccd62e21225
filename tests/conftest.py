"""Whole runs that several tests look at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from command import GOLDEN, Ended, case_arguments, score_leads
from evaluation_case import EvaluatedCase, evaluate_case
from keyboard import Keyboard


@dataclass(frozen=True)
class Published:
    """A run that was published: what it printed, and the folder it went to."""

    ended: Ended
    out: Path


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """The demo data, as somebody sees it who has typed nothing but `run`."""
    out = tmp_path_factory.mktemp("demo") / "out"
    return Published(score_leads("run", "--out", out, "--format", "csv,json"), out)


@pytest.fixture(scope="session")
def dirty_case(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """The golden case that was made by hand, a row for each corner of the contract."""
    out = tmp_path_factory.mktemp("dirty_case") / "out"
    options = case_arguments(GOLDEN / "case_4")
    return Published(score_leads("run", *options, "--out", out, "--format", "csv,json"), out)


@pytest.fixture(scope="session")
def evaluated_case(tmp_path_factory: pytest.TempPathFactory) -> EvaluatedCase:
    """The case to evaluate, with its evaluation and a published history of the same dates."""
    return evaluate_case(tmp_path_factory.mktemp("evaluation"))


@pytest.fixture
def keyboard(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Keyboard:
    """A terminal of 80 columns in an empty folder."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    return Keyboard(capsys)
