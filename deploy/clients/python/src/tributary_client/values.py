"""Money, numbers and days between Python and the contract, to the last digit. A float is refused wherever it turns up."""

from __future__ import annotations

import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from google.type import date_pb2, decimal_pb2, money_pb2

_NANOS = 10**9
_LARGEST_EXPONENT = 999


def to_money(amount: Decimal | int | str, currency: str) -> money_pb2.Money:
    """google.type.Money of an exact amount: `to_money("19.90", "CNY")`. At most nine decimals."""
    nanos = Fraction(_exact(amount)) * _NANOS
    if nanos.denominator != 1:
        raise ValueError(f"{amount} has more than nine decimals")
    sign = -1 if nanos < 0 else 1
    units, rest = divmod(abs(nanos.numerator), _NANOS)
    if units >= 2**63:
        raise ValueError(f"{amount} is more than Money can hold")
    return money_pb2.Money(currency_code=currency, units=sign * units, nanos=sign * rest)


def from_money(money: money_pb2.Money) -> Decimal:
    """The amount of a google.type.Money; its currency stays with the message."""
    nanos = money.units * _NANOS + money.nanos
    units, rest = divmod(abs(nanos), _NANOS)
    digits = f"{rest:09}".rstrip("0")
    # From text, because arithmetic on Decimal rounds to the digits of the context.
    return Decimal(f"{'-' if nanos < 0 else ''}{units}.{digits}".removesuffix("."))


def to_decimal(number: Decimal | int | str) -> decimal_pb2.Decimal:
    """google.type.Decimal of an exact number: a rate, a quantity."""
    return decimal_pb2.Decimal(value=format(_exact(number), "f"))


def from_decimal(number: decimal_pb2.Decimal) -> Decimal:
    """The number of a google.type.Decimal; an empty one is 0, as its description says."""
    return _exact(number.value or "0")


def to_date(day: datetime.date) -> date_pb2.Date:
    """google.type.Date of a day."""
    return date_pb2.Date(year=day.year, month=day.month, day=day.day)


def from_date(day: date_pb2.Date) -> datetime.date:
    """The day of a google.type.Date."""
    return datetime.date(day.year, day.month, day.day)


def _exact(number: Any) -> Decimal:
    if isinstance(number, (float, bool)) or not isinstance(number, (Decimal, int, str)):
        raise TypeError(f"{number!r} is a {type(number).__name__}; give a Decimal, an int or a str, which are exact")
    exact = Decimal(number)
    if not exact.is_finite():
        raise ValueError(f"{number} is no number")
    # A short text must not become a number of gigabytes.
    exponent = exact.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) > _LARGEST_EXPONENT:
        raise ValueError(f"{number} has an exponent beyond {_LARGEST_EXPONENT}")
    return exact
