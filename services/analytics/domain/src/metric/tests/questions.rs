//! What may be asked, pages, and limits.

use super::support::{asked, counted, counted_within, day, facts, rows, shown};
use crate::metric::{
    Asked, Basis, Column, Condition, DEFINITIONS, Dimension, Grain, Limits, MetricQuery, RowKey, find,
};

fn refused(asked: Asked) -> Vec<(String, String)> {
    let violations = MetricQuery::new(asked).expect_err("refused");
    violations.into_vec().into_iter().map(|v| (v.field, v.description)).collect()
}

fn fields(asked: Asked) -> Vec<String> {
    refused(asked).into_iter().map(|(field, _)| field).collect()
}

fn is(dimension: Dimension, text: &str) -> Condition {
    Condition::Is(dimension, text.to_owned())
}

#[test]
fn definitions_are_whole() {
    for (i, definition) in DEFINITIONS.iter().enumerate() {
        let texts = [definition.id, definition.title, definition.meaning, definition.formula, definition.owner];
        assert!(texts.iter().all(|text| !text.is_empty()), "{definition:?}");
        assert!(definition.meaning.ends_with('.') && !definition.formula.ends_with('.'), "{}", definition.id);
        assert!(!definition.dimensions.is_empty(), "{}", definition.id);
        let same = DEFINITIONS.iter().position(|other| other.id == definition.id);
        assert_eq!(same, Some(i), "{} is there twice", definition.id);
        assert_eq!(find(definition.id), Some(definition));
        // Formulas name other metrics by their ids.
        for word in definition.formula.split(|c: char| !c.is_ascii_lowercase() && c != '_').filter(|w| w.contains('_'))
        {
            assert!(find(word).is_some(), "{} of {}", word, definition.id);
        }
    }
    assert_eq!(find("GMV"), None);
    let additive: Vec<_> = DEFINITIONS.iter().filter(|d| d.is_additive()).map(|d| d.id).collect();
    assert_eq!(
        additive,
        [
            "gmv",
            "net_sales",
            "returns",
            "gross_profit",
            "quantity",
            "lines",
            "visits",
            "leads",
            "conversions",
            "marketing_cost"
        ]
    );
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let question = Asked {
        dimensions: vec![Dimension::Partner, Dimension::Sku],
        condition: Some(Condition::Any(vec![is(Dimension::Currency, "CNY"), is(Dimension::Partner, "p")])),
        from: Some(day("2012-08-01")),
        to: Some(day("2012-07-01")),
        ..asked(&["gmv", "turnover", "visits"])
    };
    assert_eq!(
        refused(question),
        [
            ("metrics[1]", "\"turnover\" is not a metric; ListMetrics names them all"),
            ("dimensions[1]", "visits cannot be split by sku; it knows partner, region, channel, sub_channel"),
            ("filter", "visits cannot be filtered by currency; it knows partner, region, channel, sub_channel"),
            ("to", "2012-07-01 is before from 2012-08-01; it is the first day no longer wanted"),
        ]
        .map(|(field, said)| (field.to_owned(), said.to_owned()))
    );
    assert!(
        MetricQuery::new(Asked { from: Some(day("2012-07-01")), to: Some(day("2012-07-01")), ..asked(&["gmv"]) })
            .is_ok()
    );
}

#[test]
fn a_share_needs_a_whole() {
    let share = |condition, dimensions: &[Dimension]| Asked {
        dimensions: dimensions.to_vec(),
        condition,
        ..asked(&["channel_share"])
    };
    assert_eq!(fields(share(None, &[Dimension::Partner])), ["dimensions"]);
    let (online, of_p) = (is(Dimension::Channel, "ONLINE"), is(Dimension::Partner, "p"));
    let either = Condition::Any(vec![online.clone(), of_p.clone()]);
    assert_eq!(fields(share(Some(either.clone()), &[Dimension::Channel])), ["filter"]);
    let both = Condition::All(vec![of_p, Condition::Not(Box::new(online))]);
    assert!(MetricQuery::new(share(Some(both), &[])).is_ok());
    // Metrics without a whole do not mind.
    assert!(MetricQuery::new(Asked { condition: Some(either), ..asked(&["gmv"]) }).is_ok());
}

#[test]
fn money_is_split_by_currency_always() {
    let dimensions = |metrics: &[&str], dimensions: &[Dimension]| {
        let question = Asked { dimensions: dimensions.to_vec(), ..asked(metrics) };
        MetricQuery::new(question).expect("a question").dimensions().to_vec()
    };
    assert_eq!(dimensions(&["lines"], &[Dimension::Sku]), [Dimension::Sku]);
    assert_eq!(dimensions(&["lines", "return_rate"], &[Dimension::Sku]), [Dimension::Sku, Dimension::Currency]);
    assert_eq!(dimensions(&["aov"], &[Dimension::Currency, Dimension::Sku]), [Dimension::Currency, Dimension::Sku]);
}

