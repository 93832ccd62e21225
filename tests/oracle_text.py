"""The contract's smallest parts: trimming, numbers, timestamps, words, operators, rounding."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext

BLANKS = " \t\n\r\v\f\u00a0\u200b\u200c\u200d\ufeff"
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?", re.IGNORECASE)
TIMESTAMP = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
    r"([T ](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(:(?P<second>[0-9]{2})(\.(?P<part>[0-9]+))?)?)?"
    r"(Z|(?P<sign>[+-])(?P<off_hour>[0-9]{2})(:?(?P<off_minute>[0-9]{2}))?)?"
)
TRUE_TEXTS = {"true", "t", "1", "yes", "y"}
FALSE_TEXTS = {"false", "f", "0", "no", "n"}
AMOUNT_LIMIT = Decimal(10) ** 18


def trimmed(text: str | None) -> str | None:
    """Return the text without blanks at either end, None where nothing is left."""
    if text is None:
        return None
    return text.strip(BLANKS) or None


def rounded(value: Decimal, decimals: int) -> Decimal:
    """Round half away from zero to a number of decimals; zero is never negative."""
    with localcontext() as context:
        context.prec = 500
        result = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return abs(result) if result == 0 else result


def number(text: str | None) -> float | None:
    """Return the double that a text stands for, None where it is no number of the contract."""
    stripped = trimmed(text)
    if stripped is None or not NUMBER.fullmatch(stripped):
        return None
    return float(stripped)


def amount(text: str | None) -> Decimal | None:
    """Return a number at 4 decimals, None where the text is no number or 1e18 or more in size."""
    double = number(text)
    if double is None or abs(double) >= float(AMOUNT_LIMIT):
        return None
    exact = Decimal(trimmed(text) or "")
    return None if abs(exact) >= AMOUNT_LIMIT else rounded(exact, 4)


def instant(text: str | None) -> datetime | None:
    """Return a timestamp as naive UTC at microseconds, None where the form is another."""
    stripped = trimmed(text)
    match = TIMESTAMP.fullmatch(stripped) if stripped else None
    if match is None:
        return None
    part = match.groupdict(default="0")
    if not 1900 <= int(part["year"]) <= 2200:
        return None
    off_hour, off_minute = int(part["off_hour"]), int(part["off_minute"])
    if off_hour > 23 or off_minute > 59:
        return None
    try:
        local = datetime(int(part["year"]), int(part["month"]), int(part["day"])) + timedelta(
            microseconds=int(part["part"][:6].ljust(6, "0"))
        )
        local = local.replace(
            hour=int(part["hour"]), minute=int(part["minute"]), second=int(part["second"])
        )
    except ValueError:
        return None
    offset = timedelta(hours=off_hour, minutes=off_minute)
    return local + offset if part["sign"] == "-" else local - offset


def spaced_words(text: str) -> str:
    """Return lower-cased words parted, preceded and followed by one space; '' without any."""
    kept = "".join(
        letter
        if unicodedata.category(letter)[0] == "L" or unicodedata.category(letter) == "Nd"
        else " "
        for letter in text.lower()
    )
    words = kept.split()
    return f" {' '.join(words)} " if words else ""


def same(value: str, other: str) -> bool:
    """Whether two texts are the same text or the same number."""
    if value == other:
        return True
    left, right = number(value), number(other)
    return left is not None and left == right


def list_items(operand: str) -> list[str]:
    """Return the items of a list parted by `|`, trimmed, blank ones left out."""
    return [item for part in operand.split("|") if (item := trimmed(part)) is not None]


def holds(value: str | None, operator: str, operand: str | None) -> bool:
    """Whether a value matches an operator and what it is compared with.

    Args:
        value: The text that came in; None is null.
        operator: One of the contract's operators.
        operand: The configuration's cell, None where blank.

    Raises:
        ValueError: If the operator is unknown.
    """
    if operator in ("not_equals", "not_in", "not_contains"):
        return not holds(value, operator.removeprefix("not_"), operand)
    text = (trimmed(value) or "").lower()
    if operator == "is_blank":
        return not text
    if not text:
        return False
    return _matches_text(text, operator, (trimmed(operand) or "").lower())


def _matches_text(text: str, operator: str, wanted: str) -> bool:
    if operator == "is_present":
        return True
    if operator == "is_true":
        return text in TRUE_TEXTS
    if operator == "is_false":
        return text in FALSE_TEXTS
    if operator == "equals":
        return same(text, wanted)
    if operator == "in":
        return any(same(text, item) for item in list_items(wanted))
    if operator == "contains":
        return wanted in text
    if operator == "starts_with":
        return text.startswith(wanted)
    if operator == "ends_with":
        return text.endswith(wanted)
    if operator == "has_word":
        spaced = spaced_words(text)
        items = [spaced_words(item) for item in list_items(wanted)]
        return any(item in spaced for item in items if item)
    if operator == "matches":
        line = text.replace("\n", " ").replace("\r", " ")
        return re.search(wanted, line) is not None
    return _matches_number(text, operator, wanted)


def _matches_number(text: str, operator: str, wanted: str) -> bool:
    figure = number(text)
    bounds = [number(part) for part in wanted.split("|")]
    if figure is None or any(bound is None for bound in bounds):
        return False
    low = bounds[0] or 0.0
    high = bounds[-1] or 0.0
    if operator == "gt":
        return figure > low
    if operator == "gte":
        return figure >= low
    if operator == "lt":
        return figure < low
    if operator == "lte":
        return figure <= low
    if operator == "between":
        return low <= figure <= high
    raise ValueError(f"unknown operator: {operator}")
