//! What a quantity of an item costs a partner on a day. Every step is a line, and the changes of the lines add up to the
//! rounded total exactly.

use tributary_core::{Date, Decimal, Exact, FactAmount, Fault, MinorAmount, Rounding};

use super::{
    Item, PriceList, Promotion,
    run::{Basis, Run, average, next_step},
    words,
};
use crate::{
    assignment::{Assignment, Attributes, best_of},
    canonical::{Canonical, decimal_text},
    describe::Language,
    reasons,
};

/// Most units of a quote.
pub const MOST_QUANTITY: i64 = 1_000_000_000;

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// What is known of the partner on the day.
    pub partner: &'a Attributes,
    /// How many units, above 0.
    pub quantity: Decimal,
    /// The day.
    pub date: Date,
    /// The language of the sentences.
    pub language: Language,
    /// Whether the partner itself asks: what is for others, or begins later, is not told.
    pub own: bool,
}

/// The price factor of a tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Factor {
    /// The list counts by none.
    None,
    /// No tier in force gives the benefit: the list price counts.
    NotEntitled {
        /// The benefit.
        benefit: String,
        /// The version of the tier programme.
        programme: String,
        /// The tier in force; empty: none.
        tier: String,
    },
    /// A range that nothing was agreed in.
    Unagreed {
        /// The benefit.
        benefit: String,
        /// The version of the tier programme.
        programme: String,
        /// The tier in force.
        tier: String,
    },
    /// The part of the list price that counts.
    Agreed {
        /// The benefit.
        benefit: String,
        /// The version of the tier programme.
        programme: String,
        /// The tier in force.
        tier: String,
        /// The part.
        factor: Decimal,
    },
}

/// What a quote stands on.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// The list.
    pub list: &'a PriceList,
    /// The item.
    pub item: &'a Item,
    /// The factor.
    pub factor: &'a Factor,
    /// Approved promotions, in any order.
    pub promotions: &'a [Promotion],
}

/// What makes a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// The list price.
    ListPrice,
    /// The tier's factor.
    TierFactor,
    /// A step of a scale.
    VolumeStep,
    /// A promotion.
    Promotion,
    /// The least that the item may cost.
    Floor,
    /// The one rounding.
    Rounding,
}

/// A step towards a price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub condition: Condition,
    /// Where it comes from.
    pub source: String,
    /// The version of the source.
    pub source_version: String,
    /// How many units it is about.
    pub quantity: Decimal,
    /// What they cost before it.
    pub base: Exact,
    /// The factor or share.
    pub rate: Option<Decimal>,
    /// The amount per unit.
    pub amount: Option<FactAmount>,
    /// What it adds.
    pub change: Exact,
    /// The whole quantity after it.
    pub total: Exact,
    /// In words.
    pub text: String,
}

/// Units that cost the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// How many.
    pub quantity: Decimal,
    /// What each costs.
    pub unit: Exact,
}

/// Why a promotion did not apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Miss {
    /// It begins later.
    NotStarted,
    /// It is over.
    Ended,
    /// It is for others.
    OtherPartners,
    /// The quantity is too small.
    Quantity,
    /// It is in another currency.
    Currency,
    /// Another one stands before it.
    Excluded,
    /// The price is as low without it.
    NoEffect,
}

/// A promotion that did not apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotApplied {
    /// Its resource name.
    pub promotion: String,
    /// Its name for people.
    pub display_name: String,
    /// Why not.
    pub miss: Miss,
    /// In words.
    pub text: String,
}

/// From where on a unit costs less.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextStep {
    /// The quantity.
    pub quantity: Decimal,
    /// How many more.
    pub more: Decimal,
    /// What a unit costs then.
    pub unit: Exact,
    /// Whether only what lies beyond costs that.
    pub beyond_only: bool,
    /// In words.
    pub text: String,
}

/// A quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Every step in its order.
    pub lines: Vec<Line>,
    /// The parts of the quantity that cost different prices.
    pub parts: Vec<Part>,
    /// What a unit costs on average.
    pub unit: Exact,
    /// Quantity × list price.
    pub list_total: Exact,
    /// Before the rounding.
    pub exact: Exact,
    /// Whole minor units.
    pub total: MinorAmount,
    /// Promotions that did not apply.
    pub not_applied: Vec<NotApplied>,
    /// From where on a unit costs less.
    pub next: Option<NextStep>,
    /// SHA-256 over what was asked and every line, hex.
    pub digest: String,
}

/// A list with the item, beside the assignment by which it is the partner's.
pub type Candidate<'a> = (&'a PriceList, &'a Item, &'a Assignment);

