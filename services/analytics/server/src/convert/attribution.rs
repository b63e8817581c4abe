//! Questions and results of attribution between the protobuf messages and the domain.

use analytics_domain::{
    attribution::{Model, Models},
    stitch::{LOOKBACK_DAYS, Lookback},
};
use tributary_core::{Currency, Fault, Violations};
use tributary_proto::tributary::analytics::v1::{
    self as pb, AttributionModelKind as Kind, AttributionUnit, JourneySource,
};
use tributary_rpc::convert::{date, decimal};

use crate::app::attribute::{AttributionQuery, Source, Unit};

/// Decimals of a half-life.
const HALF_LIFE_SCALE: u32 = 6;
/// Half-life where none is stated.
const HALF_LIFE: f64 = 7.0;

/// Reads a question.
///
/// # Errors
/// Every violation at once.
pub fn query(request: &pb::AttributeRequest) -> Result<AttributionQuery, Fault> {
    let mut v = Violations::new();
    let mut asked = Vec::with_capacity(request.models.len());
    for (i, stated) in request.models.iter().enumerate() {
        asked.extend(model(&mut v, i, stated));
    }
    let unit = match AttributionUnit::try_from(request.unit) {
        Ok(AttributionUnit::Unspecified | AttributionUnit::Channel) => Unit::Channel,
        Ok(AttributionUnit::Partner) => Unit::Partner,
        Ok(AttributionUnit::ChannelAndPartner) => Unit::ChannelAndPartner,
        Err(_) => {
            v.add("unit", format!("{} is not a unit; use 1 to 3", request.unit));
            Unit::Channel
        }
    };
    let source = source(&mut v, request);
    let from = request.from.as_ref().and_then(|day| v.check("from", date(day)));
    let to = request.to.as_ref().and_then(|day| v.check("to", date(day)));
    if let (Some(first), Some(end)) = (from, to)
        && end < first
    {
        v.add("to", format!("{end} is before from {first}; it is the first day no longer wanted"));
    }
    let currency = match request.currency_code.as_str() {
        "" => None,
        code => v.check("currency_code", Currency::parse(code)),
    };
    // A model that cannot be read is missing from the list, so places would be wrong: its violations come first.
    v.into_result()?;
    let models = Models::new(asked).map_err(Fault::invalid)?;
    Ok(AttributionQuery { models, source, from, to, unit, currency })
}

fn source(v: &mut Violations, request: &pb::AttributeRequest) -> Source {
    let (default, longest) = LOOKBACK_DAYS;
    match JourneySource::try_from(request.source) {
        Ok(JourneySource::Touchpoints) => {
            let days = if request.lookback_days == 0 { default } else { i64::from(request.lookback_days) };
            if !(1..=longest).contains(&days) {
                v.add("lookback_days", format!("{days} is not a lookback; use 1 to {longest}"));
            }
            return Source::Touchpoints(Lookback::of_days(days));
        }
        Ok(JourneySource::Unspecified | JourneySource::Recorded) => {
            if request.lookback_days != 0 {
                v.add("lookback_days", "is of journeys from touchpoints only; leave it unset");
            }
        }
        Err(_) => v.add("source", format!("{} is not a source; use 1 or 2", request.source)),
    }
    Source::Recorded
}

fn model(v: &mut Violations, index: usize, stated: &pb::AttributionModel) -> Option<Model> {
    let kind = Kind::try_from(stated.kind).unwrap_or_default();
    if stated.half_life.is_some() && kind != Kind::TimeDecay {
        v.add(format!("models[{index}].half_life"), "is of time decay only; leave it unset");
    }
    if stated.order != 0 && kind != Kind::Markov {
        v.add(format!("models[{index}].order"), "is of the Markov model only; leave it unset");
    }
    match kind {
        Kind::Unspecified => {
            v.add(format!("models[{index}].kind"), format!("{} is not a kind of model; use 1 to 7", stated.kind));
            None
        }
        Kind::First => Some(Model::First),
        Kind::Last => Some(Model::Last),
        Kind::Linear => Some(Model::Linear),
        Kind::PositionBased => Some(Model::PositionBased),
        Kind::TimeDecay => {
            let Some(text) = &stated.half_life else { return Some(Model::TimeDecay { half_life: HALF_LIFE }) };
            let field = format!("models[{index}].half_life");
            let value = v.check(&field, decimal(text, HALF_LIFE_SCALE))?;
            // A decimal of few digits always reads as the float that is nearest to it.
            let half_life = v.check(&field, value.to_string().parse::<f64>())?;
            Some(Model::TimeDecay { half_life })
        }
        Kind::Markov => Some(Model::Markov { order: usize::try_from(stated.order.max(1)).unwrap_or(1) }),
        Kind::Shapley => Some(Model::Shapley),
    }
}
