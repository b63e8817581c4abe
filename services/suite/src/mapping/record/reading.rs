//! Reads the fields of one row and collects what is wrong with them.

use std::collections::BTreeMap;

use tributary_core::{Currency, Decimal};
use tributary_proto::{google::r#type as gtype, tributary::common::v1::ExternalRef};

use super::words::enum_name;
use crate::mapping::{Expr, RefFields, RowFault, value::Eval};

/// Collects the faults of one row while its fields are read.
pub(super) struct Reading<'r> {
    pub eval: Eval<'r>,
    pub faults: Vec<RowFault>,
}

impl Reading<'_> {
    pub fn take<T>(&mut self, result: Result<T, RowFault>) -> Option<T> {
        result.map_err(|fault| self.faults.push(fault)).ok()
    }

    pub fn text(&mut self, field: &str, expr: Option<&Expr>) -> String {
        let found = expr.map(|e| self.eval.text(field, e));
        found.and_then(|r| self.take(r)).flatten().unwrap_or_default()
    }

    pub fn required(&mut self, field: &str, expr: Option<&Expr>) -> String {
        let before = self.faults.len();
        let text = self.text(field, expr);
        if text.is_empty() && self.faults.len() == before {
            let columns = expr.map(Expr::columns_text).unwrap_or_default();
            self.faults.push(RowFault::new(field, "", format!("{field} is empty"), format!("fill {columns} in")));
        }
        text
    }

    pub fn decimal(&mut self, field: &str, expr: Option<&Expr>) -> Option<Decimal> {
        let found = expr.map(|e| self.eval.decimal(field, e));
        found.and_then(|r| self.take(r)).flatten()
    }

    pub fn money(&mut self, field: &str, expr: Option<&Expr>, currency: Option<Currency>) -> Option<gtype::Money> {
        let amount = self.decimal(field, expr)?;
        // Without a currency there is a fault already, and no amount to speak of.
        let made = money(amount, currency?);
        self.take(made.map_err(|e| RowFault::from_sentence(field, &amount.to_string(), &e, "")))
    }

    pub fn choice(
        &mut self,
        field: &str,
        expr: Option<&Expr>,
        prefix: &str,
        find: impl Fn(&str) -> Option<i32>,
    ) -> i32 {
        let text = self.text(field, expr);
        self.word(field, text, prefix, find)
    }

    /// As `choice`, but an empty value is a fault.
    pub fn required_choice(
        &mut self,
        field: &str,
        expr: Option<&Expr>,
        prefix: &str,
        find: impl Fn(&str) -> Option<i32>,
    ) -> i32 {
        let text = self.required(field, expr);
        self.word(field, text, prefix, find)
    }

    fn word(&mut self, field: &str, text: String, prefix: &str, find: impl Fn(&str) -> Option<i32>) -> i32 {
        if text.is_empty() {
            return 0;
        }
        find(&enum_name(prefix, &text)).unwrap_or_else(|| {
            let reason = format!("{text:?} is no {field}");
            self.faults.push(RowFault::new(
                field,
                text,
                reason,
                format!("correct it, or add it to the map of {field}"),
            ));
            0
        })
    }

    pub fn external_ref(&mut self, field: &str, fields: &RefFields) -> ExternalRef {
        ExternalRef {
            system: self.required(&format!("{field}.system"), Some(&fields.system)),
            id: self.required(&format!("{field}.id"), Some(&fields.id)),
        }
    }

    pub fn labels<M: FromIterator<(String, String)>>(&mut self, labels: &BTreeMap<String, Expr>) -> M {
        labels
            .iter()
            .map(|(key, expr)| (key.clone(), self.text(&format!("labels.{key}"), Some(expr))))
            .filter(|(_, value)| !value.is_empty())
            .collect()
    }
}

/// Money from an exact number, in a currency that is known.
pub(super) fn money(amount: Decimal, currency: Currency) -> Result<gtype::Money, String> {
    let scaled = amount.normalize();
    let scale = currency.fact_scale().min(9);
    let nanos = 9_u32
        .checked_sub(scaled.scale())
        .filter(|_| scaled.scale() <= scale)
        .ok_or_else(|| format!("{amount} has more than the {scale} decimals that {currency} amounts may have; state it with {scale} at most, nothing is rounded silently"))
        .map(|digits| 10_i128.checked_pow(digits).and_then(|step| scaled.mantissa().checked_mul(step)))?;
    nanos
        .and_then(|n| Some((i64::try_from(n / 1_000_000_000).ok()?, i32::try_from(n % 1_000_000_000).ok()?)))
        .map(|(units, nanos)| gtype::Money { currency_code: currency.code().to_owned(), units, nanos })
        .ok_or_else(|| format!("{amount} is too large; correct it"))
}
