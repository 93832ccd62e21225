"""Says whether a regular expression means the same on every engine."""

from __future__ import annotations

import re
import string
import warnings

ALLOWED = (
    "literals in lower case, ., classes, groups, |, * + ? {m,n} ^ $, "
    "and a backslash before punctuation"
)

# Postgres repeats an item at most 255 times; RE2 refuses nested repeats beyond 1,000 in all.
_MOST_REPEATS = 255
_MOST_NESTED_REPEATS = 1000
_MOST_NESTED_GROUPS = 50
_COUNTED = re.compile(r"\{([0-9]{1,9})(?:(,)([0-9]{0,9}))?\}")


class PatternError(ValueError):
    """An expression that doesn't compile, or not everywhere; the text says why."""


def check_pattern(pattern: str) -> None:
    """Refuse an expression that the contract does not allow.

    Args:
        pattern: The expression, trimmed, not blank.

    Raises:
        PatternError: With the first thing that is wrong.
    """
    for character in pattern:
        if character != character.lower():
            raise PatternError(f"the upper-case letter '{character}' can never match")
    _Scanner(pattern).scan()
    try:
        _compiled(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise PatternError(f"it does not compile: {error}") from error


def matches_anything(pattern: str) -> bool:
    """Whether an allowed expression is met by the empty text and by any other alike."""
    compiled = _compiled(pattern)
    return all(compiled.search(text) for text in ("", "\ue000"))


def _compiled(pattern: str) -> re.Pattern[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return re.compile(pattern)


class _Scanner:
    """Walks over an expression once; keeps the open groups and what may be repeated."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.position = 0
        # What stands before a repeat: "item" may take one, "repeat", "anchor" and "" may not.
        self.before = ""
        # The greatest product of counted repeats within each open group, innermost last, and
        # within the item that was read last.
        self.within = [1]
        self.item_repeats = 1

    def scan(self) -> None:
        while self.position < len(self.pattern):
            self._step(self.pattern[self.position])
        if len(self.within) > 1:
            raise PatternError("a group is opened and never closed")

    def _step(self, character: str) -> None:
        if character == "(":
            self._open_group()
        elif character == ")":
            self._close_group()
        elif character in "*+?{":
            self._repeat()
        elif character in "|^$":
            self.before = "" if character == "|" else "anchor"
            self.position += 1
        else:
            if character == "[":
                self._class()
            elif character == "\\":
                self._escape()
            else:
                self.position += 1
            self.before, self.item_repeats = "item", 1

    def _open_group(self) -> None:
        if self.pattern.startswith("(?", self.position):
            raise PatternError("a group that begins with (? is not portable")
        if len(self.within) > _MOST_NESTED_GROUPS:
            raise PatternError(f"groups stand more than {_MOST_NESTED_GROUPS} deep")
        self.within.append(1)
        self.before = ""
        self.position += 1

    def _close_group(self) -> None:
        if len(self.within) == 1:
            raise PatternError("a group is closed and was never opened")
        repeats = self.within.pop()
        self.within[-1] = max(self.within[-1], repeats)
        self.before, self.item_repeats = "item", repeats
        self.position += 1

    def _repeat(self) -> None:
        counted = _COUNTED.match(self.pattern, self.position)
        sign = counted.group() if counted else self.pattern[self.position]
        if sign == "{":
            raise PatternError("'{' is no {m}, {m,} or {m,n}; write \\{ for the character")
        if self.before == "repeat":
            raise PatternError(f"'{sign}' follows a repeat: lazy and possessive ones don't port")
        if self.before != "item":
            raise PatternError(f"'{sign}' has nothing before it to repeat")
        if counted:
            low, comma, high = counted.groups()
            most = int(high or low)
            if comma and high and int(low) > most:
                raise PatternError(f"in '{sign}' the first number is over the second")
            if most > _MOST_REPEATS:
                raise PatternError(f"'{sign}' repeats more than {_MOST_REPEATS} times")
            repeats = self.item_repeats * max(most, 1)
            if repeats > _MOST_NESTED_REPEATS:
                raise PatternError(f"nested repeats come to more than {_MOST_NESTED_REPEATS}")
            self.within[-1] = max(self.within[-1], repeats)
        self.before = "repeat"
        self.position += len(sign)

    def _escape(self) -> str:
        """Pass a backslash and the character after it, which is returned."""
        escaped = self.pattern[self.position + 1 : self.position + 2]
        if not escaped:
            raise PatternError("it ends with a backslash")
        if escaped not in string.punctuation:
            raise PatternError(f"'\\{escaped}' is not portable")
        self.position += 2
        return escaped

    def _class(self) -> None:
        start = self.position
        self.position += 2 if self.pattern.startswith("[^", start) else 1
        first = self.position
        while True:
            character = self.pattern[self.position : self.position + 1]
            if not character:
                raise PatternError("a class is opened with [ and never closed")
            if character == "]" and self.position > first:
                break
            low = self._class_member(first)
            following = self.pattern[self.position + 1 : self.position + 2]
            if self.pattern.startswith("-", self.position) and following not in ("]", ""):
                self.position += 1
                high = self._class_member(first)
                if low > high:
                    raise PatternError(f"the range '{low}-{high}' in a class runs backwards")
        self.position += 1

    def _class_member(self, first: int) -> str:
        """Pass one character of a class, which is returned."""
        character = self.pattern[self.position]
        if character == "\\":
            return self._escape()
        following = self.pattern[self.position + 1 : self.position + 2]
        if character == "[":
            if following and following in ":.=":
                raise PatternError(f"the POSIX class '[{following}' is not portable")
            raise PatternError("'[' stands inside a class; write \\[ for the character")
        if character == "-" and self.position > first and following != "]":
            raise PatternError("'-' stands in the middle of a class; write \\- for the character")
        if character == following and character in "&-":
            raise PatternError(f"'{character * 2}' in a class is not portable")
        self.position += 1
        return character
