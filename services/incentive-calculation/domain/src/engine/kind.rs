//! R29: a reward that counts pieces of a good instead of money.

use tributary_core::{Decimal, Exact, Fault, MinorAmount};

use super::{InKindAmount, caps::set, context::Context, line::Draft};
use crate::{fact::QUANTITY_SCALE, plan::Rule, trace::StepTrace};

impl Context<'_> {
    /// Turns what a line counts into pieces: its amount becomes 0. Pieces are rounded to six decimals, as quantities of
    /// facts are; their value to the minor unit.
    pub fn give_in_kind(&self, rule: &Rule, draft: &mut Draft) -> Result<(), Fault> {
        let Some(good) = &rule.in_kind else { return Ok(()) };
        let rounding = self.plan.spec.rounding;
        let pieces = draft.line.exact.round_to(QUANTITY_SCALE, rounding);
        let pieces = pieces.ok_or_else(|| self.overflow(rule, "so many pieces exceed 64 bits"))?;
        let quantity = Decimal::from_i128_with_scale(i128::from(pieces), QUANTITY_SCALE).normalize();
        let value = self.rounded(rule, &(Exact::from(quantity) * Exact::from(good.unit_value)))?;
        let value = MinorAmount { currency: self.currency, value };
        let before = draft.line.exact.clone();
        set(draft, Exact::zero(), 0);
        let name = if good.title.is_empty() { &good.item } else { &good.title };
        let each = good.unit_value.normalize();
        draft.line.trace.steps.push(StepTrace {
            name: "in kind".to_owned(),
            before,
            after: Exact::zero(),
            reason: format!("given as {quantity} of {name:?} at {each} each, worth {value}; no money is paid"),
        });
        draft.line.in_kind =
            Some(InKindAmount { sort: good.sort, item: good.item.clone(), title: good.title.clone(), quantity, value });
        Ok(())
    }
}
