//! Partners, facts and plans to start from.

use anyhow::Context as _;
use tributary_proto::{
    google::r#type::{Date, Decimal},
    tributary::{
        common::v1::ExternalRef,
        incentive::v1::{
            BatchRecordFactsRequest, BatchRecordFactsResponse, FactKind, GrowthBase, GrowthOn, GrowthReward,
            MarginalReward, Measure, MeasureField, NegativeMeasure, NoBasePolicy, NonPositiveBasePolicy, PlanSpec,
            Rule, SalesFact, Tier, TierTable, WholeVolumeReward, rule::Reward, sales_fact,
        },
        partner::v1::{CreatePartnerRequest, Partner, PartnerKind, PartnerStatus},
    },
};

use crate::{Place, calls::explained, exact::money};

/// A request to create the partner "partners/ID", known to the ERP as "ERP-ID".
#[must_use]
pub fn partner_request(id: &str) -> CreatePartnerRequest {
    CreatePartnerRequest {
        partner: Some(Partner {
            display_name: format!("Partner {id}"),
            kind: PartnerKind::Dealer.into(),
            region: "CN/GD".to_owned(),
            external_refs: vec![ExternalRef { system: "erp".to_owned(), id: format!("ERP-{id}") }],
            ..Partner::default()
        }),
        partner_id: id.to_owned(),
        request_id: format!("create-{id}"),
        initial_status: PartnerStatus::Active.into(),
    }
}

/// Creates "partners/ID".
///
/// # Errors
/// When it is refused.
pub async fn create_partner(place: &Place, id: &str) -> anyhow::Result<Partner> {
    let answer = place.gateway.partners().create_partner(partner_request(id)).await;
    Ok(answer.map_err(explained)?.into_inner())
}

/// A day.
#[must_use]
pub fn day(year: i32, month: i32, day: i32) -> Date {
    Date { year, month, day }
}

/// A sale of a partner, in CNY.
///
/// # Errors
/// When `net` is no amount.
pub fn sale(partner: &str, source_id: &str, occurred_on: Date, net: &str) -> anyhow::Result<SalesFact> {
    Ok(SalesFact {
        source_system: "erp".to_owned(),
        source_id: source_id.to_owned(),
        partner_ref: Some(sales_fact::PartnerRef::Partner(format!("partners/{partner}"))),
        kind: FactKind::SellIn.into(),
        occurred: Some(sales_fact::Occurred::OccurredOn(occurred_on)),
        net: Some(money(net, "CNY")?),
        ..SalesFact::default()
    })
}

/// Records facts in one batch.
///
/// # Errors
/// When the batch is refused.
pub async fn record(place: &Place, facts: Vec<SalesFact>) -> anyhow::Result<BatchRecordFactsResponse> {
    let answer = place.gateway.facts().batch_record_facts(BatchRecordFactsRequest { facts }).await;
    Ok(answer.map_err(explained)?.into_inner())
}

/// Records facts that must all be new.
///
/// # Errors
/// When one is refused or was known.
pub async fn record_new(place: &Place, facts: Vec<SalesFact>) -> anyhow::Result<()> {
    let count = i32::try_from(facts.len())?;
    let answer = record(place, facts).await?;
    let first = answer.results.iter().find_map(|r| r.error.as_ref());
    (answer.recorded_count == count).then_some(()).with_context(|| format!("{first:?}"))
}

/// A decimal.
#[must_use]
pub fn number(text: &str) -> Option<Decimal> {
    Some(Decimal { value: text.to_owned() })
}

/// A table of (from, rate), edges to the upper tier.
#[must_use]
pub fn table(tiers: &[(&str, &str)]) -> TierTable {
    let tier = |(from, rate): &(&str, &str)| Tier { from: number(from), rate: number(rate), ..Tier::default() };
    TierTable { tiers: tiers.iter().map(tier).collect(), ..TierTable::default() }
}

/// {0: 15 %, 1,000,000: 20 %}.
#[must_use]
pub fn commission_table() -> TierTable {
    table(&[("0", "0.15"), ("1000000", "0.20")])
}

/// R01 over a table.
#[must_use]
pub fn marginal(table: TierTable) -> Reward {
    Reward::Marginal(MarginalReward { table: Some(table), ..MarginalReward::default() })
}

/// R02 over a table.
#[must_use]
pub fn whole_volume(table: TierTable) -> Reward {
    Reward::WholeVolume(WholeVolumeReward { table: Some(table), ..WholeVolumeReward::default() })
}

/// R05 against the same period last year, on the increment.
#[must_use]
pub fn growth(table: TierTable) -> Reward {
    Reward::Growth(GrowthReward {
        base: GrowthBase::SamePeriodLastYear.into(),
        given_base: None,
        on: GrowthOn::Increment.into(),
        table: Some(table),
        no_base: NoBasePolicy::Skip.into(),
        non_positive_base: NonPositiveBasePolicy::Nothing.into(),
        ..GrowthReward::default()
    })
}

/// A rule over net sales and returns.
#[must_use]
pub fn rule(id: &str, reward: Reward) -> Rule {
    Rule {
        id: id.to_owned(),
        title: id.to_owned(),
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

/// A plan with the rules "marginal", "whole" and "growth".
#[must_use]
pub fn plan() -> PlanSpec {
    PlanSpec {
        title: "Main path".to_owned(),
        rules: vec![
            rule("marginal", marginal(commission_table())),
            rule("whole", whole_volume(commission_table())),
            // Growth below 20 % earns 1 % of the increment, from 20 % on 3 %.
            rule("growth", growth(table(&[("0", "0.01"), ("0.20", "0.03")]))),
        ],
        ..PlanSpec::default()
    }
}
