//! Recomputes the lines of a bundle from its facts, by the engine that calculated them. What needs more than the facts of
//! the one payee is said not to be recomputed; its text and digests are proven all the same.

use tributary_core::{Date, Days, Period};

use super::read::Text;
use crate::{
    assignment::Attributes,
    engine::{Engine, Inputs, LineResult, MeasuredFact, Needs, PlanInRun, Selection},
    fact::{ChannelClass, Fact, FactKind, QUANTITY_SCALE, amount_at_fact_scale, at_scale},
    plan::{CurrencyPolicy, MeasureField, NegativeMeasure, PaidOn, PlanSpec, Proration, Reward, Rule},
};

/// Why a rule's lines cannot be recomputed from the facts of their payee alone; `None`: they can.
#[must_use]
pub fn obstacle(spec: &PlanSpec, rule: &Rule) -> Option<&'static str> {
    let field = rule.measure.as_ref().map(|measure| measure.field);
    let obstacles = [
        (!spec.shared_caps.is_empty(), "a bound that it shares with others"),
        (spec.currency_policy != CurrencyPolicy::Nominal, "exchange rates"),
        (!plain(&rule.reward), "more than the measure"),
        (!rule.gates.is_empty() || !rule.multipliers.is_empty(), "conditions or factors"),
        (!rule.holds.is_empty(), "what it is withheld for"),
        (rule.target.is_some(), "a target"),
        (rule.proration != Proration::None, "the days of membership"),
        (rule.split.is_some(), "a split with others"),
        (rule.less_stated || rule.negative_measure == NegativeMeasure::Carry, "what earlier periods stated"),
        (rule.limits.year_cap.is_some() || rule.limits.year_floor.is_some(), "what earlier periods stated"),
        (field.is_none() || field == Some(MeasureField::Figure), "figures"),
    ];
    obstacles.into_iter().find(|(holds, _)| *holds).map(|(_, why)| why)
}

/// Whether a reward is made of the measure, and of a base of facts, alone.
fn plain(reward: &Reward) -> bool {
    match reward {
        Reward::Marginal(marginal) => marginal.retrospective.is_none(),
        Reward::WholeVolume(whole) => whole.paid_on == PaidOn::Measure,
        Reward::Curve(curve) => curve.paid_on == PaidOn::Measure,
        Reward::Growth(growth) => growth.base_figure.is_empty(),
        Reward::PerFact(_) | Reward::Step(_) => true,
        Reward::Matrix(_) | Reward::ProfitShare(_) | Reward::Override(_) | Reward::Guarantee(_) | Reward::Draw(_) => {
            false
        }
    }
}

/// The facts that a line counted: those of its measure and of its base, by the days its text names. Empty for a line that
/// cannot be recomputed.
#[must_use]
pub fn selections(spec: &PlanSpec, line: &Text<'_>) -> Vec<(Selection, Days)> {
    let Some(stated) = Text::read(line.one("line")) else { return Vec::new() };
    let rule = spec.rules.iter().find(|rule| rule.id == stated.one("rule"));
    let Some(rule) = rule.filter(|rule| obstacle(spec, rule).is_none()) else { return Vec::new() };
    let Some(measure) = &rule.measure else { return Vec::new() };
    let day = |name: String| line.set(&name).and_then(|text| Date::parse(text).ok());
    let window = |name: &str| day(format!("{name}_from")).zip(day(format!("{name}_to")));
    let windows = [window("measure"), window("base")].into_iter().flatten();
    windows.map(|days| (Selection::new(measure, days), days)).collect()
}

/// A fact of a bundle.
#[derive(Debug, Clone)]
pub(super) struct ProvenFact {
    /// The fact.
    pub fact: Fact,
    /// The payee's key in digests.
    pub partner: String,
    /// Digest of its content.
    pub content_hash: [u8; 32],
    /// The day on which it counts: a linked return on its sale's (R13).
    pub day: Date,
}

impl ProvenFact {
    /// As the engine measures it, for payee 0.
    pub fn measured(&self) -> MeasuredFact<'_> {
        MeasuredFact { day: self.day.days(), ..MeasuredFact::of(&self.fact, 0, &self.content_hash) }
    }
}

/// The fact of a content text; `None` when it is none. Its day is its own.
pub(super) fn read_fact(source_system: &str, source_id: &str, content: &str, hash: [u8; 32]) -> Option<ProvenFact> {
    let text = Text::read(content).filter(|text| text.sort == "tributary.fact.v1")?;
    let currency = tributary_core::Currency::parse(text.one("currency")).ok()?;
    let decimal = |name| text.set(name).map(|value| tributary_core::exact::parse_decimal(value, 28));
    let amount = |name| match decimal(name) {
        None => Some(None),
        Some(value) => amount_at_fact_scale(currency, value.ok()?).ok().map(Some),
    };
    let quantity = match decimal("quantity") {
        None => None,
        Some(value) => Some(at_scale(value.ok()?, QUANTITY_SCALE)?),
    };
    let channel = match text.set("channel") {
        None => None,
        Some(name) => Some(ChannelClass::ALL.into_iter().find(|class| class.name() == name)?),
    };
    let own = |name: &str| text.one(name).to_owned();
    let fact = Fact {
        source_system: source_system.to_owned(),
        source_id: source_id.to_owned(),
        kind: FactKind::ALL.into_iter().find(|kind| kind.name() == text.one("kind"))?,
        occurred_on: Date::parse(text.one("occurred_on")).ok()?,
        sku: own("sku"),
        product_line: own("product_line"),
        region: own("region"),
        channel,
        sub_channel: own("sub_channel"),
        quantity,
        currency,
        gross: amount("gross")?,
        net: amount("net")??,
        cost: amount("cost")?,
        original_source_id: own("original_source_id"),
        order_id: own("order_id"),
        customer_key: own("customer_key"),
        labels: std::collections::BTreeMap::new(),
    };
    Some(ProvenFact { day: fact.occurred_on, fact, partner: own("partner"), content_hash: hash })
}

/// The lines of the plan's rules that need no more than the facts.
///
/// # Errors
/// Why they cannot be recomputed.
pub(super) fn recompute(
    plan: &PlanInRun,
    (period, year): (Period, Days),
    payee: &Attributes,
    facts: &[ProvenFact],
) -> Result<Vec<LineResult>, String> {
    let rules = plan.spec.rules.iter().filter(|rule| obstacle(&plan.spec, rule).is_none());
    // Whom the plan pays was decided by the run, whose entry names it.
    let spec = PlanSpec {
        rules: rules.cloned().collect(),
        assignments: Vec::new(),
        examples: Vec::new(),
        ..plan.spec.clone()
    };
    let mut engine = Engine::in_year(period, year, vec![PlanInRun { spec, ..plan.clone() }]);
    let nothing_more = Needs { sales: engine.needs().sales, ..Needs::default() };
    if engine.needs() != nothing_more {
        return Err("it needs more than facts".to_owned());
    }
    for fact in facts {
        engine.absorb(&fact.measured());
    }
    if !engine.wanted_sales().is_empty() {
        return Err("it takes back what sales of earlier periods earned".to_owned());
    }
    engine.finish(&Inputs::of_payees([payee.clone()])).map_err(|fault| fault.message().to_owned())
}
