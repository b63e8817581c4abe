//! A plan of one rule, published, and facts that run through the engine.

use std::collections::HashMap;

use incentive_calculation_domain::{
    assignment::Attributes,
    engine::{Engine, Inputs, LineResult, MeasuredFact, Payee, PlanInRun, Stated, StatedLine},
    fact::{FactKind, QUANTITY_SCALE, amount_at_fact_scale},
    plan::{self, Measure, MeasureField, NegativeMeasure, PlanSpec, Reward, Rule, Window},
};
use tributary_core::{Currency, Date, Decimal, Exact, Period};

/// A currency of four decimals, so that earlier lines of an incremental case are stated without a loss.
const CURRENCY: &str = "CLF";
const RULE: &str = "case";
const SLOT: &str = "cases";

/// A fact of a case, on a day of 2026.
#[derive(Debug, Clone, Copy)]
pub struct Fact {
    pub payee: u32,
    pub day: &'static str,
    pub net: Decimal,
    pub quantity: Decimal,
    /// For a return: the place of its sale among the facts.
    pub sale: Option<usize>,
}

impl Fact {
    /// A sale of an amount on the first day of February.
    pub fn of(net: Decimal) -> Self {
        Self { payee: 0, day: "2026-02-01", net, quantity: Decimal::ZERO, sale: None }
    }

    /// So many units on the first day of February.
    pub fn units(quantity: Decimal) -> Self {
        Self { quantity, ..Self::of(Decimal::ZERO) }
    }
}

/// A rule over all kinds of facts of the period; what is below 0 is owed back.
pub fn rule(field: MeasureField, reward: Reward) -> Rule {
    let measure = Measure {
        field,
        kinds: FactKind::ALL.to_vec(),
        product_lines: Vec::new(),
        skus: Vec::new(),
        channels: Vec::new(),
        regions: Vec::new(),
        sub_channels: Vec::new(),
        window: Window::Period,
        figure: String::new(),
    };
    Rule::new(RULE, Some(measure), NegativeMeasure::Signed, reward)
}

/// The lines of February 2026.
pub fn lines(rule: Rule, facts: &[Fact]) -> Result<Vec<LineResult>, String> {
    run(&published(rule)?, "2026-02", facts, Stated::default())
}

/// What the lines of February 2026 come to, exactly.
pub fn paid(rule: Rule, facts: &[Fact]) -> Result<Exact, String> {
    Ok(lines(rule, facts)?.into_iter().map(|line| line.exact).sum())
}

/// What February 2026 adds to January under a rule that runs over the year (R04).
pub fn added(mut rule: Rule, january: &[Fact], february: &[Fact]) -> Result<Exact, String> {
    if let Some(measure) = &mut rule.measure {
        measure.window = Window::YearToDate;
    }
    rule.less_stated = true;
    let spec = published(rule)?;
    let before: Vec<Fact> = january.iter().map(|fact| Fact { day: "2026-01-01", ..*fact }).collect();
    let stated = run(&spec, "2026-01", &before, Stated::default())?;
    let period: Period = "2026-01".parse()?;
    let earlier = stated.into_iter().map(|line| StatedLine {
        from: period.from(),
        to: period.to(),
        part: line.part,
        amount: line.amount,
        carried: Exact::zero(),
        source: "statements/january".to_owned(),
    });
    let mut known = Stated::default();
    known.0.insert((0, SLOT.to_owned(), RULE.to_owned()), earlier.collect());
    let all: Vec<Fact> = before.iter().chain(february).copied().collect();
    Ok(run(&spec, "2026-02", &all, known)?.into_iter().map(|line| line.exact).sum())
}

/// A plan as publishing lets it pass.
fn published(rule: Rule) -> Result<PlanSpec, String> {
    let spec = PlanSpec { rules: vec![rule], ..PlanSpec::default() };
    let violations = plan::validate(&spec).into_vec();
    if violations.is_empty() { Ok(spec) } else { Err(format!("the plan is refused: {violations:?}")) }
}

fn run(spec: &PlanSpec, period: &str, facts: &[Fact], stated: Stated) -> Result<Vec<LineResult>, String> {
    let currency = Currency::parse(CURRENCY)?;
    let plan = PlanInRun {
        slot: SLOT.to_owned(),
        version_name: "plans/case/versions/1".to_owned(),
        digest: plan::digest(spec),
        spec: spec.clone(),
    };
    let mut engine = Engine::new(period.parse()?, vec![plan]);
    let keys: Vec<String> = (0..facts.len()).map(|i| format!("{i:06}")).collect();
    for (fact, key) in facts.iter().zip(&keys) {
        let day = Date::parse(fact.day)?;
        engine.absorb(&MeasuredFact {
            payee: fact.payee,
            day: day.days(),
            kind: if fact.net.is_sign_negative() && !fact.net.is_zero() { FactKind::Return } else { FactKind::SellIn },
            currency,
            net: amount_at_fact_scale(currency, fact.net)?,
            gross: 0,
            cost: 0,
            quantity: units(fact.quantity).ok_or_else(|| format!("{} units do not fit a fact", fact.quantity))?,
            product_line: "",
            sku: "",
            channel: None,
            sub_channel: "",
            order_id: "",
            customer_key: "",
            original_source_id: fact.sale.and_then(|i| keys.get(i)).map_or("", String::as_str),
            region: "",
            source_system: "cases",
            source_id: key,
            content_hash: &[0; 32],
        });
    }
    let payees: HashMap<u32, Payee> = facts.iter().map(|fact| (fact.payee, payee(fact.payee))).collect();
    engine.finish(&Inputs { payees, stated, ..Inputs::default() }).map_err(|fault| fault.message().to_owned())
}

/// Units in 10⁻⁶, as facts have them.
fn units(quantity: Decimal) -> Option<i64> {
    let scaled = quantity.checked_mul(Decimal::from(10_i64.pow(QUANTITY_SCALE)))?;
    if scaled.fract().is_zero() { i64::try_from(scaled.trunc().mantissa()).ok() } else { None }
}

fn payee(number: u32) -> Payee {
    let attributes = Attributes {
        partner: format!("partners/p{number}"),
        business_key: format!("p{number:06}"),
        ..Attributes::default()
    };
    Payee { attributes, ..Payee::default() }
}
