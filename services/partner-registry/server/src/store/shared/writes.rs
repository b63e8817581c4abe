//! Writes of partners and their history, many rows per statement.

use partner_registry_domain::{Revision, duplicates::folded, region};
use sqlx::QueryBuilder;
use tributary_core::{ResourceId, TenantId};
use tributary_sql::StoreError;

use super::{
    Db, Tx,
    rows::{CHUNK, push_in, to_json},
};
use crate::ports::PartnerWrite;

/// Takes every key away that is given up or replaced, before any is given: keys may wander from one to the other.
pub(super) async fn release_keys(tx: &mut Tx, tenant: &TenantId, writes: &[PartnerWrite]) -> Result<(), StoreError> {
    let of = |test: fn(&PartnerWrite) -> bool| -> Vec<&ResourceId> {
        writes.iter().filter(|w| test(w)).map(|w| &w.after.id).collect()
    };
    let registrations = of(|w| w.replaces(|p| &p.profile.registration));
    let statement = "UPDATE partners SET registration_scheme = NULL, registration_number = NULL WHERE tenant = ";
    for_partners(tx, statement, tenant, "id", &registrations).await?;
    let refs = of(PartnerWrite::replaces_refs);
    for_partners(tx, "DELETE FROM partner_refs WHERE tenant = ", tenant, "partner_id", &refs).await?;
    let labels = of(PartnerWrite::replaces_labels);
    for_partners(tx, "DELETE FROM partner_labels WHERE tenant = ", tenant, "partner_id", &labels).await
}

async fn for_partners(
    tx: &mut Tx,
    statement: &'static str,
    tenant: &TenantId,
    column: &'static str,
    ids: &[&ResourceId],
) -> Result<(), StoreError> {
    for chunk in ids.chunks(CHUNK) {
        let mut query = QueryBuilder::<Db>::new(statement);
        push_in(query.push_bind(tenant.as_str()).push(" AND "), column, chunk.iter().map(|id| id.as_str()));
        query.build().execute(tx.conn()).await?;
    }
    Ok(())
}

/// Updates the partners that are stored, each only at the revision it was read at.
pub(super) async fn update_partners(tx: &mut Tx, tenant: &TenantId, writes: &[PartnerWrite]) -> Result<(), StoreError> {
    for write in writes {
        let (Some(before), after) = (&write.before, &write.after) else { continue };
        let profile = &after.profile;
        let done = sqlx::query(
            "UPDATE partners
             SET status = $1, before_freeze = $2, kind = $3, region = $4, area = $5, display_name = $6,
                 name_folded = $7, registration_scheme = $8, registration_number = $9, profile = $10,
                 revision = $11, update_time = $12
             WHERE tenant = $13 AND id = $14 AND revision = $15",
        )
        .bind(after.standing.status().as_str())
        .bind(after.standing.before_freeze().map(|s| s.as_str()))
        .bind(profile.kind.as_str())
        .bind(&profile.region)
        .bind(region::area(&profile.region))
        .bind(&profile.display_name)
        .bind(folded(&profile.display_name))
        .bind(profile.registration.as_ref().map(|r| r.scheme.as_str()))
        .bind(profile.registration.as_ref().map(|r| r.number.as_str()))
        .bind(to_json(profile)?)
        .bind(after.revision)
        .bind(after.update_time.0)
        .bind(tenant.as_str())
        .bind(after.id.as_str())
        .bind(before.revision)
        .execute(tx.conn())
        .await?;
        if done.rows_affected() != 1 {
            return Err(StoreError::Conflict);
        }
    }
    Ok(())
}

