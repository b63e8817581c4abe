//! Facts into a segment.

use std::collections::HashMap;

use incentive_calculation_domain::engine::MeasuredFact;
use tributary_core::Currency;

use super::{
    FORMAT,
    bytes::{put_bytes, put_number, put_size},
    first_day,
};

/// The two byte strings of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Encoded {
    /// What every measure looks at.
    pub core: Vec<u8>,
    /// The other columns.
    pub rest: Vec<u8>,
}

/// Encodes the facts of a month, in key order, each with its batch; `None` when one of them is of another month.
#[must_use]
pub fn encode(month: i64, facts: &[(MeasuredFact<'_>, i64)]) -> Option<Encoded> {
    let days = first_day(month)?..first_day(month.checked_add(1)?)?;
    let within = facts.iter().all(|(fact, _)| days.contains(&fact.day));
    within.then_some(())?;
    Some(Encoded { core: core(days.start, facts)?, rest: rest(facts) })
}

fn core(first_day: i64, facts: &[(MeasuredFact<'_>, i64)]) -> Option<Vec<u8>> {
    let mut out = vec![FORMAT];
    put_size(&mut out, facts.len());
    let mut currencies: Vec<Currency> = Vec::new();
    for (fact, _) in facts {
        if !currencies.contains(&fact.currency) {
            currencies.push(fact.currency);
        }
    }
    put_size(&mut out, currencies.len());
    for currency in &currencies {
        out.extend_from_slice(currency.code().as_bytes());
    }
    for (fact, _) in facts {
        let day = u8::try_from(fact.day.checked_sub(first_day)?).ok()?;
        out.push(day | (fact.kind.number() << 5));
    }
    if currencies.len() > 1 {
        for (fact, _) in facts {
            put_size(&mut out, currencies.iter().position(|c| *c == fact.currency)?);
        }
    }
    facts.iter().for_each(|(fact, _)| put_number(&mut out, fact.net));
    for (fact, _) in facts {
        put_size(&mut out, fact.source_system.len());
        put_size(&mut out, fact.source_id.len());
    }
    for part in facts.iter().flat_map(|(fact, _)| fact.identity()) {
        out.extend_from_slice(part);
    }
    let mut before = 0_i64;
    for (_, batch) in facts {
        put_number(&mut out, batch.wrapping_sub(before));
        before = *batch;
    }
    Some(out)
}

fn rest<'a>(facts: &[(MeasuredFact<'a>, i64)]) -> Vec<u8> {
    let mut out = Vec::new();
    let numbers: [fn(&MeasuredFact<'a>) -> i64; 4] =
        [|f| f.gross, |f| f.cost, |f| f.quantity, |f| f.channel.map_or(0, |c| i64::from(c.number()))];
    for number in numbers {
        let mut column = Vec::new();
        facts.iter().for_each(|(fact, _)| put_number(&mut column, number(fact)));
        put_bytes(&mut out, &column);
    }
    let texts: [fn(&MeasuredFact<'a>) -> &'a str; 6] =
        [|f| f.sku, |f| f.product_line, |f| f.region, |f| f.sub_channel, |f| f.order_id, |f| f.customer_key];
    for text in texts {
        put_bytes(&mut out, &dictionary(facts.iter().map(|(fact, _)| text(fact))));
    }
    out
}

/// The different texts, in the order in which they come, then for each fact which one it has.
fn dictionary<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let (mut different, mut index) = (Vec::new(), Vec::new());
    for text in texts {
        let next = numbers.len();
        let number = *numbers.entry(text).or_insert(next);
        if number == next {
            put_bytes(&mut different, text.as_bytes());
        }
        put_size(&mut index, number);
    }
    let mut out = Vec::with_capacity(different.len().saturating_add(index.len()));
    put_size(&mut out, numbers.len());
    out.append(&mut different);
    out.append(&mut index);
    out
}
