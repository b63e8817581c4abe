//! What a run must load beside its facts, told by the plans that take part.

use std::collections::BTreeSet;

use tributary_core::Date;

use super::{PlanInRun, windows::When};
use crate::plan::{
    Amount, Baseline, CapScope, Condition, CurrencyPolicy, GrowthBase, HoldUntil, Indicator, MeasureField,
    NegativeMeasure, Proration, Reward, Rule, ScoreOf, ShareOf, SharePayee, TargetOf, Window,
};

/// What [`super::Inputs`] must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Names of the figures that are looked up, of every payee and for every period.
    pub figures: BTreeSet<String>,
    /// Rate tables, resource names.
    pub rate_tables: BTreeSet<String>,
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
    /// The needs of some plans in a year.
    pub(super) fn of(plans: &[PlanInRun], when: When) -> Self {
        let year = when.year.0;
        let mut needs = Self::default();
        for plan in plans {
            if plan.spec.currency_policy == CurrencyPolicy::Convert {
                needs.rate_tables.extend(plan.spec.conversion.iter().map(|c| c.rate_table.clone()));
            }
            for cap in plan.spec.shared_caps.iter().filter(|cap| cap.yearly) {
                needs.stated(year);
                needs.everybody |= cap.scope == CapScope::Plan;
            }
            for rule in plan.spec.rules.iter().filter(|rule| rule.takes_part(when.period)) {
                needs.rule(rule, year);
            }
        }
        needs
    }

    fn rule(&mut self, rule: &Rule, year: Date) {
        let ages = Date::from_days(0);
        if let Some(measure) = &rule.measure {
            self.measure(measure);
            self.everybody |= measure.field == MeasureField::Figure;
        }
        match rule.measure.as_ref().map(|m| m.window).filter(|_| rule.less_stated) {
            Some(Window::YearToDate) => self.stated(year),
            Some(_) => self.stated(ages),
            None => {}
        }
        if rule.negative_measure == NegativeMeasure::Carry {
            self.stated(ages);
        }
        if rule.limits.year_cap.is_some() || rule.limits.year_floor.is_some() {
            self.stated(year);
        }
        self.reward(&rule.reward, ages);
        if let Some(TargetOf::Figure(figure)) = rule.target.as_ref().map(|t| &t.of) {
            self.figures.insert(figure.clone());
        }
        rule.gates.iter().for_each(|gate| self.condition(&gate.when));
        rule.multipliers.iter().for_each(|m| self.indicator(&m.by));
        self.membership |= rule.proration != Proration::None;
        self.history |= rule.proration == Proration::AssignmentDays;
        if let Some(split) = &rule.split {
            self.figures.extend(Some(split.less_figure.clone()).filter(|f| !f.is_empty()));
            for share in &split.shares {
                if let SharePayee::Partner(partner) = &share.payee {
                    self.partners.insert(partner.clone());
                }
                if let ShareOf::WeightFigure(figure) = &share.share {
                    self.figures.insert(figure.clone());
                }
            }
        }
        for hold in &rule.holds {
            if let HoldUntil::Condition(condition) = &hold.until {
                self.condition(condition);
            }
        }
    }

    fn reward(&mut self, reward: &Reward, ages: Date) {
        let figure = |amount: &Amount| match amount {
            Amount::Figure(figure) => Some(figure.clone()),
            Amount::Given(_) => None,
        };
        match reward {
            Reward::Growth(growth) if growth.base == GrowthBase::Figure => {
                self.figures.insert(growth.base_figure.clone());
            }
            Reward::Matrix(matrix) => self.indicator(&matrix.column),
            Reward::ProfitShare(share) => {
                if let Baseline::Figure(figure) = &share.baseline {
                    self.figures.insert(figure.clone());
                }
                if share.carry_losses {
                    self.stated(ages);
                }
            }
            Reward::Override(_) => self.tree = true,
            Reward::Guarantee(guarantee) => {
                self.figures.extend(figure(&guarantee.guaranteed));
                (self.everybody, self.membership) = (true, true);
            }
            Reward::Draw(draw) => {
                self.figures.extend(figure(&draw.drawn));
                (self.everybody, self.membership) = (true, true);
                self.stated(ages);
            }
            Reward::PerFact(_) => self.sales = true,
            _ => {}
        }
    }

    fn measure(&mut self, measure: &crate::plan::Measure) {
        self.membership |= measure.window == Window::SinceJoining;
        if measure.field == MeasureField::Figure {
            self.figures.insert(measure.figure.clone());
        }
    }

    fn indicator(&mut self, indicator: &Indicator) {
        match indicator {
            Indicator::Attainment => {}
            Indicator::Figure(figure) => {
                self.figures.insert(figure.clone());
            }
            Indicator::Measure(measure) => self.measure(measure),
            Indicator::ScoreCard(card) => card.items.iter().for_each(|item| match &item.of {
                ScoreOf::Figure(figure) => {
                    self.figures.insert(figure.clone());
                }
                ScoreOf::Measure(measure) => self.measure(measure),
            }),
        }
    }

    fn condition(&mut self, condition: &Condition) {
        match condition {
            Condition::Indicator(i) => self.indicator(&i.indicator),
            Condition::Attribute(_) => {}
            Condition::All(list) | Condition::Any(list) => list.iter().for_each(|c| self.condition(c)),
            Condition::Not(c) => self.condition(c),
        }
    }

    fn stated(&mut self, from: Date) {
        self.stated_from = Some(self.stated_from.map_or(from, |known| known.min(from)));
    }
}
