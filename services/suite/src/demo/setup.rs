//! Sets the demo up: partners with their tree and tiers, facts, keys, plans.

use futures::{StreamExt as _, TryStreamExt as _};
use tokio::sync::mpsc;
use tributary_proto::{
    google::r#type::Date,
    tributary::{
        common::v1::Role,
        gateway::v1::CreateApiKeyRequest,
        incentive::v1::{
            CreatePlanVersionRequest, SalesFact, StreamFactsRequest, plan_service_client::PlanServiceClient,
        },
        partner::v1::{AssignTierRequest, BatchUpsertPartnersRequest, SetParentRequest, UpsertOutcome},
    },
};

use super::{PROGRAMME, facts::FIRST_YEAR, network::Member};
use crate::{
    cli::{Connection, Failure, Keyed, PlanClient, Verbs},
    output::Progress,
    planfile,
};

/// Calls that are on their way at the same time.
const CALLS: usize = 16;

/// Facts per batch.
const BATCH: usize = 500;

/// Slots of the programme with the ready-made plans that fill them.
pub(super) const SLOTS: [(&str, &str); 2] = [("sales-commission", "standard-commission"), ("growth", "growth-rebate")];

/// Creates the partners, puts them into their tree and gives them tiers.
pub(super) async fn partners(connection: &Connection, network: &[Member]) -> Result<(), Failure> {
    let total = network.len().saturating_mul(3);
    let mut progress = Progress::counted("partners, tree, tiers", u64::try_from(total).unwrap_or(0));
    let request = BatchUpsertPartnersRequest { items: network.iter().map(Member::upsert).collect() };
    let answer = connection.partners().batch_upsert_partners(request).await?.into_inner();
    for (result, member) in answer.results.iter().zip(network) {
        if result.outcome() == UpsertOutcome::Refused {
            let why = result.error.as_ref().map(|e| e.message.clone()).unwrap_or_default();
            return Err(Failure::server(format!("partner {} was refused: {why}", member.id)));
        }
    }
    let mut done = u64::try_from(network.len()).unwrap_or(0);
    progress.rows(done);
    let first_day = Some(Date { year: FIRST_YEAR, month: 1, day: 1 });

    let links = network.iter().filter_map(|m| {
        let parent = network.get(m.parent?)?.resource();
        let partner = m.resource();
        let reason = "territory of the region above".to_owned();
        Some(SetParentRequest { partner, parent, effective_from: first_day, reason, request_id: String::new() })
    });
    let mut linked = futures::stream::iter(links)
        .map(|request| {
            let mut client = connection.hierarchy();
            async move { client.set_parent(request).await }
        })
        .buffer_unordered(CALLS);
    while linked.try_next().await?.is_some() {
        done = done.saturating_add(1);
        progress.rows(done);
    }

    let tiers = network.iter().map(|m| AssignTierRequest {
        partner: m.resource(),
        tier: m.tier.to_owned(),
        effective_from: first_day,
        reason: "annual agreement".to_owned(),
        ..AssignTierRequest::default()
    });
    let mut assigned = futures::stream::iter(tiers)
        .map(|request| {
            let mut client = connection.tiers();
            async move { client.assign_tier(request).await }
        })
        .buffer_unordered(CALLS);
    while assigned.try_next().await?.is_some() {
        done = done.saturating_add(1);
        progress.rows(done);
    }
    progress.finish();
    Ok(())
}

/// Sends the facts by the stream and counts what became of them: recorded, known before.
pub(super) async fn facts(
    connection: &Connection,
    facts: impl Iterator<Item = SalesFact> + Send + 'static,
    about: u32,
) -> Result<(u64, u64), Failure> {
    let mut progress = Progress::counted("facts", u64::from(about));
    let (requests, outgoing) = mpsc::channel(4);
    let making = tokio::task::spawn_blocking(move || {
        let mut facts = facts;
        let mut position = 0_i64;
        loop {
            let batch: Vec<SalesFact> = facts.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                return;
            }
            position = position.saturating_add(i64::try_from(batch.len()).unwrap_or(0));
            // A closed stream shows in the answers.
            if requests.blocking_send(StreamFactsRequest { facts: batch, position }).is_err() {
                return;
            }
        }
    });
    let outgoing = tokio_stream::wrappers::ReceiverStream::new(outgoing);
    let mut answers = connection.facts().stream_facts(outgoing).await?.into_inner();
    let (mut recorded, mut known) = (0_u64, 0_u64);
    while let Some(answer) = answers.message().await? {
        let batch = answer.batch.unwrap_or_default();
        if let Some(refused) = batch.results.first() {
            let why = refused.error.as_ref().map(|e| e.message.clone()).unwrap_or_default();
            return Err(Failure::server(format!("a fact was refused: {why}")));
        }
        recorded = recorded.saturating_add(u64::try_from(batch.recorded_count).unwrap_or(0));
        known = known.saturating_add(u64::try_from(batch.duplicate_count).unwrap_or(0));
        progress.rows(recorded.saturating_add(known));
    }
    making.await.map_err(Failure::server)?;
    progress.finish();
    Ok((recorded, known))
}

/// Who acts besides the administrator: makers and checkers are never the same.
pub(super) struct Cast {
    /// Writes plans.
    pub author: Keyed,
    /// Approves plans, verifies documents.
    pub approver: Keyed,
}

/// Makes their keys.
pub(super) async fn cast(connection: &Connection) -> Result<Cast, Failure> {
    Ok(Cast {
        author: key(connection, "demo.author", &[Role::ChannelManager]).await?,
        approver: key(connection, "demo.approver", &[Role::Finance, Role::Legal]).await?,
    })
}

/// Publishes the plans as their author, approves and activates them as somebody else.
pub(super) async fn plans(connection: &Connection, cast: &Cast) -> Result<Vec<String>, Failure> {
    let mut author: PlanClient = PlanServiceClient::new(cast.author.clone());
    let mut approver: PlanClient = PlanServiceClient::new(cast.approver.clone());
    let slots: Vec<String> = SLOTS.iter().map(|(slot, _)| (*slot).to_owned()).collect();
    crate::cli::ensure_programme(&mut connection.plans(), PROGRAMME, Some("渠道激励 2025"), &slots).await?;
    let mut active = Vec::new();
    for (slot, plan) in SLOTS {
        let request = CreatePlanVersionRequest {
            plan: format!("plans/{plan}"),
            programme: format!("programmes/{PROGRAMME}"),
            slot: slot.to_owned(),
            spec: Some(planfile::load(plan)?),
            request_id: String::new(),
        };
        let draft = author.create_plan_version(request).await?.into_inner();
        Verbs::Approve.apply(&mut approver, &draft.name, "checked with its examples").await?;
        let version = Verbs::Activate.apply(&mut approver, &draft.name, "in force for 2025").await?;
        active.push(format!(
            "{} ({slot}): written by {}, approved by {}",
            version.name, version.author, version.approver
        ));
    }
    Ok(active)
}

async fn key(connection: &Connection, subject: &str, roles: &[Role]) -> Result<Keyed, Failure> {
    let roles = roles.iter().map(|role| i32::from(*role)).collect();
    let request = CreateApiKeyRequest { subject: subject.to_owned(), roles, ..Default::default() };
    let secret = connection.keys().create_api_key(request).await?.into_inner().secret;
    connection.keyed(&secret)
}
