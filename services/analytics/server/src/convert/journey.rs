//! Journeys between the protobuf messages and the domain.

use analytics_domain::journey::{Journey, Touch};
use tributary_core::{ResourceId, Violations};
use tributary_proto::tributary::analytics::v1 as pb;
use tributary_rpc::convert::{date, fact_amount, timestamp, timestamp_to_proto};

use crate::{app::journeys::StatedJourney, ports::journeys::SetAside};

/// Reads one row; what is wrong with it stays in it.
pub fn stated(row: pb::Journey) -> StatedJourney {
    let (id, customer_key) = (row.journey_id.clone(), row.customer_key.clone());
    StatedJourney { id, customer_key, journey: journey(row) }
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

/// Writes a note.
pub fn set_aside_to_proto(note: SetAside) -> pb::SetAsideJourney {
    pb::SetAsideJourney {
        journey_id: note.journey_id,
        field: note.field,
        looks_like: note.looks_like,
        create_time: Some(timestamp_to_proto(note.create_time)),
    }
}
