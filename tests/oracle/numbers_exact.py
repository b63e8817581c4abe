"""Exact numbers: fractions, minor units, splits. Money never meets a float."""

from fractions import Fraction

EXPONENT = {"CNY": 2, "USD": 2, "EUR": 2, "JPY": 0, "BHD": 3}


def number(message, default=None):
    """A google.type.Decimal in JSON form as a fraction."""
    return Fraction(default) if message is None else Fraction(message["value"])


def optional(message):
    """The same, None when unset."""
    return None if message is None else Fraction(message["value"])


def text(value):
    """A fraction that ends as a decimal, as google.type.Decimal in JSON form."""
    value = Fraction(value)
    scale = 0
    while (value * 10**scale).denominator != 1:
        scale += 1
        if scale > 28:
            raise ValueError(f"{value} does not end within 28 decimals")
    digits = int(value * 10**scale)
    sign, digits = ("-" if digits < 0 else ""), str(abs(digits)).rjust(scale + 1, "0")
    whole, fraction = (digits[:-scale], digits[-scale:]) if scale else (digits, "")
    return {"value": f"{sign}{whole}{'.' + fraction if fraction else ''}"}


def to_minor(exact, currency, half_even=False):
    """Whole minor units, rounded once."""
    scaled = abs(exact) * 10 ** EXPONENT[currency]
    floor, rest = divmod(scaled.numerator, scaled.denominator)
    twice = 2 * rest - scaled.denominator
    if twice > 0 or (twice == 0 and (not half_even or floor % 2 == 1)):
        floor += 1
    return -floor if exact < 0 else floor


def from_minor(units, currency):
    """Minor units as a fraction."""
    return Fraction(units, 10 ** EXPONENT[currency])


def split(total, weights):
    """R14: |total| in proportion to weights, floored; what is left to the largest remainders, ties by order."""
    whole = sum(weights)
    if whole == 0:
        return None
    shares = [divmod(abs(total) * w, whole) for w in weights]
    parts = [share for share, _ in shares]
    order = sorted(range(len(weights)), key=lambda i: (-shares[i][1], i))
    for i in order[: abs(total) - sum(parts)]:
        parts[i] += 1
    return [-p for p in parts] if total < 0 else parts
