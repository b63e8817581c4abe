//! Clients that create: partners and plan versions. The server gives the names, so only the request id keeps a repeat
//! from making a second one.

use std::time::Duration;

use tributary_proto::{
    google::r#type::Decimal,
    tributary::{
        incentive::v1::{
            CreatePlanVersionRequest, FactKind, MarginalReward, Measure, MeasureField, NegativeMeasure, PlanSpec, Rule,
            Tier, TierTable, rule::Reward,
        },
        partner::v1::{CreatePartnerRequest, Partner, PartnerKind},
    },
};

use super::{Shared, until_acknowledged};
use crate::journal::Entry;

/// Rest between two partners, and between two versions.
const REST: Duration = Duration::from_millis(100);

/// Creates partners.
pub async fn partners(shared: Shared) -> anyhow::Result<()> {
    let mut number = 0_u64;
    while !shared.is_over() {
        number = number.saturating_add(1);
        let entry = create_partner(&shared, &format!("load-{number}")).await?;
        shared.journal.keep(&[entry])?;
        shared.one_more();
        tokio::time::sleep(REST).await;
    }
    Ok(())
}

/// A request that creates a partner; the same for the same id.
#[must_use]
pub fn partner(id: &str) -> CreatePartnerRequest {
    CreatePartnerRequest {
        partner: Some(Partner {
            display_name: format!("Created {id}"),
            kind: PartnerKind::Dealer.into(),
            ..Partner::default()
        }),
        request_id: format!("{id}-{}", "0".repeat(8)),
        ..CreatePartnerRequest::default()
    }
}

/// Creates a partner, however often it takes.
///
/// # Errors
/// When it is refused.
pub async fn create_partner(shared: &Shared, id: &str) -> anyhow::Result<Entry> {
    let create = |request| {
        let mut client = shared.gateway.partners();
        async move { client.create_partner(request).await }
    };
    let made = until_acknowledged(&shared.met, &partner(id), create).await?.into_inner();
    Ok(Entry::Partner { name: made.name, display_name: made.display_name })
}

/// Creates versions of one plan.
pub async fn versions(shared: Shared) -> anyhow::Result<()> {
    let mut number = 0_u64;
    while !shared.is_over() {
        number = number.saturating_add(1);
        let title = format!("Version {number}");
        let create = |request| {
            let mut client = shared.gateway.plans();
            async move { client.create_plan_version(request).await }
        };
        let request = version(&title, &format!("version-{number}"));
        let made = until_acknowledged(&shared.met, &request, create).await?.into_inner();
        shared.journal.keep(&[Entry::Version { name: made.name, title }])?;
        shared.one_more();
        tokio::time::sleep(REST.saturating_mul(3)).await;
    }
    Ok(())
}

/// A request that creates a version.
#[must_use]
pub fn version(title: &str, request_id: &str) -> CreatePlanVersionRequest {
    CreatePlanVersionRequest {
        plan: "plans/commission".to_owned(),
        programme: "programmes/sellers".to_owned(),
        slot: "commission".to_owned(),
        spec: Some(PlanSpec { title: title.to_owned(), ..spec() }),
        request_id: request_id.to_owned(),
    }
}

/// A plan that pays 1 % of net sales: what it measures is what there is.
#[must_use]
pub fn spec() -> PlanSpec {
    let decimal = |text: &str| Some(Decimal { value: text.to_owned() });
    let tier = Tier { from: decimal("0"), rate: decimal("0.01"), ..Tier::default() };
    let table = TierTable { tiers: vec![tier], ..TierTable::default() };
    PlanSpec {
        title: "One per cent".to_owned(),
        rules: vec![Rule {
            id: "all".to_owned(),
            title: "All".to_owned(),
            measure: Some(Measure {
                field: MeasureField::Net.into(),
                kinds: vec![FactKind::SellIn.into()],
                ..Measure::default()
            }),
            negative_measure: NegativeMeasure::Signed.into(),
            reward: Some(Reward::Marginal(MarginalReward { table: Some(table), ..MarginalReward::default() })),
            ..Rule::default()
        }],
        ..PlanSpec::default()
    }
}
