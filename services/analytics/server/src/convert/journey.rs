//! Journeys from the protobuf messages to the domain, and what became of them back.

use analytics_domain::{
    ingest::{RowKey, personal_field},
    journey::{Journey, Touch},
};
use tributary_core::{ResourceId, Violations};
use tributary_proto::tributary::analytics::v1 as pb;
use tributary_rpc::{
    convert::{date, fact_amount, timestamp},
    status,
};

use crate::{
    DOMAIN,
    app::ingest::{RowOutcome, Stated},
};

/// Reads one row; what is wrong with it stays in it.
pub fn stated(row: pb::Journey) -> Stated<Journey> {
    let key = RowKey { source_system: String::new(), source_id: row.journey_id.clone() };
    let personal = personal_field(&row.customer_key, &[("journey_id", &row.journey_id)]);
    Stated { key, personal, row: journey(row) }
}

fn journey(row: pb::Journey) -> Result<Journey, Violations> {
    let mut v = Violations::new();
    let touches = row.touches.into_iter().enumerate().map(|(i, t)| touch(&mut v, i, t)).collect();
    let value = row.value.as_ref().and_then(|value| v.check("value", fact_amount(value)));
    let ended_on = row.ended_on.as_ref().and_then(|day| v.check("ended_on", date(day)));
    let read = Journey {
        id: row.journey_id,
        customer_key: row.customer_key,
        touches,
        conversions: row.conversions,
        nulls: row.nulls,
        value,
        ended_on,
    };
    match read.checked() {
        Ok(journey) if v.is_empty() => Ok(journey),
        Ok(_) => Err(v),
        Err(more) => {
            v.extend(more);
            Err(v)
        }
    }
}

fn touch(v: &mut Violations, index: usize, touch: pb::Touch) -> Touch {
    let partner = match touch.partner.as_str() {
        "" => None,
        name => v.check(&format!("touches[{index}].partner"), ResourceId::from_name("partners", name)),
    };
    let at = touch.occurred_at.as_ref();
    let at = at.and_then(|at| v.check(&format!("touches[{index}].occurred_at"), timestamp(at)));
    Touch { channel: touch.channel, partner, at }
}

/// Writes what became of rows.
pub fn outcomes(rows: &[RowOutcome]) -> pb::RecordJourneysResponse {
    let mut answer = pb::RecordJourneysResponse::default();
    for row in rows {
        let error = |fault| Some(status::to_rpc_status(fault, DOMAIN));
        let (what, count, error) = match row {
            RowOutcome::Recorded => (pb::JourneyOutcome::Recorded, &mut answer.recorded_count, None),
            RowOutcome::Duplicate => (pb::JourneyOutcome::Duplicate, &mut answer.duplicate_count, None),
            RowOutcome::Refused(fault) => (pb::JourneyOutcome::Refused, &mut answer.refused_count, error(fault)),
            RowOutcome::SetAside(fault) => (pb::JourneyOutcome::SetAside, &mut answer.set_aside_count, error(fault)),
        };
        *count = count.saturating_add(1);
        answer.results.push(pb::JourneyResult { outcome: what.into(), error });
    }
    answer
}
