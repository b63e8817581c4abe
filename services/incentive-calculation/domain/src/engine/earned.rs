//! R11 and R12: guarantees and draws, which look at what other rules earned.

use tributary_core::{Currency, Exact, Fault};

use super::{
    context::{Context, Trail},
    line::{Draft, Fired},
    stated,
};
use crate::{
    explain::days,
    plan::{Amount, Draw, Guarantee, MeasureField, Proration, Rule},
    reward::{self, modify},
    trace::{LineTrace, MeasureTrace, StepTrace},
};

/// The part of a draw that carries its balance.
pub(super) const ADVANCE: &str = "advance";

impl Context<'_> {
    /// R11.
    pub fn guarantee(
        &self,
        index: usize,
        rule: &Rule,
        guarantee: &Guarantee,
        before: &[Draft],
    ) -> Result<Fired, Fault> {
        let mut trail = Trail::default();
        let (amount, share) = match self.due(rule, (&guarantee.guaranteed, guarantee.currency), &mut trail, "guarantee")
        {
            Ok(due) => due,
            Err(reason) => return Ok(Fired::No(reason)),
        };
        let (earned, measure) = self.earned(rule, &guarantee.rules, index, before)?;
        let missing = reward::guarantee(&amount, share, &earned);
        let (modifiers, _) = self.modifiers(rule, None, None, &mut trail)?;
        // The guarantee is prorated already.
        let modified = modify(&Rule { proration: Proration::None, ..rule.clone() }, &missing, &modifiers);
        let value = self.rounded(rule, &modified.exact)?;
        let mut trace = self.bare_trace(rule, measure, modified.exact, value);
        let days = match share {
            (days, of) if days == of => String::new(),
            (days, of) => format!("{days} of {of} days count, "),
        };
        let reason = format!("{amount} is guaranteed, {days}{earned} is earned");
        trace.steps = vec![StepTrace { name: "guarantee".to_owned(), before: Exact::zero(), after: missing, reason }];
        trace.steps.extend(modified.steps);
        Ok(Fired::Lines(vec![self.told(index, rule, "", trace, &trail)]))
    }

    /// R12.
    pub fn draw(&self, index: usize, rule: &Rule, draw: &Draw, before: &[Draft]) -> Result<Fired, Fault> {
        let mut trail = Trail::default();
        let (amount, share) = match self.due(rule, (&draw.drawn, draw.currency), &mut trail, "draw") {
            Ok(due) => due,
            Err(reason) => return Ok(Fired::No(reason)),
        };
        let (earned, measure) = self.earned(rule, &draw.rules, index, before)?;
        let lines: Vec<_> = self.stated(rule).filter(|line| line.part == ADVANCE).collect();
        let balances: Vec<Exact> = lines.iter().map(|line| line.carried.clone()).collect();
        if let Some(line) = lines.last() {
            trail.add(format!("open draw from {}", stated::when(line)), line.carried.clone(), &line.source);
        }
        let drawn = reward::draw(draw, &amount, share, &earned, &balances);
        let (advance, recovery) = (self.rounded(rule, &drawn.advance)?, self.rounded(rule, &drawn.recovery)?);
        let forgiveness = self.rounded(rule, &drawn.forgiveness)?;
        let mut lines = Vec::new();
        let mut line = |part: &str, exact: Exact, value: i64| {
            let mut trace = self.bare_trace(rule, measure.clone(), exact.clone(), value);
            trace.steps.clone_from(&drawn.steps);
            trace.steps.push(StepTrace {
                name: part.to_owned(),
                before: Exact::zero(),
                after: exact,
                reason: match part {
                    ADVANCE if advance == 0 => "nothing is advanced".to_owned(),
                    ADVANCE => "this line pays it".to_owned(),
                    "recovery" => "this line takes it back".to_owned(),
                    _ => "this line only tells of it".to_owned(),
                },
            });
            if part == ADVANCE && draw.recoverable {
                // In whole minor units, as it was paid.
                let open = balances.last().cloned().unwrap_or_default();
                let moved = self.minor(advance) - self.minor(recovery) - self.minor(forgiveness);
                trace.carried = Some((open + moved).max(Exact::zero())).filter(Exact::is_positive);
            }
            lines.push(self.told(index, rule, part, trace, &trail));
        };
        line(ADVANCE, drawn.advance.clone(), advance);
        if recovery != 0 {
            line("recovery", -drawn.recovery.clone(), recovery.saturating_neg());
        }
        if forgiveness != 0 {
            // It moves no money; the steps tell what was struck.
            line("forgiveness", Exact::zero(), 0);
        }
        Ok(Fired::Lines(lines))
    }

    fn told(&self, index: usize, rule: &Rule, part: &str, trace: LineTrace, trail: &Trail) -> Draft {
        let mut draft = self.draft(index, rule, part, trace.measure.value, trace);
        draft.line.trace.inputs.clone_from(&trail.inputs);
        draft.line.trace.attributes.extend(trail.attributes.iter().cloned());
        draft
    }

    /// How much is due for a whole period, and the days of it that count; or why nothing is.
    fn due(
        &self,
        rule: &Rule,
        (amount, currency): (&Amount, Currency),
        trail: &mut Trail,
        what: &str,
    ) -> Result<(Exact, (u32, u32)), String> {
        if currency != self.currency {
            return Err(format!("the {what} is in {currency}"));
        }
        let (from, to) = self.when().days();
        let share = match self.share(rule) {
            Some(share) => share,
            None => {
                let last = (to.plus_days(-1), to);
                if super::turns::member_days(self.known, last) == 0 {
                    return Err(format!("the payee is no member at the end of the period, {}", last.0));
                }
                (1, 1)
            }
        };
        let amount = match amount {
            Amount::Given(amount) => Exact::from(*amount),
            Amount::Figure(name) => self.newest(self.payee, name, trail).ok_or_else(|| {
                format!("no figure {name:?} in {} lies in the days {}", self.currency, days((from, to)))
            })?,
        };
        Ok((amount, share))
    }

    /// What the rules before one earned, as their lines say before shared caps. Of what is split, the payee's own part.
    fn earned(
        &self,
        rule: &Rule,
        rules: &[String],
        index: usize,
        before: &[Draft],
    ) -> Result<(Exact, MeasureTrace), Fault> {
        let counts = |d: &&Draft| if rules.is_empty() { d.rule < index } else { rules.contains(&d.line.rule) };
        let (mut earned, mut names) = (Exact::zero(), Vec::new());
        for draft in before.iter().filter(counts) {
            let other = self.plan.spec.rules.get(draft.rule);
            let value = match other {
                Some(other) if other.in_kind.is_some() => 0,
                Some(other) => self.own_part(other, draft.line.amount.value)?,
                None => draft.line.amount.value,
            };
            earned = earned + self.minor(value);
            if !names.contains(&draft.line.rule) {
                names.push(draft.line.rule.clone());
            }
        }
        let (from, to) = self.when().days();
        let filter = match names.as_slice() {
            [] => "nothing earned under other rules".to_owned(),
            names => format!("earned under {}", names.join(", ")),
        };
        let trace = MeasureTrace {
            field: MeasureField::Net,
            kinds: Vec::new(),
            filter,
            from: Some(from),
            to: Some(to),
            value: self.decimal(rule, &earned)?,
            fact_count: 0,
            facts_digest: String::new(),
        };
        Ok((earned, trace))
    }
}
