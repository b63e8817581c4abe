//! A price in the making: one condition after the other, each a line.

use tributary_core::{Decimal, Exact, FactAmount, Fault};

use super::{
    Ask, Condition, Effect, Factor, Item, Line, MOST_QUANTITY, Miss, NextStep, NotApplied, Part, PriceList, Promotion,
    Scale, ScaleMode, Stacking, Step, StepEffect, Unagreed, words,
};
use crate::{assignment::best_of, reasons};

/// Most quantities that are tried for the next step.
const MOST_TRIES: usize = 20;

/// What a price is made of: the ground of a quote, with what is for its item alone.
#[derive(Clone, Copy)]
pub(super) struct Basis<'a> {
    pub list: &'a PriceList,
    pub item: &'a Item,
    pub factor: &'a Factor,
    pub scale: Option<&'a Scale>,
    pub promotions: &'a [&'a Promotion],
}

/// A price in the making.
pub(super) struct Run {
    pub parts: Vec<Part>,
    pub total: Exact,
    pub lines: Vec<Line>,
    pub not_applied: Vec<NotApplied>,
}

impl Run {
    pub fn of(ask: Ask<'_>, ground: Basis<'_>) -> Result<Self, Fault> {
        let mut run = Self::listed(ask, ground);
        run.factor(ask, ground)?;
        run.volume(ask, ground);
        run.promotions(ask, ground);
        run.floor(ask, ground);
        Ok(run)
    }

    fn listed(ask: Ask<'_>, ground: Basis<'_>) -> Self {
        let (list, item) = (ground.list, ground.item);
        let price = list.amount(item.list_price);
        let part = Part { quantity: ask.quantity, unit: price.exact() };
        let mut run = Self { parts: vec![part], total: Exact::zero(), lines: Vec::new(), not_applied: Vec::new() };
        let change = Exact::from(ask.quantity) * price.exact();
        let text = words::listed(ask.language, list, price);
        let line = run.line(Condition::ListPrice, of_list(list), (ask.quantity, Exact::zero()), change, text);
        line.amount = Some(price);
        run
    }

    /// Adds a line, and its change to the total.
    pub fn line(
        &mut self,
        condition: Condition,
        (source, source_version): (String, String),
        (quantity, base): (Decimal, Exact),
        change: Exact,
        text: String,
    ) -> &mut Line {
        self.total = self.total.clone() + change.clone();
        let total = self.total.clone();
        let (rate, amount) = (None, None);
        let line = Line { condition, source, source_version, quantity, base, rate, amount, change, total, text };
        self.lines.push_mut(line)
    }

    /// What all parts cost after each unit's price has become another one; and the change that is.
    fn reprice(&mut self, after: impl Fn(&Exact) -> Exact) -> Exact {
        let mut change = Exact::zero();
        for part in &mut self.parts {
            let unit = after(&part.unit);
            change = change + Exact::from(part.quantity) * (unit.clone() - part.unit.clone());
            part.unit = unit;
        }
        change
    }

    fn factor(&mut self, ask: Ask<'_>, ground: Basis<'_>) -> Result<(), Fault> {
        let (benefit, programme, tier, factor) = match ground.factor {
            Factor::None => return Ok(()),
            Factor::NotEntitled { benefit, programme, tier } => (benefit, programme, tier, None),
            Factor::Unagreed { benefit, programme, tier } => {
                if ground.list.unagreed == Unagreed::Refuse {
                    let partner = &ask.partner.partner;
                    let message = format!(
                        "tier {tier} of {partner} allows a range of {benefit} and none was agreed for {}; agree on one by \
                         AgreePriceFactor",
                        ask.date
                    );
                    let fault = Fault::new(reasons::PRICE_FACTOR_NOT_AGREED, message);
                    return Err(fault.with("partner", partner).with("benefit", benefit).with("tier", tier));
                }
                (benefit, programme, tier, None)
            }
            Factor::Agreed { benefit, programme, tier, factor } => (benefit, programme, tier, Some(*factor)),
        };
        let base = self.total.clone();
        let text = words::factor(ask.language, ground.factor, benefit, tier);
        let by = factor.map_or_else(|| Exact::from(1), Exact::from);
        let change = self.reprice(|unit| unit.clone() * by.clone());
        let source = (benefit.clone(), programme.clone());
        self.line(Condition::TierFactor, source, (ask.quantity, base), change, text).rate = factor;
        Ok(())
    }

