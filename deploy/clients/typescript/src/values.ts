import { create } from "@bufbuild/protobuf";
import { DateSchema, type Date as CalendarDate } from "./gen/google/type/date_pb.js";
import { DecimalSchema, type Decimal } from "./gen/google/type/decimal_pb.js";
import { MoneySchema, type Money } from "./gen/google/type/money_pb.js";

const LARGEST = 2n ** 63n;

/** google.type.Money of an exact amount: `toMoney("19.90", "CNY")`. At most nine decimals; a number is refused, it is not exact. */
export function toMoney(amount: string | bigint, currencyCode: string): Money {
  const nanos = toScaled(amount, 9);
  const units = nanos / 10n ** 9n;
  if (units >= LARGEST || units <= -LARGEST) throw new RangeError(`${amount} is more than Money can hold`);
  return create(MoneySchema, { currencyCode, units, nanos: Number(nanos % 10n ** 9n) });
}

/** The amount of a Money as text, without zeros at the end: "19.9". Its currency stays with the message. */
export function fromMoney(money: Money | undefined): string {
  return money ? fromScaled(money.units * 10n ** 9n + BigInt(money.nanos), 9) : "0";
}

/** google.type.Decimal of an exact number: a rate, a quantity. */
export function toDecimal(number: string | bigint): Decimal {
  return create(DecimalSchema, { value: plain(number) });
}

/** The number of a Decimal as text, without zeros at the end. */
export function fromDecimal(decimal: Decimal | undefined): string {
  return plain(decimal?.value || "0");
}

/** google.type.Date of "2031-07-03". */
export function toDate(day: string): CalendarDate {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  if (!parts) throw new RangeError(`${day} is not YYYY-MM-DD`);
  return create(DateSchema, { year: Number(parts[1]), month: Number(parts[2]), day: Number(parts[3]) });
}

/** A Date as "2031-07-03". */
export function fromDate(day: CalendarDate): string {
  return [String(day.year).padStart(4, "0"), String(day.month).padStart(2, "0"), String(day.day).padStart(2, "0")].join("-");
}

/** A decimal as a whole number of its smallest part, to calculate with: `toScaled("19.90", 2)` is 1990n. More digits are refused. */
export function toScaled(number: string | bigint, digits: number): bigint {
  const [value, scale] = parsed(number);
  if (scale <= digits) return value * 10n ** BigInt(digits - scale);
  const divisor = 10n ** BigInt(scale - digits);
  if (value % divisor !== 0n) throw new RangeError(`${number} has more than ${digits} decimals`);
  return value / divisor;
}

/** And back: `fromScaled(1990n, 2)` is "19.9". */
export function fromScaled(value: bigint, digits: number): string {
  const text = (value < 0n ? -value : value).toString().padStart(digits + 1, "0");
  const decimals = text.slice(text.length - digits).replace(/0+$/, "");
  const units = text.slice(0, text.length - digits);
  return `${value < 0n ? "-" : ""}${units}${digits > 0 && decimals ? `.${decimals}` : ""}`;
}

function plain(number: string | bigint): string {
  return fromScaled(...parsed(number));
}

/** Value and number of decimals. */
function parsed(number: string | bigint): [bigint, number] {
  if (typeof number === "bigint") return [number, 0];
  if (typeof number !== "string") throw new TypeError(`${String(number)} is a ${typeof number}; give a string or a bigint, which are exact`);
  const parts = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/.exec(number);
  if (!parts) throw new RangeError(`"${number}" is no number`);
  const [, sign, units, decimals = "", exponent = "0"] = parts;
  const value = BigInt(`${units}${decimals}`) * (sign === "-" ? -1n : 1n);
  const scale = decimals.length - Number(exponent);
  return scale >= 0 ? [value, scale] : [value * 10n ** BigInt(-scale), 0];
}
