"""The wrong changes that `make mutants` tries stand for the SQL as it is."""

from __future__ import annotations

from mutants import misplaced


def test_every_wrong_change_finds_its_place() -> None:
    assert misplaced() == []
