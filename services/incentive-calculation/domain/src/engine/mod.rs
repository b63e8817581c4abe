//! The one code path that turns facts into lines: preview, what-if, example and final run all come here.

mod caps;
mod cells;
mod context;
mod credit;
mod daily;
mod earned;
mod exchange;
mod facts;
mod fields;
mod finish;
mod inputs;
mod kind;
mod layout;
mod line;
mod lookup;
mod needs;
mod per_fact;
mod question;
mod reach;
mod selection;
mod shares;
mod stated;
mod sums;
mod turns;
mod types;
mod uplines;
mod windows;

use std::collections::{BTreeSet, HashMap};

use tributary_core::{Currency, Date, Fault, Period};

pub use daily::{Daily, Day};
pub use fields::Fields;
pub use inputs::{AttributeSpan, Figure, Figures, Inputs, Link, Payee, Rate, Rates, Stated, StatedLine, Tree};
pub use needs::Needs;
pub use reach::reach_others;
pub use selection::Selection;
pub use types::{HoldReason, InKindAmount, LineResult, MeasuredFact, PlanInRun};

use cells::Cells;
use layout::Layout;
use per_fact::Sale;
use windows::When;

/// Adds facts up and gives lines. One engine measures any number of payees; engines over disjoint sets of payees can be
/// merged.
#[derive(Debug, Clone)]
pub struct Engine {
    when: When,
    plans: Vec<PlanInRun>,
    /// Plans that pay other periods: at their rates earlier sales were paid.
    past: Vec<PlanInRun>,
    layout: Layout,
    cells: Cells,
    /// Sales before the windows that returns name, by key.
    sales: HashMap<String, Sale>,
    /// The newest key of each payee.
    #[cfg(debug_assertions)]
    last_keys: HashMap<u32, (String, String)>,
}

impl Engine {
    /// An engine for one period of its own year, see [`Self::in_year`].
    #[must_use]
    pub fn new(period: Period, plans: Vec<PlanInRun>) -> Self {
        Self::in_year(period, period.year(), plans)
    }

    /// An engine for one period of a year (first day and first day after; a fiscal calendar has its own). `plans` come in
    /// the order of the programme's slots. Those whose effective bounds do not hold the period wholly pay nothing; they
    /// only say at which rate an earlier sale was paid when a return takes that back (R13).
    #[must_use]
    pub fn in_year(period: Period, year: (Date, Date), plans: Vec<PlanInRun>) -> Self {
        let when = When { period, year };
        let (plans, past): (Vec<PlanInRun>, _) = plans.into_iter().partition(|plan| plan.spec.takes_part(period));
        Self {
            when,
            layout: Layout::new(when, &plans),
            plans,
            past,
            cells: Cells::default(),
            sales: HashMap::new(),
            #[cfg(debug_assertions)]
            last_keys: HashMap::new(),
        }
    }

    /// The period.
    #[must_use]
    pub fn period(&self) -> Period {
        self.when.period
    }

    /// The plans that take part.
    pub fn plans(&self) -> impl Iterator<Item = &PlanInRun> {
        self.plans.iter()
    }

    /// The half-open windows of days whose facts are needed, ascending and merged: those of all measures, of
    /// growth bases and of last year where a rate begins at it. A window since joining begins with the first day there is.
    #[must_use]
    pub fn windows(&self) -> Vec<(Date, Date)> {
        let mut windows: Vec<(i64, i64)> = self.layout.gauges.iter().map(|g| g.selection.window()).collect();
        windows.retain(|(from, to)| from < to);
        windows.sort_unstable();
        let mut merged: Vec<(i64, i64)> = Vec::new();
        for (from, to) in windows {
            match merged.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => merged.push((from, to)),
            }
        }
        merged.into_iter().map(|(from, to)| (Date::from_days(from), Date::from_days(to))).collect()
    }

    /// What [`Inputs`] must hold for the plans that take part.
    #[must_use]
    pub fn needs(&self) -> Needs {
        let from = self.when.days().0;
        Needs::of(&self.plans, self.when, self.windows().first().map_or(from, |window| window.0))
    }

    /// Keys (source system, source id) of sales that returns name and that were not among the facts: they lie before the
    /// windows. Ask after all facts are in; give those that exist to [`Self::absorb_sale`], in any order. Empty for plans
    /// without per-fact rules.
    #[must_use]
    pub fn wanted_sales(&self) -> BTreeSet<(String, String)> {
        let mut wanted = BTreeSet::new();
        for (number, _) in self.layout.gauges.iter().enumerate().filter(|(_, gauge)| gauge.facts) {
            for facts in self.cells.iter().filter_map(|cell| cell.sums(number)?.facts.as_deref()) {
                facts.missing(&mut wanted);
            }
        }
        wanted
    }

    /// Takes in a sale that a return names and that lies before the windows: it is only looked up, never counted (R13).
    pub fn absorb_sale(&mut self, sale: &MeasuredFact<'_>) {
        self.sales.insert(facts::key_text(sale.source_system, sale.source_id), Sale::of(sale));
    }

    /// Takes a fact in. Facts of a payee must come in ascending bytes order of (source_system, source_id), because digests
    /// run over them (asserted in debug builds); facts that no rule counts are ignored.
    pub fn absorb(&mut self, fact: &MeasuredFact<'_>) {
        #[cfg(debug_assertions)]
        self.assert_order(fact);
        let of = self.layout.gauges.len();
        // Most facts have one cell for all gauges: it is looked up once.
        let mut found: Option<(Currency, usize)> = None;
        for (number, gauge) in self.layout.gauges.iter().enumerate() {
            if !gauge.selection.matches(fact) {
                continue;
            }
            let currency = gauge.into.unwrap_or(fact.currency);
            let at = match found {
                Some((known, at)) if known == currency => at,
                _ => self.cells.place(fact.payee, currency, of),
            };
            found = Some((currency, at));
            self.cells.add(at, number, gauge, fact);
        }
    }

    #[cfg(debug_assertions)]
    fn assert_order(&mut self, fact: &MeasuredFact<'_>) {
        let key = (fact.source_system.to_owned(), fact.source_id.to_owned());
        let last = self.last_keys.get(&fact.payee);
        debug_assert!(last.is_none_or(|last| *last < key), "facts out of key order: {key:?}");
        self.last_keys.insert(fact.payee, key);
    }

    /// Takes over what another engine of the same period and plans measured of other payees.
    ///
    /// # Errors
    /// Internal when both measured the same payee and currency, or when the plans differ.
    pub fn merge(&mut self, other: Self) -> Result<(), Fault> {
        let refuse = || Fault::internal("two engines measured the same payee or other plans; shard facts by payee");
        if self.layout.gauges != other.layout.gauges {
            return Err(refuse());
        }
        self.sales.extend(other.sales);
        self.cells.take(other.cells).map_err(|_| refuse())
    }
}
