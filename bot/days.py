"""Days that a visitor names, "next Tuesday" or "12 March", counted from the day it is said."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

# Told from the day it is said: `days`, `weeks`, `months`, `weekday` (0 is Monday), `next`,
# `last`, `exact` (months to the day), `day`, `month`, `year`. JSON, since Rasa passes it on.
Meaning = dict[str, int]

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Period:
    """The days that are meant; `first` and `last` are the same for a single day."""

    first: date
    last: date


def resolve(meaning: Mapping[str, Any], today: date, *, ahead: bool) -> Period | None:
    """Return the days meant by what was said `today`, or None when that is not certain.

    `ahead` says that the visitor speaks of what is to come: a bare weekday is then the next one
    and a date without a year lies in the future; else the first is left open and the second is
    the nearest.
    """
    try:
        if "day" in meaning:
            return _single(_named_day(meaning, today, ahead=ahead))
        if "weekday" in meaning:
            return _weekday(meaning, today, ahead=ahead)
        if "weeks" in meaning:
            monday = today - timedelta(days=today.weekday()) + int(meaning["weeks"]) * WEEK
            return Period(monday, monday + timedelta(days=6))
        if "months" in meaning:
            return _months(meaning, today)
        if "days" in meaning:
            return _single(today + timedelta(days=int(meaning["days"])))
    except (ValueError, OverflowError):  # 31 February, or a year that no calendar has
        return None
    return None


def _weekday(meaning: Mapping[str, Any], today: date, *, ahead: bool) -> Period | None:
    weekday = int(meaning["weekday"])
    if "weeks" in meaning:
        monday = today - timedelta(days=today.weekday()) + int(meaning["weeks"]) * WEEK
        return _single(monday + timedelta(days=weekday))
    if "last" in meaning:
        return _single(today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1))
    if "next" in meaning or ahead:
        return _single(today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1))
    return None


def _named_day(meaning: Mapping[str, Any], today: date, *, ahead: bool) -> date:
    month, day = int(meaning["month"]), int(meaning["day"])
    if "year" in meaning:
        return date(int(meaning["year"]), month, day)
    years = [year for year in range(today.year - 1, today.year + 5) if _exists(year, month, day)]
    days = [date(year, month, day) for year in years]
    if ahead:
        return min(one for one in days if one >= today)
    return min(days, key=lambda one: abs(one - today))


def _exists(year: int, month: int, day: int) -> bool:
    return 1 <= month <= 12 and day <= monthrange(year, month)[1]


def _months(meaning: Mapping[str, Any], today: date) -> Period:
    year, place = divmod(today.year * 12 + today.month - 1 + int(meaning["months"]), 12)
    length = monthrange(year, place + 1)[1]
    if "exact" in meaning:
        return _single(date(year, place + 1, min(today.day, length)))
    return Period(date(year, place + 1, 1), date(year, place + 1, length))


def _single(day: date) -> Period:
    return Period(day, day)
