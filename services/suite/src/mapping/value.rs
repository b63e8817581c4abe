//! Values of one row: columns, products, words, numbers. Exact throughout.

use std::collections::BTreeSet;

use tributary_core::{Decimal, exact::parse_decimal};

use super::{Expr, Ordinals, Row, RowFault, Sign, Source};

/// Most decimals a number may have; what a field allows is for the service to say.
const MAX_SCALE: u32 = 28;

/// One row with what the mapping says about empty cells.
#[derive(Clone, Copy)]
pub(super) struct Eval<'r> {
    pub row: &'r Row,
    pub nulls: &'r BTreeSet<String>,
    /// Which part of the cells that are split.
    pub part: usize,
}

impl<'r> Eval<'r> {
    /// The cell of a column, `None` when it is empty.
    pub fn cell(self, column: &str) -> Option<&'r str> {
        self.row.value(column, self.nulls)
    }

    /// The same row, for another part of the cells that are split.
    pub fn at(self, part: usize) -> Self {
        Self { part, ..self }
    }

    /// The parts of the cell that an expression splits; `None` where it splits none, or an empty one.
    fn split<'e>(self, expr: &'e Expr) -> Option<(&'e str, impl Iterator<Item = &'r str>)> {
        match &expr.source {
            Source::Split { column, by } => Some((column, self.cell(column)?.split(by.as_str()).map(str::trim))),
            _ => None,
        }
    }

    /// How many parts the cell has that an expression splits.
    pub fn parts(self, expr: &Expr) -> Option<usize> {
        self.split(expr).map(|(_, parts)| parts.count())
    }

    /// The column that an expression splits, and its present part.
    pub fn part_of<'e>(self, expr: &'e Expr) -> Option<(&'e str, &'r str)> {
        let (column, mut parts) = self.split(expr)?;
        Some((column, parts.nth(self.part)?))
    }

    /// Whether the columns of an expression have a value for it. A default does not count: it is what an empty cell means.
    pub fn is_filled(self, expr: &Expr) -> bool {
        // What is wrong is there too, and will be told.
        !self.found("", expr).is_ok_and(|found| found.is_none())
    }

    /// The text of a field, after its map and default.
    pub fn text(self, field: &str, expr: &Expr) -> Result<Option<String>, RowFault> {
        Ok(self.found(field, expr)?.or_else(|| expr.default.clone()))
    }

    /// The text of a field after its map; an empty one is none.
    fn found(self, field: &str, expr: &Expr) -> Result<Option<String>, RowFault> {
        let found = match &expr.source {
            Source::Column(column) => self.cell(column).map(str::to_owned),
            Source::Const(text) => Some(text.clone()),
            Source::Template(template) => template.fill(|c| self.cell(c), &mut Ordinals::default()).ok(),
            Source::Product(columns) => self.product(field, columns)?.map(|d| d.to_string()),
            Source::Split { .. } => self.part_of(expr).map(|(_, part)| part.to_owned()),
        };
        let found = found.filter(|text| !text.is_empty());
        let (Some(text), Some(map)) = (&found, &expr.map) else { return Ok(found) };
        match map.get(text.trim()).or_else(|| map.get("*")) {
            Some(word) => Ok(Some(word.clone()).filter(|word| !word.is_empty())),
            None => {
                let known = map.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
                Err(RowFault::new(
                    field,
                    text,
                    format!("the mapping knows only {known} here"),
                    format!("correct the value, or add it to the map of {field} (\"*\" stands for all others)"),
                ))
            }
        }
    }

    /// The number of a field, with its sign.
    pub fn decimal(self, field: &str, expr: &Expr) -> Result<Option<Decimal>, RowFault> {
        let found = match &expr.source {
            Source::Product(columns) => self.product(field, columns)?,
            _ => match self.text(field, expr)? {
                Some(text) => Some(number(field, &text)?),
                None => None,
            },
        };
        let found = match (found, &expr.default) {
            (None, Some(text)) => Some(number(field, text)?),
            (found, _) => found,
        };
        Ok(found.map(|d| match &expr.sign {
            Sign::Keep => d,
            Sign::Negate => -d,
            Sign::NegativeWhere { column, values } => match self.row.cell(column) {
                Some(cell) if values.contains(cell.trim()) => -d.abs(),
                _ => d,
            },
        }))
    }

    fn product(self, field: &str, columns: &[String]) -> Result<Option<Decimal>, RowFault> {
        let mut product = Decimal::ONE;
        let mut empty = 0_usize;
        for column in columns {
            match self.cell(column) {
                Some(text) => {
                    let factor = number(field, text)?;
                    product = exact_product(product, factor).ok_or_else(|| {
                        RowFault::new(
                            field,
                            text,
                            format!("the product of {} has too many digits", columns.join(" and ")),
                            "correct the numbers; nothing is rounded silently",
                        )
                    })?;
                }
                None => empty = empty.saturating_add(1),
            }
        }
        match empty {
            0 => Ok(Some(product)),
            n if n == columns.len() => Ok(None),
            _ => Err(RowFault::new(
                field,
                "",
                format!("one of {} is empty", columns.join(" and ")),
                "fill it in, or leave all of them empty",
            )),
        }
    }
}

fn number(field: &str, text: &str) -> Result<Decimal, RowFault> {
    parse_number(text).map_err(|sentence| RowFault::from_sentence(field, text, &sentence, ""))
}

/// Reads a number strictly: digits with an optional sign and point. Exports write "+2"; the API does not take it.
pub(super) fn parse_number(text: &str) -> Result<Decimal, String> {
    let trimmed = text.trim();
    let digits = trimmed.strip_prefix('+').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == '.'));
    parse_decimal(digits.unwrap_or(trimmed), MAX_SCALE)
        .map_err(|_| format!("{text:?} is not a number; write digits with a point, such as 1234.5"))
}

/// The product without any rounding; `None` when it does not fit.
fn exact_product(a: Decimal, b: Decimal) -> Option<Decimal> {
    let (a, b) = (a.normalize(), b.normalize());
    let digits = a.mantissa().checked_mul(b.mantissa())?;
    let scale = a.scale().checked_add(b.scale())?;
    Decimal::try_from_i128_with_scale(digits, scale).ok().map(|d| d.normalize())
}

#[cfg(test)]
mod tests {
    use super::{exact_product, number};

    #[test]
    fn products_are_exact_or_nothing() {
        let d = |t: &str| number("x", t).expect("number");
        // Python: Decimal("3") * Decimal("2024.9940") == Decimal("6074.9820")
        assert_eq!(exact_product(d("3"), d("2024.9940")), Some(d("6074.982")));
        assert_eq!(exact_product(d("-12"), d("1.65")), Some(d("-19.8")));
        assert_eq!(exact_product(d("0.1"), d("0.2")), Some(d("0.02")));
        assert_eq!(exact_product(d("0.000000000000001"), d("0.00000000000001")), None, "29 decimals");
        assert_eq!(exact_product(d("99999999999999999999"), d("99999999999999999999")), None, "40 digits");
    }

    #[test]
    fn numbers_are_read_strictly() {
        for good in ["1", "-1.50", "+2", "0.000001", " 7 "] {
            assert!(number("x", good).is_ok(), "{good}");
        }
        for bad in ["1,234.50", "1e3", "1_000", "12O", "--1", "+-1", "++1", "+", "+ 1", "", ".", "￥5", "１"] {
            assert!(number("x", bad).is_err(), "{bad}");
        }
    }
}
