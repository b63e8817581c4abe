//! Price lists: items with their prices, scales by quantity, and which version counts on a day.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tributary_core::{Currency, Date, Decimal, Exact, FactAmount, Fault, Violations};

use super::Life;
use crate::{
    assignment::{Assignment, rivals},
    canonical::decimal,
    plan::check_assignment,
    reasons,
};

/// Most items of a version.
pub const MOST_ITEMS: u32 = 200_000;

/// What happens where the tier allows a range and no factor was agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Unagreed {
    /// The quote is refused.
    Refuse,
    /// The list price counts.
    ListPrice,
}

/// How a scale counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ScaleMode {
    /// The step that is reached prices everything.
    Whole,
    /// Each step prices what lies above its bound.
    Marginal,
}

/// What a step does to the price of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepEffect {
    /// Share that is taken off.
    Discount(#[serde(with = "decimal")] Decimal),
    /// The price where that is lower, at the fact scale of the list's currency.
    UnitPrice(i64),
}

/// A step of a scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The bound, inclusive.
    #[serde(with = "decimal")]
    pub from: Decimal,
    /// What it does.
    pub effect: StepEffect,
}

/// Steps by quantity for some items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scale {
    /// The items it is for.
    pub skus: Vec<String>,
    /// The product lines it is for.
    pub product_lines: Vec<String>,
    /// How its steps count.
    pub mode: ScaleMode,
    /// By rising bounds.
    pub steps: Vec<Step>,
}

/// The price of an item. Amounts are at the fact scale of the list's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The SKU.
    pub sku: String,
    /// What a unit costs.
    pub list_price: i64,
    /// The unit.
    pub unit: String,
    /// The product line.
    pub product_line: String,
    /// The least that a unit may cost.
    pub floor_price: Option<i64>,
}

/// One version of a price list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceList {
    /// Last part of the list's name.
    pub id: String,
    /// Its number, from 1.
    pub version: i64,
    /// For people.
    pub display_name: String,
    /// The currency of every price.
    pub currency: Currency,
    /// For whom it is.
    pub assignments: Vec<Assignment>,
    /// First day.
    pub from: Date,
    /// First day no longer in force.
    pub to: Option<Date>,
    /// The benefit whose price factor counts.
    pub benefit: Option<String>,
    /// Where none was agreed.
    pub unagreed: Unagreed,
    /// Its scales.
    pub scales: Vec<Scale>,
    /// How many items it has.
    pub items: u32,
    /// Where it stands.
    pub life: Life,
}

impl Scale {
    /// How closely it names an item: by SKU, by product line, or as one of all; `None`: not at all.
    fn names(&self, item: &Item) -> Option<u8> {
        if self.skus.contains(&item.sku) {
            Some(2)
        } else if !item.product_line.is_empty() && self.product_lines.contains(&item.product_line) {
            Some(1)
        } else {
            (self.skus.is_empty() && self.product_lines.is_empty()).then_some(0)
        }
    }

    fn check(&self, currency: Currency) -> Violations {
        let mut v = Violations::new();
        let mut last = Decimal::ZERO;
        for (at, step) in self.steps.iter().enumerate() {
            if step.from <= last {
                let why = format!("{} is not above {last}; bounds rise from above 0", step.from);
                v.add(format!("steps[{at}].from"), why);
            }
            last = step.from;
            match step.effect {
                StepEffect::Discount(share) => check_share(&format!("steps[{at}].discount"), share, &mut v),
                StepEffect::UnitPrice(price) if price < 0 => {
                    let amount = FactAmount { currency, value: price };
                    v.add(format!("steps[{at}].unit_price"), format!("{amount} is below 0"));
                }
                StepEffect::UnitPrice(_) => {}
            }
        }
        v
    }
}

/// A share that is taken off.
pub(super) fn check_share(field: &str, share: Decimal, v: &mut Violations) {
    if share <= Decimal::ZERO || share > Decimal::ONE {
        v.add(field, format!("{share} is not above 0 and at most 1; 5 % is 0.05"));
    }
}

