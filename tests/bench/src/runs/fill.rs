//! Puts the facts where they are measured: rows of the service's own store, as ingest writes them, and a CSV file.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::Path,
};

use anyhow::{Context as _, Result};
use incentive_calculation_domain::{
    assignment::Attributes,
    fact::content_hash,
    plan::{PlanSpec, digest},
    plan_version::{PlanVersion, PlanVersionState},
    programme::{Programme, Slot},
};
use incentive_calculation_server::ports::{IncentiveStore, PartnerCopy, StoredFact};
use tributary_core::{Currency, Date, ResourceId, TenantId, Timestamp};
use uuid::Uuid;

use super::{
    PROGRAMME, Size,
    facts::{fact, partner},
};

/// Facts of one durable batch.
const BATCH: u32 = 10_000;

fn cny() -> Result<Currency> {
    Currency::parse("CNY").map_err(anyhow::Error::msg)
}

/// The facts as the peer reads them: partner, day, kind, net in cents.
pub fn csv(size: Size, path: &Path) -> Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    writeln!(out, "partner,day,kind,net_cents")?;
    let currency = cny()?;
    for number in 0..size.facts {
        let (payee, fact) = fact(size, number, currency)?;
        writeln!(out, "{},{},{},{}", partner(payee), fact.occurred_on, fact.kind.number(), fact.net / 10_000)?;
    }
    Ok(out.flush()?)
}

/// Partners and facts in the store of incentive-calculation.
pub async fn store(size: Size, store: &dyn IncentiveStore, tenant: &TenantId) -> Result<()> {
    let mut tx = store.begin().await?;
    for number in 0..u64::from(size.partners) {
        tx.keep_partner(tenant, &copy(&partner(number))?).await?;
    }
    tx.commit().await?;
    for first in (0..size.facts).step_by(BATCH.try_into()?) {
        batch(size, store, tenant, first..size.facts.min(first + BATCH)).await?;
    }
    Ok(())
}

/// A programme whose one slot an active plan fills.
pub async fn programme(store: &dyn IncentiveStore, tenant: &TenantId, spec: PlanSpec) -> Result<()> {
    let id = |text: &str| ResourceId::parse(text).map_err(anyhow::Error::msg);
    let mut tx = store.begin().await?;
    let programme = Programme {
        id: id(PROGRAMME)?,
        uid: Uuid::nil().to_string(),
        display_name: PROGRAMME.to_owned(),
        slots: vec![Slot { id: id("slot")?, title: String::new() }],
        create_time: Timestamp(0),
        revision: 1,
        calendar: None,
    };
    tx.insert_programme(tenant, &programme).await?;
    let (version, ..) = tx.next_version(tenant, "standard", PROGRAMME, "slot").await?;
    let version = PlanVersion {
        plan: id("standard")?,
        version,
        uid: Uuid::nil().to_string(),
        programme: programme.id,
        slot: id("slot")?,
        spec_digest: digest(&spec),
        spec,
        state: PlanVersionState::Active,
        author: "maker".to_owned(),
        approver: Some("checker".to_owned()),
        create_time: Timestamp(0),
        approve_time: Some(Timestamp(0)),
        activate_time: Some(Timestamp(0)),
        retire_time: None,
        replaced: false,
        revision: 1,
    };
    tx.insert_version(tenant, &version).await?;
    Ok(tx.commit().await?)
}

/// One durable batch.
pub async fn batch(
    size: Size,
    store: &dyn IncentiveStore,
    tenant: &TenantId,
    numbers: std::ops::Range<u32>,
) -> Result<()> {
    let currency = cny()?;
    let mut tx = store.begin().await?;
    let batch = tx.next_batch(tenant).await?;
    let mut stored = Vec::with_capacity(numbers.len());
    for number in numbers {
        let (payee, fact) = fact(size, number, currency)?;
        let partner_id = partner(payee);
        let content_hash = content_hash(&fact, &partner_id);
        stored.push(StoredFact { fact, partner_id, content_hash, batch, record_time: Timestamp(0), sale_day: None });
    }
    let new = tx.insert_facts(tenant, &stored).await?;
    anyhow::ensure!(new.len() == stored.len(), "{} of {} facts were new", new.len(), stored.len());
    tx.note_batch(tenant, batch, Timestamp(0), &stored.iter().collect::<Vec<_>>()).await?;
    Ok(tx.commit().await?)
}

fn copy(id: &str) -> Result<PartnerCopy> {
    Ok(PartnerCopy {
        partner_id: id.to_owned(),
        uid: Uuid::from_u128(id.trim_start_matches('p').parse().context("a number")?),
        revision: 1,
        status: "ACTIVE".to_owned(),
        external_refs: Vec::new(),
        attributes: Attributes {
            partner: format!("partners/{id}"),
            business_key: id.to_owned(),
            display_name: id.to_owned(),
            kind: "DEALER".to_owned(),
            region: "CN".to_owned(),
            revision: 1,
            ..Attributes::default()
        },
        effective_on: Date::parse("2024-01-01").map_err(anyhow::Error::msg)?,
        record_time: Timestamp(0),
    })
}
