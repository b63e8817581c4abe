//! Prepared when an engine is made: the distinct gauges of all rules, and where each rule finds its own. Measures with
//! the same filters and window share one set of totals, so that a fact is added and hashed once for all of them.

use tributary_core::Currency;

use super::{
    PlanInRun,
    selection::Selection,
    windows::{Days, When},
};
use crate::{
    fact::FactKind,
    plan::{
        Condition, Conversion, ConversionDate, CurrencyPolicy, HoldUntil, Indicator, Measure, MeasureField, Reward,
        Rule, ScoreOf, Window,
    },
};

/// A selection of facts and how they are added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gauge {
    /// Which facts.
    pub selection: Selection,
    /// The currency that amounts are converted into; `None`: each currency apart.
    pub into: Option<Currency>,
    /// What is read apart.
    pub parts: Parts,
    /// Whether different orders, customers and SKUs are counted.
    pub distinct: bool,
    /// Whether single facts are kept.
    pub facts: bool,
}

/// What is read apart, because it is only known when lines are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parts {
    /// Nothing.
    Together,
    /// Each currency: one rate each.
    Currencies,
    /// Each currency and day: a rate each.
    Rates,
    /// Each day, with a digest of its own: which days count depends on the payee (since joining, overrides).
    Days,
}

/// Where a measure finds its totals.
#[derive(Debug, Clone)]
pub(super) struct MeasureAt {
    /// The measure.
    measure: Measure,
    /// Its window.
    window: Days,
    /// What the rule wants of it.
    wants: Wants,
    /// Index of the gauge.
    gauge: usize,
}

/// The gauges, and where measures find theirs: per plan.
#[derive(Debug, Clone, Default)]
pub(super) struct Layout {
    /// The gauges.
    pub gauges: Vec<Gauge>,
    /// Per plan: its measures.
    at: Vec<Vec<MeasureAt>>,
}

impl Layout {
    /// Lays out the measures of some plans.
    pub fn new(when: When, plans: &[PlanInRun]) -> Self {
        let mut layout = Self::default();
        for plan in plans {
            layout.at.push(Vec::new());
            let convert = conversion(plan);
            for rule in plan.spec.rules.iter().filter(|rule| rule.takes_part(when.period)) {
                layout.rule(when, rule, convert);
            }
        }
        layout
    }

    /// The gauge of a measure of a plan in a window.
    pub fn find(&self, plan: usize, measure: &Measure, window: Days, wants: Wants) -> Option<usize> {
        let found = self.at.get(plan)?.iter();
        let mut found = found.filter(|at| at.wants == wants && at.window == window && same_facts(&at.measure, measure));
        found.next().map(|at| at.gauge)
    }

    /// What the measures add up.
    pub fn fields(&self) -> impl Iterator<Item = MeasureField> {
        self.at.iter().flatten().map(|at| at.measure.field)
    }

    fn rule(&mut self, when: When, rule: &Rule, convert: Option<&Conversion>) {
        let mut measures: Vec<(&Measure, Days, Wants)> = Vec::new();
        if let Some(measure) = &rule.measure {
            measures.push((measure, when.window(measure), Wants::of(rule)));
            let others = [when.base(rule), when.start_of_growth(rule)];
            measures.extend(others.into_iter().flatten().map(|w| (measure, w.window(measure), Wants::Totals)));
        }
        indicators(rule, &mut |measure| measures.push((measure, when.window(measure), Wants::Totals)));
        for (measure, window, wants) in measures {
            if measure.field == MeasureField::Figure {
                // It counts no facts; their currency is the line's where the figure states none.
                self.place(&any_fact(measure), when.days(), Wants::Totals, None);
            } else {
                self.place(measure, window, wants, convert);
            }
        }
    }

    fn place(&mut self, measure: &Measure, window: Days, wants: Wants, convert: Option<&Conversion>) {
        let days = measure.window == Window::SinceJoining || wants == Wants::Days;
        let wanted = Gauge {
            selection: Selection::new(measure, window),
            into: convert.map(|c| c.into),
            parts: match convert.map(|c| c.date_rule) {
                _ if days => Parts::Days,
                None => Parts::Together,
                Some(ConversionDate::PeriodEnd) => Parts::Currencies,
                Some(ConversionDate::FactDay) => Parts::Rates,
            },
            distinct: is_distinct(measure.field),
            facts: wants == Wants::Facts,
        };
        let shared = self
            .gauges
            .iter()
            .position(|g| (&g.selection, g.into, g.parts) == (&wanted.selection, wanted.into, wanted.parts));
        let gauge = shared.unwrap_or(self.gauges.len());
        match self.gauges.get_mut(gauge) {
            Some(known) => {
                known.distinct |= wanted.distinct;
                known.facts |= wanted.facts;
            }
            None => self.gauges.push(wanted),
        }
        if let Some(plan) = self.at.last_mut() {
            plan.push(MeasureAt { measure: measure.clone(), window, wants, gauge });
        }
    }
}

