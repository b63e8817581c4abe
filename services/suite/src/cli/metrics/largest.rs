//! The largest rows of an answer.

use std::{cmp::Reverse, collections::BTreeMap};

use tributary_proto::tributary::analytics::v1::{MetricRow, MetricValue, metric_value};

use crate::output::{decimal_text, read};

/// The rows with the largest first value, of each period and currency, largest first; those without one last.
pub(super) fn largest(rows: Vec<MetricRow>, top: usize) -> Vec<MetricRow> {
    let mut groups = BTreeMap::<_, Vec<MetricRow>>::new();
    for row in rows {
        groups.entry((row.period.clone(), row.currency_code.clone())).or_default().push(row);
    }
    let first = |row: &MetricRow| row.values.first().and_then(number).and_then(|n| read(&n));
    let cut = |mut group: Vec<MetricRow>| {
        group.sort_by_cached_key(|row| Reverse(first(row)));
        group.truncate(top);
        group
    };
    groups.into_values().flat_map(cut).collect()
}

fn number(value: &MetricValue) -> Option<String> {
    value.value.as_ref().map(|value| match value {
        metric_value::Value::Amount(money) => decimal_text(money),
        metric_value::Value::Number(number) => number.value.clone(),
    })
}

#[cfg(test)]
mod tests {
    use tributary_proto::{
        google::r#type::Money,
        tributary::analytics::v1::{MetricRow, MetricValue, metric_value::Value},
    };

    use super::largest;

    #[test]
    fn the_largest_are_chosen_by_period_and_currency() {
        let row = |period: &str, currency: &str, partner: &str, units: Option<i64>| MetricRow {
            period: period.to_owned(),
            currency_code: currency.to_owned(),
            partner: partner.to_owned(),
            values: vec![MetricValue {
                value: units.map(|units| Value::Amount(Money { currency_code: currency.to_owned(), units, nanos: 0 })),
                ..MetricValue::default()
            }],
            ..MetricRow::default()
        };
        let rows = vec![
            row("2026-01", "CNY", "a", Some(9)),
            row("2026-01", "CNY", "b", Some(10)),
            row("2026-01", "CNY", "c", None),
            row("2026-01", "USD", "a", Some(-2)),
            row("2026-02", "CNY", "c", None),
            row("2026-02", "CNY", "a", Some(-1)),
        ];
        let names = |top| {
            let rows = largest(rows.clone(), top);
            rows.iter().map(|r| format!("{} {} {}", r.period, r.currency_code, r.partner)).collect::<Vec<_>>()
        };
        assert_eq!(names(1), ["2026-01 CNY b", "2026-01 USD a", "2026-02 CNY a"]);
        assert_eq!(names(2)[1], "2026-01 CNY a");
        assert_eq!(names(3).last().map(String::as_str), Some("2026-02 CNY c"));
    }
}
