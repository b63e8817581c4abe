//! Short forms for messages, and messages in short forms.

use tributary_proto::{
    google::r#type::{Date, Decimal, Money},
    tributary::{
        common::v1::ExternalRef,
        incentive::v1::{
            Assignment, Conversion, ConversionDate, CurrencyPolicy, EdgeScale, ExactAmount, FactKind, GrowthBase,
            GrowthOn, GrowthReward, MarginalReward, Measure, MeasureField, MissingTarget, NegativeMeasure,
            NoBasePolicy, NonPositiveBasePolicy, PlanSpec, Rule, SalesFact, Statement, Target as RuleTarget, Tier,
            TierTable, WholeVolumeReward,
            assignment::Target,
            rule::Reward,
            sales_fact::{Occurred, PartnerRef},
            target,
        },
    },
};

pub fn decimal(text: &str) -> Option<Decimal> {
    Some(Decimal { value: text.to_owned() })
}

/// A day as "2012-07-01"; it need not exist.
pub fn day(text: &str) -> Option<Date> {
    let parts: Vec<i32> = text.split('-').map(|p| p.parse().expect("number")).collect();
    Some(Date { year: parts[0], month: parts[1], day: parts[2] })
}

/// An amount as "1000.50", with up to nine decimals.
pub fn money(currency: &str, text: &str) -> Money {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let nanos: i32 = format!("{fraction:0<9}").parse().expect("fraction");
    Money { currency_code: currency.to_owned(), units: whole.parse().expect("units"), nanos: sign * nanos }
}

/// An amount of whole minor units with two decimals as "CNY 1000.50".
pub fn shown(money: Option<&Money>) -> String {
    let money = money.expect("an amount");
    let minor = money.units * 100 + i64::from(money.nanos / 10_000_000);
    let sign = if minor < 0 { "-" } else { "" };
    format!("{} {sign}{}.{:02}", money.currency_code, minor.abs() / 100, minor.abs() % 100)
}

/// An exact amount as "numerator/denominator".
pub fn fraction(exact: Option<&ExactAmount>) -> String {
    let exact = exact.expect("an exact amount");
    format!("{}/{}", exact.numerator, exact.denominator)
}

/// A SELL_IN of a partner in CNY, stated by "erp".
pub fn sale(source_id: &str, partner: &str, on: &str, net: &str) -> SalesFact {
    SalesFact {
        source_system: "erp".to_owned(),
        source_id: source_id.to_owned(),
        partner_ref: Some(PartnerRef::Partner(format!("partners/{partner}"))),
        kind: FactKind::SellIn.into(),
        occurred: day(on).map(Occurred::OccurredOn),
        net: Some(money("CNY", net)),
        ..SalesFact::default()
    }
}

/// The same, the partner named by its key in the ERP.
pub fn sale_by_ref(source_id: &str, (system, id): (&str, &str), on: &str, net: &str) -> SalesFact {
    let named = ExternalRef { system: system.to_owned(), id: id.to_owned() };
    SalesFact { partner_ref: Some(PartnerRef::PartnerExternalRef(named)), ..sale(source_id, "x", on, net) }
}

/// Tiers as (from, rate).
pub fn table(tiers: &[(&str, &str)]) -> Option<TierTable> {
    let tiers = tiers.iter().map(|(from, rate)| Tier { from: decimal(from), rate: decimal(rate), ..Tier::default() });
    Some(TierTable { tiers: tiers.collect(), ..TierTable::default() })
}

pub fn marginal(tiers: &[(&str, &str)]) -> Reward {
    Reward::Marginal(MarginalReward { table: table(tiers), ..MarginalReward::default() })
}

pub fn whole(tiers: &[(&str, &str)]) -> Reward {
    Reward::WholeVolume(WholeVolumeReward { table: table(tiers), ..WholeVolumeReward::default() })
}