pub(super) async fn insert_partners(tx: &mut Tx, tenant: &TenantId, writes: &[PartnerWrite]) -> Result<(), StoreError> {
    let new = writes.iter().filter(|w| w.before.is_none()).map(|w| Ok((&w.after, to_json(&w.after.profile)?)));
    let new = new.collect::<Result<Vec<_>, StoreError>>()?;
    for chunk in new.chunks(CHUNK) {
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO partners (tenant, id, uid, business_key, status, before_freeze, kind, region, area,
                                   display_name, name_folded, registration_scheme, registration_number, profile,
                                   revision, create_time, update_time) ",
        );
        query.push_values(chunk, |mut row, (partner, profile)| {
            let p = &partner.profile;
            row.push_bind(tenant.as_str())
                .push_bind(partner.id.as_str())
                .push_bind(partner.uid)
                .push_bind(&partner.business_key)
                .push_bind(partner.standing.status().as_str())
                .push_bind(partner.standing.before_freeze().map(|s| s.as_str()))
                .push_bind(p.kind.as_str())
                .push_bind(&p.region)
                .push_bind(region::area(&p.region))
                .push_bind(&p.display_name)
                .push_bind(folded(&p.display_name))
                .push_bind(p.registration.as_ref().map(|r| r.scheme.as_str()))
                .push_bind(p.registration.as_ref().map(|r| r.number.as_str()))
                .push_bind(profile)
                .push_bind(partner.revision)
                .push_bind(partner.create_time.0)
                .push_bind(partner.update_time.0);
        });
        query.build().execute(tx.conn()).await?;
    }
    Ok(())
}

pub(super) async fn insert_refs(tx: &mut Tx, tenant: &TenantId, writes: &[PartnerWrite]) -> Result<(), StoreError> {
    let changed = writes.iter().filter(|w| w.before.is_none() || w.replaces_refs()).map(|w| &w.after);
    let mut refs: Vec<_> = changed.flat_map(|p| p.profile.external_refs.iter().map(move |r| (r, &p.id))).collect();
    // In one order for all writers, so that two of them do not wait for each other.
    refs.sort();
    for chunk in refs.chunks(CHUNK) {
        let mut query = QueryBuilder::<Db>::new("INSERT INTO partner_refs (tenant, system, external_id, partner_id) ");
        query.push_values(chunk, |mut row, (reference, partner)| {
            row.push_bind(tenant.as_str())
                .push_bind(&reference.system)
                .push_bind(&reference.id)
                .push_bind(partner.as_str());
        });
        query.build().execute(tx.conn()).await?;
    }
    Ok(())
}

pub(super) async fn insert_labels(tx: &mut Tx, tenant: &TenantId, writes: &[PartnerWrite]) -> Result<(), StoreError> {
    let changed = writes.iter().filter(|w| w.before.is_none() || w.replaces_labels()).map(|w| &w.after);
    let labels: Vec<_> = changed.flat_map(|p| p.profile.labels.iter().map(move |l| (&p.id, l))).collect();
    for chunk in labels.chunks(CHUNK) {
        let mut query =
            QueryBuilder::<Db>::new("INSERT INTO partner_labels (tenant, partner_id, label_key, label_value) ");
        query.push_values(chunk, |mut row, (partner, (key, value))| {
            row.push_bind(tenant.as_str()).push_bind(partner.as_str()).push_bind(*key).push_bind(*value);
        });
        query.build().execute(tx.conn()).await?;
    }
    Ok(())
}

pub(super) async fn insert_revisions(tx: &mut Tx, tenant: &TenantId, revisions: &[Revision]) -> Result<(), StoreError> {
    let rows = revisions.iter().map(|r| Ok((r, to_json(&r.partner)?))).collect::<Result<Vec<_>, StoreError>>()?;
    for chunk in rows.chunks(CHUNK) {
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO partner_revisions (tenant, partner_id, revision, action, actor, reason, record_time,
                                            previous_status, tier, snapshot) ",
        );
        query.push_values(chunk, |mut row, (revision, snapshot)| {
            row.push_bind(tenant.as_str())
                .push_bind(revision.partner.id.as_str())
                .push_bind(revision.partner.revision)
                .push_bind(&revision.action)
                .push_bind(&revision.actor)
                .push_bind(&revision.reason)
                .push_bind(revision.record_time.0)
                .push_bind(revision.previous_status.map(|s| s.as_str()))
                .push_bind(&revision.tier)
                .push_bind(snapshot);
        });
        query.build().execute(tx.conn()).await?;
    }
    Ok(())
}