    fn volume(&mut self, ask: Ask<'_>, ground: Basis<'_>) {
        let Some(scale) = ground.scale else { return };
        let digits = ground.list.currency.fact_scale();
        let whole = scale.mode == ScaleMode::Whole;
        let mut slices: Vec<(Decimal, Option<&Step>)> = Vec::new();
        if whole {
            slices.push((ask.quantity, scale.steps.iter().rfind(|step| step.from <= ask.quantity)));
        } else {
            let first = scale.steps.first().map_or(ask.quantity, |step| step.from.min(ask.quantity));
            slices.push((first, None));
            for (at, step) in scale.steps.iter().enumerate() {
                let end =
                    scale.steps.get(at.saturating_add(1)).map_or(ask.quantity, |next| next.from.min(ask.quantity));
                slices.push((end - step.from, Some(step)));
            }
        }
        // Before it every unit costs the same.
        let Some(unit) = self.parts.first().map(|part| part.unit.clone()) else { return };
        self.parts.clear();
        for (quantity, step) in slices.into_iter().filter(|(quantity, _)| *quantity > Decimal::ZERO) {
            let after = step.map_or_else(|| unit.clone(), |step| step.effect.after(&unit, digits));
            self.parts.push(Part { quantity, unit: after.clone() });
            let Some(step) = step else { continue };
            let base = Exact::from(quantity) * unit.clone();
            let change = Exact::from(quantity) * after - base.clone();
            let text = words::step(ask.language, ground.list, step, whole, change.is_zero());
            let line = self.line(Condition::VolumeStep, of_list(ground.list), (quantity, base), change, text);
            match step.effect {
                StepEffect::Discount(share) => line.rate = Some(share),
                StepEffect::UnitPrice(price) => line.amount = Some(ground.list.amount(price)),
            }
        }
    }

    fn promotions(&mut self, ask: Ask<'_>, ground: Basis<'_>) {
        let mut all: Vec<&Promotion> = ground.promotions.to_vec();
        all.sort_by(|a, b| b.priority.cmp(&a.priority).then_with(|| a.id.cmp(&b.id)));
        let mut taken: Vec<&Promotion> = Vec::new();
        for promotion in all {
            match missed(promotion, ask, ground, &taken) {
                Some((Miss::OtherPartners | Miss::NotStarted, _)) if ask.own => {}
                Some((miss, text)) => self.miss(promotion, miss, text),
                None => {
                    let (before, base) = (self.parts.clone(), self.total.clone());
                    let change = self.reprice(|unit| promotion.effect.after(unit));
                    if change.is_zero() {
                        self.parts = before;
                        self.miss(promotion, Miss::NoEffect, words::no_effect(ask.language));
                        continue;
                    }
                    let text = words::promotion(ask.language, promotion);
                    let source = (promotion.name(), promotion.life.etag());
                    let line = self.line(Condition::Promotion, source, (ask.quantity, base), change, text);
                    match promotion.effect {
                        Effect::Discount(share) => line.rate = Some(share),
                        Effect::AmountOff(currency, value) | Effect::FixedPrice(currency, value) => {
                            line.amount = Some(FactAmount { currency, value });
                        }
                    }
                    taken.push(promotion);
                }
            }
        }
    }

    fn miss(&mut self, promotion: &Promotion, miss: Miss, text: String) {
        let (name, display_name) = (promotion.name(), promotion.display_name.clone());
        self.not_applied.push(NotApplied { promotion: name, display_name, miss, text });
    }

