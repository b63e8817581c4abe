//! Short forms for plans and facts.

use tributary_core::{Currency, Date, Decimal, Fault, Period};

use crate::{
    assignment::Attributes,
    engine::{Engine, Inputs, LineResult, MeasuredFact, PlanInRun},
    fact::{FactKind, amount_at_fact_scale},
    plan::{
        EdgeSide, Growth, GrowthBase, GrowthOn, Marginal, Measure, MeasureField, NegativeMeasure, NoBasePolicy,
        NonPositiveBasePolicy, PaidOn, PlanSpec, Reward, Rule, Tier, TierTable, WholeVolume, Window,
    },
};

pub fn dec(text: &str) -> Decimal {
    Decimal::from_str_exact(text).expect("decimal")
}

pub fn day(text: &str) -> Date {
    Date::parse(text).expect("date")
}

pub fn period(text: &str) -> Period {
    text.parse().expect("period")
}

pub fn currency(code: &str) -> Currency {
    Currency::parse(code).expect("currency")
}

/// Tiers as (from, rate, flat).
pub fn table(tiers: &[(&str, &str, &str)], edge_side: EdgeSide) -> TierTable {
    let tiers = tiers.iter().map(|(from, rate, flat)| Tier {
        from: dec(from),
        rate: dec(rate),
        flat: dec(flat),
        ..Tier::default()
    });
    TierTable { tiers: tiers.collect(), edge_side, ..TierTable::default() }
}

pub fn marginal(table: TierTable) -> Reward {
    Reward::Marginal(Marginal { table, first_flat_at_zero: false, retrospective: None })
}

pub fn whole(table: TierTable) -> Reward {
    Reward::WholeVolume(WholeVolume { table, paid_on: PaidOn::Measure })
}

/// Growth against last year on the increment; no base: no line; base not above 0: nothing.
pub fn growth(table: TierTable) -> Growth {
    Growth {
        base: GrowthBase::SamePeriodLastYear,
        given_base: None,
        on: GrowthOn::Increment,
        table,
        no_base: NoBasePolicy::Skip,
        non_positive_base: NonPositiveBasePolicy::Nothing,
        base_figure: String::new(),
    }
}

pub fn measure(field: MeasureField) -> Measure {
    Measure {
        field,
        kinds: FactKind::ALL.to_vec(),
        product_lines: Vec::new(),
        skus: Vec::new(),
        channels: Vec::new(),
        regions: Vec::new(),
        sub_channels: Vec::new(),
        window: Window::Period,
        figure: String::new(),
    }
}

/// A rule on net that is signed below 0.
pub fn rule(id: &str, reward: Reward) -> Rule {
    Rule::new(id, Some(measure(MeasureField::Net)), NegativeMeasure::Signed, reward)
}

pub fn plan(rules: Vec<Rule>) -> PlanSpec {
    PlanSpec { rules, ..PlanSpec::default() }
}

pub fn in_run(slot: &str, spec: PlanSpec) -> PlanInRun {
    let digest = crate::plan::digest(&spec);
    PlanInRun { slot: slot.to_owned(), version_name: format!("plans/{slot}/versions/1"), digest, spec }
}

/// A fact to be measured, owned.
#[derive(Debug, Clone)]
pub struct Sale {
    pub payee: u32,
    pub day: Date,
    pub kind: FactKind,
    pub currency: Currency,
    pub net: i64,
    pub gross: i64,
    pub cost: i64,
    pub quantity: i64,
    pub product_line: String,
    pub region: String,
    pub id: String,
    pub hash: [u8; 32],
}

impl Sale {
    pub fn as_fact(&self) -> MeasuredFact<'_> {
        MeasuredFact {
            payee: self.payee,
            day: self.day.days(),
            kind: self.kind,
            currency: self.currency,
            net: self.net,
            gross: self.gross,
            cost: self.cost,
            quantity: self.quantity,
            product_line: &self.product_line,
            sku: "",
            channel: None,
            sub_channel: "",
            order_id: "",
            customer_key: "",
            original_source_id: "",
            region: &self.region,
            source_system: "erp",
            source_id: &self.id,
            content_hash: &self.hash,
        }
    }
}

/// A sale of payee 0 in CNY.
pub fn sale(id: &str, on: &str, net: &str) -> Sale {
    let currency = currency("CNY");
    Sale {
        payee: 0,
        day: day(on),
        kind: FactKind::SellIn,
        currency,
        net: amount_at_fact_scale(currency, dec(net)).expect("amount"),
        gross: 0,
        cost: 0,
        quantity: 0,
        product_line: String::new(),
        region: String::new(),
        id: id.to_owned(),
        hash: [7; 32],
    }
}

pub fn payees(count: u32) -> Vec<Attributes> {
    let payee = |n: u32| Attributes {
        partner: format!("partners/p{n}"),
        business_key: format!("p{n}"),
        display_name: format!("Partner {n}"),
        revision: 3,
        ..Attributes::default()
    };
    (0..count).map(payee).collect()
}

/// Payees with these attributes, numbered from 0.
pub fn lookup(payees: &[Attributes]) -> Inputs {
    Inputs::of_payees(payees.iter().cloned())
}

/// Runs plans over facts, sorted by key first.
pub fn run(period_text: &str, plans: Vec<PlanInRun>, sales: &[Sale]) -> Result<Vec<LineResult>, Fault> {
    let mut engine = Engine::new(period(period_text), plans);
    let mut sorted: Vec<&Sale> = sales.iter().collect();
    sorted.sort_by(|a, b| a.id.cmp(&b.id));
    for sale in sorted {
        engine.absorb(&sale.as_fact());
    }
    let count = sales.iter().map(|s| s.payee + 1).max().unwrap_or(0);
    engine.finish(&lookup(&payees(count)))
}

/// The only line of one rule over 2012-Q3.
pub fn one_line(rule: Rule, sales: &[Sale]) -> LineResult {
    let mut lines = run("2012-Q3", vec![in_run("slot", plan(vec![rule]))], sales).expect("runs");
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines.remove(0)
}

/// Exact value and amount of one sale of `net` in 2012-Q3 under a reward.
pub fn paid(reward: Reward, net: &str) -> (String, String) {
    let line = one_line(rule("r", reward), &[sale("1", "2012-08-01", net)]);
    (line.exact.display(), line.amount.number())
}

/// The violations as "field: description".
pub fn told(spec: &PlanSpec) -> Vec<String> {
    let list = crate::plan::validate(spec).into_vec();
    list.into_iter().map(|v| format!("{}: {}", v.field, v.description)).collect()
}
