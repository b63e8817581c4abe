//! Rows of the intake, what became of them, and notes, between the protobuf messages and the domain.

use analytics_domain::{
    cost::{Cost, CostDraft},
    ingest::{RowKey, personal_field},
    touchpoint::{Touchpoint, TouchpointDraft, TouchpointKind},
};
use tributary_core::{ResourceId, Violations, Zone};
use tributary_proto::tributary::analytics::v1 as pb;
use tributary_rpc::{
    convert::{date, fact_amount, timestamp, timestamp_to_proto},
    status,
};

use crate::{
    DOMAIN,
    app::ingest::{RowOutcome, Stated},
    ports::ingest::SetAside,
};

/// Reads a touchpoint; what is wrong with it stays in it.
pub fn touchpoint(row: pb::Touchpoint, zone: &Zone) -> Stated<Touchpoint> {
    let key = RowKey { source_system: row.source_system, source_id: row.source_id };
    let ids =
        [("source_system", &*key.source_system), ("source_id", &*key.source_id), ("order_id", row.order_id.as_str())];
    let personal = personal_field(&row.customer_key, &ids);
    let mut v = Violations::new();
    let kind = match row.kind {
        0 => None,
        number => v.check("kind", kind(number)),
    };
    let draft = TouchpointDraft {
        key: key.clone(),
        customer_key: row.customer_key,
        kind,
        channel: row.channel,
        channel_class: row.channel_class,
        partner: partner(&mut v, &row.partner),
        region: row.region,
        occurred_at: row.occurred_at.as_ref().and_then(|at| v.check("occurred_at", timestamp(at))),
        value: row.value.as_ref().and_then(|value| v.check("value", fact_amount(value))),
        order_id: row.order_id,
    };
    Stated { key, personal, row: draft.checked(v, zone) }
}

fn kind(number: i32) -> Result<TouchpointKind, String> {
    TouchpointKind::from_number(number.into())
        .ok_or_else(|| format!("{number} is not a kind of touchpoint; use 1 to 5"))
}

/// Reads a cost; what is wrong with it stays in it.
pub fn cost(row: pb::Cost) -> Stated<Cost> {
    let key = RowKey { source_system: row.source_system, source_id: row.source_id };
    let personal = personal_field("", &[("source_system", &*key.source_system), ("source_id", &*key.source_id)]);
    let mut v = Violations::new();
    let draft = CostDraft {
        key: key.clone(),
        cost_type: row.cost_type,
        occurred_on: row.occurred_on.as_ref().and_then(|day| v.check("occurred_on", date(day))),
        amount: row.amount.as_ref().and_then(|amount| v.check("amount", fact_amount(amount))),
        channel: row.channel,
        sub_channel: row.sub_channel,
        partner: partner(&mut v, &row.partner),
        region: row.region,
        product_line: row.product_line,
    };
    Stated { key, personal, row: draft.checked(v) }
}

fn partner(v: &mut Violations, name: &str) -> Option<ResourceId> {
    if name.is_empty() { None } else { v.check("partner", ResourceId::from_name("partners", name)) }
}

/// Writes what became of rows.
pub fn outcomes(rows: &[RowOutcome]) -> pb::RecordRowsResponse {
    let mut answer = pb::RecordRowsResponse::default();
    for row in rows {
        let error = |fault| Some(status::to_rpc_status(fault, DOMAIN));
        let (what, count, error) = match row {
            RowOutcome::Recorded => (pb::RowOutcome::Recorded, &mut answer.recorded_count, None),
            RowOutcome::Duplicate => (pb::RowOutcome::Duplicate, &mut answer.duplicate_count, None),
            RowOutcome::Refused(fault) => (pb::RowOutcome::Refused, &mut answer.refused_count, error(fault)),
            RowOutcome::SetAside(fault) => (pb::RowOutcome::SetAside, &mut answer.set_aside_count, error(fault)),
        };
        *count = count.saturating_add(1);
        answer.results.push(pb::RowResult { outcome: what.into(), error });
    }
    answer
}

/// Writes a note.
pub fn set_aside_to_proto(note: SetAside) -> pb::SetAsideRow {
    pb::SetAsideRow {
        uid: note.id.to_string(),
        row_type: note.row_type.name().to_owned(),
        row_id: note.key.shown(),
        field: note.field,
        looks_like: note.looks_like,
        create_time: Some(timestamp_to_proto(note.create_time)),
    }
}