impl PriceList {
    /// Resource name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("priceLists/{}/versions/{}", self.id, self.version)
    }

    /// List and number in a resource name.
    #[must_use]
    pub fn parse_name(name: &str) -> Option<(String, i64)> {
        let (list, number) = name.strip_prefix("priceLists/")?.split_once("/versions/")?;
        Some((list.to_owned(), number.parse().ok()?))
    }

    /// An amount of it.
    #[must_use]
    pub fn amount(&self, value: i64) -> FactAmount {
        FactAmount { currency: self.currency, value }
    }

    /// Whether it prices a day.
    #[must_use]
    pub fn prices(&self, day: Date) -> bool {
        self.from <= day && self.to.is_none_or(|to| day < to) && self.life.counts_on(day)
    }

    /// The scale of an item: the one that names it most closely.
    #[must_use]
    pub fn scale(&self, item: &Item) -> Option<&Scale> {
        let named = self.scales.iter().filter_map(|scale| Some((scale.names(item)?, scale)));
        named.max_by_key(|(close, _)| *close).map(|(_, scale)| scale)
    }

    /// Everything that is wrong with it, its items aside.
    #[must_use]
    pub fn check(&self) -> Violations {
        let mut v = Violations::new();
        if self.display_name.is_empty() {
            v.add("display_name", "is empty; name the list for people");
        }
        if let Some(to) = self.to.filter(|to| *to <= self.from) {
            v.add("effective_to", format!("{to} is not after effective_from {}; no day lies between them", self.from));
        }
        for (at, assignment) in self.assignments.iter().enumerate() {
            check_assignment(&format!("assignments[{at}]"), &assignment.target, &mut v);
        }
        let mut seen = BTreeSet::new();
        for (at, scale) in self.scales.iter().enumerate() {
            v.nest(&format!("scales[{at}]"), scale.check(self.currency));
            let all = scale.skus.is_empty() && scale.product_lines.is_empty();
            let skus = scale.skus.iter().map(|name| ("skus", name.as_str()));
            let lines = scale.product_lines.iter().map(|name| ("product_lines", name.as_str()));
            for named in skus.chain(lines).chain(all.then_some(("", "every other item"))) {
                if !seen.insert(named) {
                    let (field, name) = named;
                    let at = format!("scales[{at}].{field}");
                    v.add(at.trim_end_matches('.'), format!("{name} is in another scale; an item has one"));
                }
            }
        }
        v
    }
}

/// Everything that is wrong with an item of a list in a currency.
#[must_use]
pub fn check_item(item: &Item, currency: Currency) -> Violations {
    let mut v = Violations::new();
    let shown = |value| FactAmount { currency, value };
    if item.list_price <= 0 {
        v.add("list_price", format!("{} is not above 0", shown(item.list_price)));
    }
    if let Some(floor) = item.floor_price.filter(|floor| *floor < 0 || *floor > item.list_price) {
        let (floor, price) = (shown(floor), shown(item.list_price));
        v.add("floor_price", format!("{floor} is not between 0 and the list price {price}"));
    }
    v
}

/// The versions that count on a day: of each list the newest one.
#[must_use]
pub fn in_force(versions: Vec<PriceList>, day: Date) -> Vec<PriceList> {
    let mut newest: BTreeMap<String, PriceList> = BTreeMap::new();
    for version in versions.into_iter().filter(|version| version.prices(day)) {
        match newest.get(&version.id) {
            Some(known) if known.version >= version.version => {}
            _ => {
                newest.insert(version.id.clone(), version);
            }
        }
    }
    newest.into_values().collect()
}

/// Whether two lists could fit one partner equally well on one day, in one currency; the fault needs an item of both.
///
/// # Errors
/// `PRICE_LIST_UNDECIDED`.
pub fn undecided(next: &PriceList, other: &PriceList, sku: &str) -> Result<(), Fault> {
    let before = |to: Option<Date>, from: Date| to.is_some_and(|to| to <= from);
    let end = |list: &PriceList| match (list.to, list.life.retired_from) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    let apart = before(end(next), other.from) || before(end(other), next.from);
    let meets = next.id != other.id && next.currency == other.currency && !apart && other.life.approved;
    let Some((ours, theirs)) = rivals(&next.assignments, &other.assignments).filter(|_| meets) else { return Ok(()) };
    let message = format!(
        "{} of {} and {} of {} could fit the same partner equally well, and both have {sku}; give one a higher priority",
        ours.target,
        next.name(),
        theirs.target,
        other.name()
    );
    Err(Fault::new(reasons::PRICE_LIST_UNDECIDED, message).with("other_price_list", other.name()).with("sku", sku))
}

impl StepEffect {
    /// The price of a unit after it; never more than before.
    pub(super) fn after(self, unit: &Exact, scale: u32) -> Exact {
        match self {
            Self::Discount(share) => unit.clone() * (Exact::from(1) - Exact::from(share)),
            Self::UnitPrice(price) => unit.clone().min(Exact::from_scaled(i128::from(price), scale)),
        }
    }
}
