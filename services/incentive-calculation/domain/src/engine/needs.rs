//! What a run must load beside its facts, told by the plans that take part.

use std::collections::{BTreeMap, BTreeSet};

use tributary_core::{Currency, Date, Days};

use super::{
    PlanInRun,
    layout::conversion,
    windows::{When, ages},
};
use crate::plan::{
    Amount, Baseline, CapScope, Condition, ConversionDate, GrowthBase, HoldUntil, Indicator, Measure, MeasureField,
    NegativeMeasure, Proration, Reward, Rule, ScoreOf, ShareOf, SharePayee, TargetOf, Window,
};

/// What [`super::Inputs`] must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Names of the figures that are looked up, of every payee.
    pub figures: BTreeSet<String>,
    /// The day from which they are: figures count whose days lie between that day and the end of the period. `None`: no
    /// figure is looked up.
    pub figures_from: Option<Date>,
    /// The rates that convert: by table (resource name) and the currency they convert into, the days that are looked up.
    pub rates: BTreeMap<(String, Currency), Days>,
    /// The day from which stated lines (of all payees that `everybody` or the facts name) are looked up: lines of periods
    /// that begin on that day or later and end before the run's. `None`: no stated line is.
    pub stated_from: Option<Date>,
    /// Whether the tree and the frozen days of its nodes decide (R15).
    pub tree: bool,
    /// Whether the days of membership decide (R11, R12, R16, windows since joining).
    pub membership: bool,
    /// Whether attributes over the period decide, not only those on its last day (R16).
    pub history: bool,
    /// Partners that splits name, resource names: they are payees, with or without facts.
    pub partners: BTreeSet<String>,
    /// Whether payees without facts can have lines (guarantees, draws, figures as measures) or lines that bound others
    /// (a shared cap of the year): then every partner is a payee.
    pub everybody: bool,
    /// Whether returns are linked to sales that may lie before the windows: ask [`super::Engine::wanted_sales`].
    pub sales: bool,
}

impl Needs {
    /// The needs of some plans in a year; `first_day` is the first one whose facts are needed.
    pub(super) fn of(plans: &[PlanInRun], when: When, first_day: Date) -> Self {
        let (from, to) = when.days();
        let year = when.year.0;
        let mut needs = Self::default();
        for plan in plans {
            if let Some(conversion) = conversion(plan) {
                let first = match conversion.date_rule {
                    ConversionDate::FactDay => first_day.min(from),
                    ConversionDate::PeriodEnd => to.plus_days(-1),
                };
                let days = needs.rates.entry((conversion.rate_table.clone(), conversion.into)).or_insert((first, to));
                days.0 = days.0.min(first);
            }
            for cap in plan.spec.shared_caps.iter().filter(|cap| cap.yearly) {
                needs.stated(year);
                needs.everybody |= cap.scope == CapScope::Plan;
            }
            for rule in plan.spec.rules.iter().filter(|rule| rule.takes_part(when.period)) {
                needs.rule(rule, when);
            }
        }
        needs
    }

    fn rule(&mut self, rule: &Rule, when: When) {
        let (period, year) = (when.days().0, when.year.0);
        if let Some(measure) = &rule.measure {
            self.measure(measure, when);
            self.everybody |= measure.field == MeasureField::Figure;
        }
        match rule.measure.as_ref().map(|m| m.window).filter(|_| rule.less_stated) {
            Some(Window::YearToDate) => self.stated(year),
            Some(_) => self.stated(ages()),
            None => {}
        }
        if rule.negative_measure == NegativeMeasure::Carry {
            self.stated(ages());
        }
        if rule.limits.year_cap.is_some() || rule.limits.year_floor.is_some() {
            self.stated(year);
        }
        self.reward(rule, when);
        if let Some(TargetOf::Figure(figure)) = rule.target.as_ref().map(|t| &t.of) {
            self.figure(figure, window_start(rule, when));
        }
        rule.gates.iter().for_each(|gate| self.condition(&gate.when, when));
        rule.multipliers.iter().for_each(|m| self.indicator(&m.by, when));
        self.membership |= rule.proration != Proration::None;
        self.history |= rule.proration == Proration::AssignmentDays;
        if let Some(split) = &rule.split {
            if !split.less_figure.is_empty() {
                self.figure(&split.less_figure, period);
            }
            for share in &split.shares {
                if let SharePayee::Partner(partner) = &share.payee {
                    self.partners.insert(partner.clone());
                }
                if let ShareOf::WeightFigure(figure) = &share.share {
                    self.figure(figure, period);
                }
            }
        }
        for hold in &rule.holds {
            if let HoldUntil::Condition(condition) = &hold.until {
                self.condition(condition, when);
            }
        }
    }

    fn reward(&mut self, rule: &Rule, when: When) {
        let period = when.days().0;
        match &rule.reward {
            Reward::Growth(growth) if growth.base == GrowthBase::Figure => {
                self.figure(&growth.base_figure, window_start(rule, when.last_year()));
            }
            Reward::Matrix(matrix) => self.indicator(&matrix.column, when),
            Reward::ProfitShare(share) => {
                if let Baseline::Figure(figure) = &share.baseline {
                    self.figure(figure, window_start(rule, when));
                }
                if share.carry_losses {
                    self.stated(ages());
                }
            }
            Reward::Override(_) => self.tree = true,
            Reward::Guarantee(guarantee) => {
                self.amount(&guarantee.guaranteed, period);
                (self.everybody, self.membership) = (true, true);
            }
            Reward::Draw(draw) => {
                self.amount(&draw.drawn, period);
                (self.everybody, self.membership) = (true, true);
                self.stated(ages());
            }
            Reward::PerFact(_) => self.sales = true,
            _ => {}
        }
    }

    fn measure(&mut self, measure: &Measure, when: When) {
        self.membership |= measure.window == Window::SinceJoining;
        if measure.field == MeasureField::Figure {
            self.figure(&measure.figure, when.window(measure).0);
        }
    }

    fn indicator(&mut self, indicator: &Indicator, when: When) {
        let period = when.days().0;
        match indicator {
            Indicator::Attainment => {}
            Indicator::Figure(figure) => self.figure(figure, period),
            Indicator::Measure(measure) => self.measure(measure, when),
            Indicator::ScoreCard(card) => card.items.iter().for_each(|item| match &item.of {
                ScoreOf::Figure(figure) => self.figure(figure, period),
                ScoreOf::Measure(measure) => self.measure(measure, when),
            }),
        }
    }

    fn condition(&mut self, condition: &Condition, when: When) {
        match condition {
            Condition::Indicator(i) => self.indicator(&i.indicator, when),
            Condition::Attribute(_) => {}
            Condition::All(list) | Condition::Any(list) => list.iter().for_each(|c| self.condition(c, when)),
            Condition::Not(c) => self.condition(c, when),
        }
    }

    fn amount(&mut self, amount: &Amount, from: Date) {
        if let Amount::Figure(figure) = amount {
            self.figure(figure, from);
        }
    }

    /// Looks a figure up whose days lie between a day and the end of the period.
    fn figure(&mut self, name: &str, from: Date) {
        self.figures.insert(name.to_owned());
        self.figures_from = Some(self.figures_from.map_or(from, |known| known.min(from)));
    }

    fn stated(&mut self, from: Date) {
        self.stated_from = Some(self.stated_from.map_or(from, |known| known.min(from)));
    }
}

/// The first day that a rule's measure counts, that of the period for a rule without one.
fn window_start(rule: &Rule, when: When) -> Date {
    rule.measure.as_ref().map_or(when.days().0, |measure| when.window(measure).0)
}