/// Growth on the increment over the same period last year; without a base no line.
pub fn growth(tiers: &[(&str, &str)]) -> Reward {
    Reward::Growth(GrowthReward {
        base: GrowthBase::SamePeriodLastYear.into(),
        on: GrowthOn::Increment.into(),
        table: table(tiers),
        no_base: NoBasePolicy::Skip.into(),
        non_positive_base: NonPositiveBasePolicy::Nothing.into(),
        ..GrowthReward::default()
    })
}

/// A rule on net over SELL_IN and RETURN.
pub fn rule(id: &str, reward: Reward) -> Rule {
    Rule {
        id: id.to_owned(),
        title: format!("Rule {id}"),
        measure: Some(Measure {
            field: MeasureField::Net.into(),
            kinds: vec![FactKind::SellIn.into(), FactKind::Return.into()],
            ..Measure::default()
        }),
        negative_measure: NegativeMeasure::Signed.into(),
        reward: Some(reward),
        ..Rule::default()
    }
}

pub fn plan(rules: Vec<Rule>) -> PlanSpec {
    PlanSpec { title: "A plan".to_owned(), rules, ..PlanSpec::default() }
}

/// A plan of one rule "rebate" at one rate from the first cent.
pub fn flat(rate: &str) -> PlanSpec {
    plan(vec![rule("rebate", marginal(&[("0", rate)]))])
}

/// 1 % below the quota of the measure's days, 2 % from it on; without a quota no line.
pub fn by_attainment() -> PlanSpec {
    let table = TierTable {
        edge_scale: EdgeScale::ShareOfTarget.into(),
        ..table(&[("0", "0.01"), ("1", "0.02")]).expect("a table")
    };
    let reward = WholeVolumeReward { table: Some(table), ..WholeVolumeReward::default() };
    let of = Some(target::Of::Figure("quota".to_owned()));
    let bonus = rule("bonus", Reward::WholeVolume(reward));
    plan(vec![Rule { target: Some(RuleTarget { of, missing: MissingTarget::Skip.into() }), ..bonus }])
}

/// The plan with its amounts converted into CNY by [`super::dollar`]'s table, by the day of each fact.
pub fn converting(spec: PlanSpec) -> PlanSpec {
    let conversion = Conversion {
        rate_table: "rateTables/group".to_owned(),
        date_rule: ConversionDate::FactDay.into(),
        into: "CNY".to_owned(),
    };
    PlanSpec { currency_policy: CurrencyPolicy::Convert.into(), conversion: Some(conversion), ..spec }
}

/// The plan for some partners only.
pub fn paying(spec: PlanSpec, target: Target, priority: i32) -> PlanSpec {
    PlanSpec { assignments: vec![Assignment { target: Some(target), priority }], ..spec }
}

/// The plan within bounds; empty: none.
pub fn bounded(spec: PlanSpec, from: &str, to: &str) -> PlanSpec {
    let bound = |text: &str| if text.is_empty() { None } else { day(text) };
    PlanSpec { effective_from: bound(from), effective_to: bound(to), ..spec }
}

/// Statements as "partner amount".
pub fn totals(statements: &[Statement]) -> Vec<String> {
    statements
        .iter()
        .map(|s| format!("{} {}", s.partner.trim_start_matches("partners/"), shown(s.total.as_ref())))
        .collect()
}

/// Lines as "partner slot.rule measure amount facts".
pub fn lines(statements: &[Statement]) -> Vec<String> {
    let line = |s: &Statement| {
        let partner = s.partner.trim_start_matches("partners/").to_owned();
        s.lines
            .iter()
            .map(|l| {
                let measure = l.measure.as_ref().map(|m| m.value.clone()).unwrap_or_default();
                format!("{partner} {}.{} {measure} {} {}", l.slot, l.rule, shown(l.amount.as_ref()), l.fact_count)
            })
            .collect::<Vec<_>>()
    };
    statements.iter().flat_map(line).collect()
}