/// The list that prices an item: among those that have it and fit the partner the most specific one.
///
/// # Errors
/// `PRICE_LIST_UNDECIDED`.
pub fn chosen<'a>(
    lists: impl IntoIterator<Item = (&'a PriceList, &'a Item)>,
    partner: &Attributes,
) -> Result<Option<Candidate<'a>>, Fault> {
    let fitting = lists.into_iter().filter_map(|(list, item)| Some((list, item, best_of(&list.assignments, partner)?)));
    let mut fitting: Vec<Candidate<'a>> = fitting.collect();
    fitting.sort_by(|a, b| b.2.weight().cmp(&a.2.weight()).then_with(|| a.0.id.cmp(&b.0.id)));
    let (first, second) = (fitting.first().copied(), fitting.get(1));
    if let Some((a, b)) = first.zip(second).filter(|(a, b)| a.2.weight() == b.2.weight()) {
        let message = format!(
            "{} and {} both have {} and fit {} equally well; give one a higher priority, or state a currency",
            a.0.name(),
            b.0.name(),
            a.1.sku,
            partner.partner
        );
        return Err(Fault::new(reasons::PRICE_LIST_UNDECIDED, message).with("sku", &a.1.sku));
    }
    Ok(first)
}

/// What the quantity costs.
///
/// # Errors
/// `PRICE_FACTOR_NOT_AGREED`, `AMOUNT_OVERFLOW`.
pub fn quote(ask: Ask<'_>, ground: Ground<'_>) -> Result<Quote, Fault> {
    // Looked for once: the price is made anew for each quantity that is tried.
    let promotions: Vec<&Promotion> = ground.promotions.iter().filter(|p| p.is_for(ground.item)).collect();
    let basis = Basis {
        list: ground.list,
        item: ground.item,
        factor: ground.factor,
        scale: ground.list.scale(ground.item),
        promotions: &promotions,
    };
    let mut run = Run::of(ask, basis)?;
    let next = next_step(ask, basis, &run);
    let exact = run.total.clone();
    let list = ground.list;
    let exponent = list.currency.exponent();
    let Some(value) = exact.round_to(exponent, Rounding::HalfAwayFromZero) else {
        let message = format!("{} of {} cost more than 64 bits of minor units hold", ask.quantity, ground.item.sku);
        return Err(Fault::new(reasons::AMOUNT_OVERFLOW, message).with("sku", &ground.item.sku));
    };
    let total = MinorAmount { currency: list.currency, value };
    let rounded = Exact::from_scaled(i128::from(value), exponent);
    let change = rounded - exact.clone();
    if !change.is_zero() {
        let text = words::rounding(ask.language, total);
        let base = exact.clone();
        run.line(Condition::Rounding, (String::new(), String::new()), (ask.quantity, base), change, text);
    }
    let unit = average(&exact, ask.quantity);
    let list_total = Exact::from(ask.quantity) * list.amount(ground.item.list_price).exact();
    let digest = digest(ask, ground, &run.lines, total);
    let parts = merged(run.parts);
    Ok(Quote { lines: run.lines, parts, unit, list_total, exact, total, not_applied: run.not_applied, next, digest })
}

/// Neighbours that cost the same are one.
fn merged(parts: Vec<Part>) -> Vec<Part> {
    let mut all: Vec<Part> = Vec::with_capacity(parts.len());
    for part in parts {
        match all.last_mut() {
            Some(last) if last.unit == part.unit => last.quantity += part.quantity,
            _ => all.push(part),
        }
    }
    all
}

fn digest(ask: Ask<'_>, ground: Ground<'_>, lines: &[Line], total: MinorAmount) -> String {
    let exact = |value: &Exact| format!("{}/{}", value.numerator(), value.denominator());
    let mut text = Canonical::new("tributary.quote.v1")
        .field("partner", &ask.partner.partner)
        .field("sku", &ground.item.sku)
        .field("quantity", &decimal_text(ask.quantity))
        .field("date", &ask.date.to_string())
        .field("unit", &ground.item.unit)
        .field("price_list", &ground.list.name());
    for line in lines {
        let amount = line.amount.map(|amount| amount.to_string());
        text = text
            .field("condition", line.condition.name())
            .field("source", &line.source)
            .field("source_version", &line.source_version)
            .field("quantity", &decimal_text(line.quantity))
            .optional("rate", line.rate.map(decimal_text).as_deref())
            .optional("amount", amount.as_deref())
            .field("change", &exact(&line.change));
    }
    hex::encode(text.field("total", &total.to_string()).sha256())
}

impl Condition {
    /// As in PriceCondition without its prefix.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ListPrice => "LIST_PRICE",
            Self::TierFactor => "TIER_FACTOR",
            Self::VolumeStep => "VOLUME_STEP",
            Self::Promotion => "PROMOTION",
            Self::Floor => "FLOOR",
            Self::Rounding => "ROUNDING",
        }
    }
}
