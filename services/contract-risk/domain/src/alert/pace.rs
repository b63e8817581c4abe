//! How far a commitment has got in its window, and whether that is too little.

use tributary_core::{Date, Exact};

use super::{
    figures,
    finding::{Evidence, Finding, Level, PartnerView, below},
    spec::Pace,
};
use crate::{
    Cells, Commitment, CommitmentKind, Contract, Target, Term, Window,
    sales::{Measure, Unit, total},
};

/// How far a commitment has got on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The window the day is in, and what is owed in it.
    pub window: Window,
    /// In what target and actual are stated.
    pub unit: Unit,
    /// Days of the window up to and with the day ÷ days of the window; above 0, at most 1.
    pub elapsed: Exact,
    /// What is counted; `None` for what is not measured yet: visits and followers.
    pub measure: Option<Measure>,
    /// What was reached up to and with the day; zero where it is not measured.
    pub actual: Exact,
}

impl Progress {
    /// Of a commitment on a day; `None` when the day is in no window.
    #[must_use]
    pub fn of(commitment: &Commitment, term: &Term, sales: &Cells, day: Date) -> Option<Self> {
        let window = commitment.window_at(term, day)?;
        let days = |to: Date| Exact::from(to.days().saturating_sub(window.from.days()));
        let elapsed = days(day.plus_days(1)).checked_div(&days(window.to))?;
        let unit = match commitment.target {
            Target::Amount(amount) => Unit::Money(amount.currency),
            Target::Quantity(_) => Unit::Pieces,
        };
        let measure = match commitment.kind {
            CommitmentKind::Purchase => Some(Measure::Purchases),
            CommitmentKind::Sales => Some(Measure::Sales),
            CommitmentKind::Traffic | CommitmentKind::Followers => None,
        };
        let actual = measure.map_or_else(Exact::zero, |measure| {
            total(sales, measure, unit, &commitment.product_line, window.from, day)
        });
        Some(Self { window, unit, elapsed, measure, actual })
    }

    /// What should have been reached by the day: target × elapsed.
    #[must_use]
    pub fn expected(&self) -> Exact {
        self.window.target.clone() * self.elapsed.clone()
    }

    /// Actual ÷ (target × elapsed); `None` where it is not measured.
    #[must_use]
    pub fn pace(&self) -> Option<Exact> {
        self.measure.and_then(|_| self.actual.checked_div(&self.expected()))
    }

    /// Actual ÷ target; `None` where it is not measured.
    #[must_use]
    pub fn attainment(&self) -> Option<Exact> {
        self.measure.and_then(|_| self.actual.checked_div(&self.window.target))
    }
}

/// Commitments whose windows have gone on long enough to be judged.
pub(super) fn findings(levels: &Pace, view: &PartnerView, today: Date) -> Vec<Finding> {
    let contracts = view.contracts.iter().filter(|contract| contract.in_force(today));
    let each = contracts.flat_map(|contract| contract.terms.commitments.iter().map(move |c| (contract, c)));
    each.filter_map(|(contract, commitment)| finding(levels, contract, commitment, &view.sales, today)).collect()
}

fn finding(levels: &Pace, contract: &Contract, commitment: &Commitment, sales: &Cells, today: Date) -> Option<Finding> {
    let progress = Progress::of(commitment, &contract.term(), sales, today)?;
    let (measure, pace) = progress.measure.zip(progress.pace())?;
    if progress.elapsed < Exact::from(levels.minimum_elapsed) {
        return None;
    }
    let level = below(&pace, levels.critical_below, levels.trigger_below, levels.clear_from);
    let expected = progress.expected();
    let (of, percent) = (reached(&progress, &expected), figures::percent(&pace));
    let line = match commitment.product_line.as_str() {
        "" => String::new(),
        line => format!(" of {line}"),
    };
    let window = &progress.window;
    let figure = |name: &str, value: Exact| match progress.unit {
        Unit::Money(currency) => Evidence::amount(name, currency, value),
        Unit::Pieces => Evidence::number(name, value),
    };
    let mut evidence = vec![
        figure("actual", progress.actual.clone()),
        figure("expected", expected),
        figure("target", window.target.clone()),
        Evidence::number("elapsed", progress.elapsed.clone()),
        Evidence::number("pace", pace),
        Evidence::level("trigger_below", levels.trigger_below),
        Evidence::level("clear_from", levels.clear_from),
    ];
    if let Some(critical) = levels.critical_below.filter(|_| level == Level::Critical) {
        evidence.push(Evidence::level("critical_below", critical));
    }
    evidence.extend([Evidence::day("window_from", window.from), Evidence::day("window_to", window.to)]);
    Some(Finding {
        subject: format!("{} commitment {} window {}", contract.name(), commitment.commitment_id, window.from),
        contract: Some(contract.id.clone()),
        level,
        summary: format!("{}{line} are at {percent} of the pace: {of}", measure.noun()),
        evidence,
    })
}

/// "734,400.00 of 1,200,000.00 CNY", "600 of 1,250.5 units".
fn reached(progress: &Progress, expected: &Exact) -> String {
    match progress.unit {
        Unit::Money(currency) => {
            format!("{} of {}", figures::amount(&progress.actual, currency), figures::money(expected, currency))
        }
        Unit::Pieces => format!("{} of {} units", figures::count(&progress.actual), figures::count(expected)),
    }
}
