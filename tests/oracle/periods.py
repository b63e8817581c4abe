"""Periods and windows of days, half open, as pairs of datetime.date."""

import datetime as dt


def months_on(day, months):
    """The first of a month, so many months on."""
    index = day.year * 12 + day.month - 1 + months
    return dt.date(index // 12, index % 12 + 1, 1)


def span(period):
    """First day and first day after: 2026, 2026-Q2, 2026-05, 2026-W19."""
    year = int(period[:4])
    if len(period) == 4:
        return dt.date(year, 1, 1), dt.date(year + 1, 1, 1)
    rest = period[5:]
    if rest.startswith("Q"):
        start = dt.date(year, 3 * int(rest[1:]) - 2, 1)
        return start, months_on(start, 3)
    if rest.startswith("W"):
        start = dt.date.fromisocalendar(year, int(rest[1:]), 1)
        return start, start + dt.timedelta(7)
    start = dt.date(year, int(rest), 1)
    return start, months_on(start, 1)


def last_year(period):
    """The same period one year earlier."""
    return f"{int(period[:4]) - 1}{period[4:]}"


def prior(period):
    """The period just before."""
    year, rest = int(period[:4]), period[5:]
    if not rest:
        return str(year - 1)
    if rest.startswith("Q"):
        quarter = int(rest[1:])
        return f"{year}-Q{quarter - 1}" if quarter > 1 else f"{year - 1}-Q4"
    month = int(rest)
    return f"{year}-{month - 1:02}" if month > 1 else f"{year - 1}-12"


def is_last_of_year(period):
    """Whether no period of its year follows."""
    return span(period)[1] == dt.date(int(period[:4]) + 1, 1, 1)


def measure_window(window, period, joined):
    """The days a measure counts; `joined` is the payee's first day of membership, or None."""
    start, end = span(period)
    if not window:
        return start, end
    if window.get("yearToDate"):
        return dt.date(start.year, 1, 1), end
    if "trailingMonths" in window:
        return months_on(end, -window["trailingMonths"]), end
    if "since" in window:
        return day(window["since"]), end
    return joined or start, end


def day(message):
    """A google.type.Date in JSON form."""
    return dt.date(message["year"], message["month"], message["day"])


def day_message(value):
    """A date as google.type.Date in JSON form."""
    return {"year": value.year, "month": value.month, "day": value.day}