/// The conversion of a plan that has one.
pub(super) fn conversion(plan: &PlanInRun) -> Option<&Conversion> {
    plan.spec.conversion.as_ref().filter(|_| plan.spec.currency_policy == CurrencyPolicy::Convert)
}

/// What a rule wants of a measure. Rules that count the same facts may want different things of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wants {
    /// Totals.
    Totals,
    /// Single facts, too (R00).
    Facts,
    /// Each day apart, because the uplines of a day decide (R15).
    Days,
}

impl Wants {
    /// What a rule wants of its own measure.
    pub fn of(rule: &Rule) -> Self {
        match rule.reward {
            Reward::PerFact(_) => Self::Facts,
            Reward::Override(_) => Self::Days,
            _ => Self::Totals,
        }
    }
}

/// A measure that counts every fact of the period.
pub(super) fn any_fact(measure: &Measure) -> Measure {
    Measure {
        field: MeasureField::Count,
        kinds: FactKind::ALL.to_vec(),
        product_lines: Vec::new(),
        skus: Vec::new(),
        channels: Vec::new(),
        regions: Vec::new(),
        sub_channels: Vec::new(),
        window: Window::Period,
        figure: measure.figure.clone(),
    }
}

fn is_distinct(field: MeasureField) -> bool {
    matches!(field, MeasureField::DistinctOrders | MeasureField::DistinctCustomers | MeasureField::DistinctSkus)
}

/// Whether two measures count the same facts; which total of them they read is another matter.
fn same_facts(a: &Measure, b: &Measure) -> bool {
    a.kinds == b.kinds
        && a.product_lines == b.product_lines
        && a.skus == b.skus
        && a.channels == b.channels
        && a.regions == b.regions
        && a.sub_channels == b.sub_channels
        && a.window == b.window
        && (a.field == b.field || !is_distinct(b.field))
}

/// Calls `each` for every measure that an indicator of a rule looks at.
fn indicators<'a>(rule: &'a Rule, each: &mut impl FnMut(&'a Measure)) {
    if let Reward::Matrix(matrix) = &rule.reward {
        indicator(&matrix.column, each);
    }
    rule.gates.iter().for_each(|gate| condition(&gate.when, each));
    rule.multipliers.iter().for_each(|m| indicator(&m.by, each));
    for hold in &rule.holds {
        if let HoldUntil::Condition(c) = &hold.until {
            condition(c, each);
        }
    }
}

fn indicator<'a>(of: &'a Indicator, each: &mut impl FnMut(&'a Measure)) {
    match of {
        Indicator::Measure(measure) => each(measure),
        Indicator::ScoreCard(card) => {
            for item in &card.items {
                if let ScoreOf::Measure(measure) = &item.of {
                    each(measure);
                }
            }
        }
        Indicator::Attainment | Indicator::Figure(_) => {}
    }
}

fn condition<'a>(of: &'a Condition, each: &mut impl FnMut(&'a Measure)) {
    match of {
        Condition::Indicator(i) => indicator(&i.indicator, each),
        Condition::Attribute(_) => {}
        Condition::All(list) | Condition::Any(list) => list.iter().for_each(|c| condition(c, each)),
        Condition::Not(c) => condition(c, each),
    }
}

/// How many items of a filter are named; the plan has the rest.
const NAMED: usize = 20;

/// The filters of a measure beyond the kinds, in words; empty: none.
pub(super) fn filter_words(measure: &Measure) -> String {
    let channels: Vec<String> = measure.channels.iter().map(ToString::to_string).collect();
    let parts = [
        ("product lines", &measure.product_lines),
        ("SKUs", &measure.skus),
        ("channels", &channels),
        ("regions", &measure.regions),
        ("sub-channels", &measure.sub_channels),
    ];
    let words = parts.iter().filter(|(_, items)| !items.is_empty()).map(|(name, items)| {
        let named: Vec<&str> = items.iter().take(NAMED).map(String::as_str).collect();
        let more = items.len().saturating_sub(NAMED);
        let more = if more == 0 { String::new() } else { format!(" and {more} more, see the plan") };
        format!("{name} {}{more}", named.join(", "))
    });
    words.collect::<Vec<_>>().join("; ")
}