    fn floor(&mut self, ask: Ask<'_>, ground: Basis<'_>) {
        let Some(floor) = ground.item.floor_price.map(|floor| ground.list.amount(floor)) else { return };
        let least = floor.exact();
        let below = |part: &&Part| part.unit < least;
        let quantity = self.parts.iter().filter(below).map(|part| part.quantity).sum::<Decimal>();
        let cost = |part: &Part| Exact::from(part.quantity) * part.unit.clone();
        let base: Exact = self.parts.iter().filter(below).map(cost).sum();
        let change = self.reprice(|unit| unit.clone().max(least.clone()));
        if !change.is_zero() {
            let text = words::floor(ask.language, floor);
            let line = self.line(Condition::Floor, of_list(ground.list), (quantity, base), change, text);
            line.amount = Some(floor);
        }
    }
}

fn of_list(list: &PriceList) -> (String, String) {
    (list.name(), list.life.etag())
}

/// Why a promotion does not apply, `None` when it may.
fn missed(p: &Promotion, ask: Ask<'_>, ground: Basis<'_>, taken: &[&Promotion]) -> Option<(Miss, String)> {
    let language = ask.language;
    if best_of(&p.assignments, ask.partner).is_none() {
        return Some((Miss::OtherPartners, words::other_partners(language)));
    }
    if ask.date < p.first_day {
        return Some((Miss::NotStarted, words::not_started(language, p.first_day)));
    }
    if ask.date >= p.end() {
        return Some((Miss::Ended, words::ended(language, p.end())));
    }
    if let Some(currency) = p.effect.currency().filter(|currency| *currency != ground.list.currency) {
        return Some((Miss::Currency, words::currency(language, currency, ground.list.currency)));
    }
    if let Some(least) = p.min_quantity.filter(|least| *least > ask.quantity) {
        return Some((Miss::Quantity, words::quantity(language, least, least - ask.quantity)));
    }
    let alone = |other: &&&Promotion| p.stacking == Stacking::Exclusive || other.stacking == Stacking::Exclusive;
    let before = taken.iter().find(alone)?;
    Some((Miss::Excluded, words::excluded(language, &before.display_name, before.stacking == Stacking::Exclusive)))
}

/// The smallest larger quantity at which a unit costs less.
pub(super) fn next_step(ask: Ask<'_>, ground: Basis<'_>, now: &Run) -> Option<NextStep> {
    let scale = ground.scale;
    let steps: Vec<Decimal> = scale.map(|s| s.steps.iter().map(|step| step.from).collect()).unwrap_or_default();
    let marginal = scale.is_some_and(|scale| scale.mode == ScaleMode::Marginal);
    let fits = |p: &&&Promotion| matches!(missed(p, ask, ground, &[]), Some((Miss::Quantity, _)));
    let promoted = ground.promotions.iter().filter(fits).filter_map(|p| p.min_quantity);
    let mut bounds: Vec<Decimal> = steps.iter().copied().chain(promoted).collect();
    // Exactly on a bound of a marginal scale, what comes next costs less already.
    let ahead = |bound: &Decimal| *bound > ask.quantity || marginal && *bound == ask.quantity && steps.contains(bound);
    bounds.retain(|bound| ahead(bound) && *bound < Decimal::from(MOST_QUANTITY));
    bounds.sort_unstable();
    bounds.dedup();
    for bound in bounds.into_iter().take(MOST_TRIES) {
        let beyond_only = marginal && steps.contains(&bound);
        let quantity = if beyond_only { bound + Decimal::ONE } else { bound };
        let then = Run::of(Ask { quantity, ..ask }, ground).ok()?;
        let (unit, paid) = if beyond_only {
            (then.parts.last()?.unit.clone(), now.parts.last()?.unit.clone())
        } else {
            (average(&then.total, quantity), average(&now.total, ask.quantity))
        };
        if unit < paid {
            let more = bound - ask.quantity;
            let text = words::next(ask.language, (bound, more), &unit, ground.list.currency, beyond_only);
            return Some(NextStep { quantity: bound, more, unit, beyond_only, text });
        }
    }
    None
}

pub(super) fn average(total: &Exact, quantity: Decimal) -> Exact {
    // A quantity is above 0.
    total.checked_div(&Exact::from(quantity)).unwrap_or_default()
}