#[test]
fn only_what_is_needed_is_read() {
    let query = |asked| MetricQuery::new(asked).expect("a question");
    let columns = |asked| query(asked).columns().into_iter().collect::<Vec<_>>();
    assert_eq!(columns(asked(&["lines"])), []);
    assert_eq!(columns(asked(&["gmv"])), [Column::Dimension(Dimension::Currency), Column::Net, Column::Gross]);
    let condition = Condition::All(vec![
        is(Dimension::Partner, "p"),
        Condition::Any(vec![is(Dimension::Sku, "B1"), is(Dimension::Kind, "RETURN")]),
    ]);
    let question = Asked { condition: Some(condition), ..asked(&["new_customers"]) };
    assert_eq!(
        columns(question.clone()),
        [Column::Dimension(Dimension::Partner), Column::Dimension(Dimension::Sku), Column::Customer, Column::First]
    );
    assert_eq!(query(question).equalities().collect::<Vec<_>>(), [(Dimension::Partner, "p")]);
    let reads = |id| (query(asked(&[id])).reads_sales(), query(asked(&[id])).reads_campaigns());
    assert_eq!(reads("gmv"), (true, false));
    assert_eq!(reads("visits"), (false, true));
    assert_eq!(reads("roi"), (true, true));
    // A filter on channels must not leave out what a share is one of.
    let online = Some(is(Dimension::Channel, "ONLINE"));
    assert_eq!(query(Asked { condition: online, ..asked(&["channel_share"]) }).equalities().count(), 0);
}

#[test]
fn pages_go_on_after_a_row() {
    let question = Asked {
        basis: Some(Basis::All),
        grain: Some(Grain::Month),
        dimensions: vec![Dimension::Partner],
        ..asked(&["lines"])
    };
    let table = counted(&facts(), question).expect("counted");
    let all: Vec<_> = table.rows().collect();
    assert_eq!(rows(&table), ["2012-07 p | 5", "2012-07 q | 1", "2012-08 p | 3", "2012-08 q | 2", "2012-10 q | 1"]);
    let mut paged = table.page(None, 2);
    while let Some(last) = paged.last().map(|row| row.key.clone()) {
        let next = table.page(Some(&last), 2);
        if next.is_empty() {
            break;
        }
        paged.extend(next);
    }
    assert_eq!(paged, all);
    // A row that is gone is a place to go on from, too.
    let gone = RowKey { first: Some(day("2012-09-01")), texts: vec!["x".to_owned()] };
    assert_eq!(shown(table.page(Some(&gone), 1)[0].values[0].as_ref()), "1");
}

#[test]
fn periods_are_cut_to_the_range() {
    let query = |grain, from: &str, to: &str| {
        let bound = |text: &str| (!text.is_empty()).then(|| day(text));
        let question = Asked { grain, from: bound(from), to: bound(to), ..asked(&["lines"]) };
        let (from, to) = MetricQuery::new(question).expect("a question").period(Some(day("2012-07-01")));
        let shown = |bound: Option<_>| bound.map_or_else(String::new, |day: tributary_core::Date| day.to_string());
        format!("{} {}", shown(from), shown(to))
    };
    assert_eq!(query(Some(Grain::Month), "", ""), "2012-07-01 2012-08-01");
    assert_eq!(query(Some(Grain::Month), "2012-07-10", "2012-07-20"), "2012-07-10 2012-07-20");
    assert_eq!(query(Some(Grain::Quarter), "2012-01-01", "2013-01-01"), "2012-07-01 2012-10-01");
    assert_eq!(query(Some(Grain::Day), "", "2013-01-01"), "2012-07-01 2012-07-02");
    assert_eq!(query(None, "2012-01-01", "2012-07-08"), "2012-01-01 2012-07-08");
    assert_eq!(query(None, "", ""), " ");
}

#[test]
fn absurd_sizes_are_refused() {
    let by_day = || Asked { basis: Some(Basis::All), grain: Some(Grain::Day), ..asked(&["orders"]) };
    let within = |cells, distinct| counted_within(&facts(), by_day(), Limits { cells, distinct });
    // Eleven days and nine orders, each on one day.
    assert!(within(11, 9).is_ok());
    assert!(within(10, 9).is_err());
    assert!(within(11, 8).is_err());
    let fault = within(3, 100).expect_err("more than 3 days");
    assert_eq!(fault.reason().code, "METRIC_TOO_LARGE");
    assert!(fault.message().contains("more than 3 cells"), "{fault}");
    let fault = within(100, 3).expect_err("more than 3 orders");
    assert!(fault.message().contains("more than 3 different orders"), "{fault}");
    let share = Asked { dimensions: vec![Dimension::Channel], grain: Some(Grain::Day), ..asked(&["channel_share"]) };
    let share = Asked { basis: Some(Basis::All), condition: Some(is(Dimension::Channel, "NONE")), ..share };
    assert!(counted_within(&facts(), share, Limits { cells: 3, distinct: 0 }).is_err(), "wholes take room, too");
}
