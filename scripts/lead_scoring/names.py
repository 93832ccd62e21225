"""The known name that a misspelt one comes closest to."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import lru_cache

_COMPARED_LENGTH = 200
_NEAR_ENOUGH = 0.5


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that comes closest, without regard to case, or None."""
    if len(name) > _COMPARED_LENGTH:
        return None
    return _nearest(name.lower(), tuple(known))


@lru_cache(maxsize=1024)
def _nearest(name: str, known: tuple[str, ...]) -> str | None:
    by_lower = {candidate.lower(): candidate for candidate in reversed(known)}
    matches = difflib.get_close_matches(name, by_lower, n=1, cutoff=_NEAR_ENOUGH)
    return by_lower[matches[0]] if matches else None


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return the nearest name as the end of a sentence, empty where none is near."""
    closest = nearest(name, known)
    return f"; did you mean '{closest}'?" if closest else ""
