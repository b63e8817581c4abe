//! Everything but facts that decides a run, as it was known at the run's snapshot. Plain data: the service loads it from
//! its store, an example of a plan writes it down.

use std::collections::{BTreeMap, HashMap};

use tributary_core::{Currency, Date, Decimal, Exact, MinorAmount};

use crate::assignment::Attributes;

/// What a run knows beside its facts. Payees have the numbers that facts name them by.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// Payees: whoever the facts name, their uplines, and whoever a guarantee, a draw or a split may pay without facts.
    pub payees: HashMap<u32, Payee>,
    /// Figures of payees.
    pub figures: Figures,
    /// Rates per table (resource name).
    pub rates: HashMap<String, Rates>,
    /// What earlier periods stated.
    pub stated: Stated,
    /// Who stands above whom.
    pub tree: Tree,
}

impl Inputs {
    /// Payees with their attributes and nothing else, numbered from 0.
    #[must_use]
    pub fn of_payees(payees: impl IntoIterator<Item = Attributes>) -> Self {
        let payee = |attributes| Payee { attributes, ..Payee::default() };
        Self { payees: (0..).zip(payees.into_iter().map(payee)).collect(), ..Self::default() }
    }
}

/// What is known of a payee.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Payee {
    /// Attributes on the last day of the period: they decide on a whole period.
    pub attributes: Attributes,
    /// How the attributes were over the period, ascending, without gaps; empty: as on the last day all the time.
    pub history: Vec<AttributeSpan>,
    /// The days it was a member (active), as half-open spans, ascending; `None`: always.
    pub membership: Option<Vec<(Date, Date)>>,
    /// The days it was frozen, as half-open spans, ascending.
    pub frozen: Vec<(Date, Date)>,
}

/// Attributes over a half-open span of days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeSpan {
    /// First day.
    pub from: Date,
    /// First day no longer.
    pub to: Date,
    /// What was known then.
    pub attributes: Attributes,
}

/// Numbers about payees that are no sums of facts: quotas, KPI values, opening balances. By payee and name, ascending by
/// the end of their days.
#[derive(Debug, Clone, Default)]
pub struct Figures(pub BTreeMap<(u32, String), Vec<Figure>>);

/// One figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// First day it stands for.
    pub from: Date,
    /// First day it no longer stands for.
    pub to: Date,
    /// Its currency, if it has one.
    pub currency: Option<Currency>,
    /// Its value.
    pub value: Decimal,
    /// Where it comes from, for traces. Example: "figures/crm/quota-2026-q1, revision 2".
    pub source: String,
}

/// Rates into the currency of one table, by the currency they convert from; ascending by day.
#[derive(Debug, Clone, Default)]
pub struct Rates(pub BTreeMap<Currency, Vec<Rate>>);

/// One rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    /// The day from which it holds, until the next one.
    pub day: Date,
    /// Units of the plan's currency for one of the other.
    pub rate: Decimal,
    /// Where it comes from, for traces.
    pub source: String,
}

/// Lines that earlier periods stated, by payee, slot and rule, ascending by period.
#[derive(Debug, Clone, Default)]
pub struct Stated(pub BTreeMap<(u32, String, String), Vec<StatedLine>>);

/// A line that an earlier period stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedLine {
    /// First day of its period.
    pub from: Date,
    /// First day after its period.
    pub to: Date,
    /// The part of the rule; empty: the line itself.
    pub part: String,
    /// The amount.
    pub amount: MinorAmount,
    /// What the line handed on to the period after its own.
    pub carried: Exact,
    /// Where it comes from, for traces. Example: "statements/s0192…".
    pub source: String,
}

/// Who stands above whom, by day.
#[derive(Debug, Clone, Default)]
pub struct Tree(pub HashMap<u32, Vec<Link>>);

/// A link to the upline, in force until the next one of the same payee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// First day.
    pub from: Date,
    /// The upline; `None`: none.
    pub parent: Option<u32>,
}
