//! Results of attribution as protobuf messages.
#![expect(
    clippy::float_arithmetic,
    reason = "shares of a value, counted at the scale of facts, are shown in major units"
)]

use analytics_domain::attribution::{Coalition, Credit, End, Model, ModelResult, Proof, Synergy, Transition};
use tributary_core::{FactAmount, Fault};
use tributary_proto::{
    google::r#type::{Decimal, Money},
    tributary::analytics::v1::{self as pb, AttributionModelKind as Kind, TransitionTarget},
};
use tributary_rpc::convert::money_to_proto;

use crate::app::attribute::{Attributed, Unit};

/// What the writers of parts need.
struct Writer<'a> {
    answer: &'a Attributed,
    unit: Unit,
    /// Most items of a proof.
    limit: usize,
    /// What a value is divided by to be in major units.
    scale: f64,
}

/// Writes an answer with at most `limit` items per proof.
///
/// # Errors
/// `INTERNAL` for a sum of values that no message holds.
pub fn answer(answer: &Attributed, unit: Unit, limit: usize) -> Result<pb::AttributeResponse, Fault> {
    let digits = answer.currency.map_or(0, |currency| currency.fact_scale());
    let scale = (0..digits).fold(1.0, |scale, _| scale * 10.0);
    let writer = Writer { answer, unit, limit, scale };
    let analysis = &answer.analysis;
    let totals = &analysis.totals;
    Ok(pb::AttributeResponse {
        results: analysis.results.iter().map(|r| writer.result(r)).collect::<Result<_, Fault>>()?,
        totals: Some(pb::JourneyTotals {
            row_count: long(totals.rows),
            touch_count: long(totals.touches),
            conversions: long(totals.conversions),
            nulls: long(totals.nulls),
            value: writer.money(totals.value)?,
            other_currency_row_count: long(answer.left_out),
        }),
        synergies: analysis.synergy.iter().take(limit).map(|s| writer.synergy(s)).collect(),
        synergy_total_count: count(analysis.synergy.len()),
    })
}

impl Writer<'_> {
    fn result(&self, result: &ModelResult) -> Result<pb::ModelResult, Fault> {
        let credits = (0_u16..).zip(&result.credits).map(|(label, credit)| self.credit(label, credit)).collect();
        let mut written = pb::ModelResult {
            model: Some(model(&result.model)),
            definition: result.model.definition(),
            credits,
            markov: None,
            shapley: None,
        };
        match &result.proof {
            Proof::None => {}
            Proof::Markov(proof) => {
                written.markov = Some(pb::MarkovProof {
                    state_count: count(proof.state_count),
                    conversion_probability: number(proof.conversion_probability),
                    value_per_journey: self.valued(proof.value_per_journey),
                    transitions: proof.transitions.iter().take(self.limit).map(|t| self.transition(t)).collect(),
                    transition_total_count: count(proof.transitions.len()),
                });
            }
            Proof::Shapley(coalitions) => {
                written.shapley = Some(pb::ShapleyProof {
                    coalitions: coalitions
                        .iter()
                        .take(self.limit)
                        .map(|c| self.coalition(c))
                        .collect::<Result<_, Fault>>()?,
                    coalition_total_count: count(coalitions.len()),
                });
            }
        }
        Ok(written)
    }

    fn credit(&self, label: u16, credit: &Credit) -> pb::UnitCredit {
        let (conversions, value) = credit.removal.unzip();
        pb::UnitCredit {
            unit: Some(self.named(label)),
            conversions: number(credit.conversions),
            value: self.valued(credit.value),
            removal_effect_conversions: conversions.and_then(number),
            removal_effect_value: value.filter(|_| self.answer.currency.is_some()).and_then(number),
        }
    }

    fn transition(&self, step: &Transition) -> pb::MarkovTransition {
        let (to, target) = match &step.to {
            End::State(state) => (self.state(state), TransitionTarget::State),
            End::Conversion => (Vec::new(), TransitionTarget::Conversion),
            End::Null => (Vec::new(), TransitionTarget::Null),
        };
        pb::MarkovTransition {
            from: self.state(&step.from),
            to,
            target: target.into(),
            weight: long(step.weight),
            probability: number(step.probability),
        }
    }

    fn coalition(&self, coalition: &Coalition) -> Result<pb::CoalitionWorth, Fault> {
        Ok(pb::CoalitionWorth {
            members: self.state(&coalition.members),
            conversions: long(coalition.conversions),
            value: self.money(coalition.value)?,
        })
    }

    fn synergy(&self, synergy: &Synergy) -> pb::ChannelSynergy {
        pb::ChannelSynergy {
            from: Some(self.named(synergy.from)),
            to: Some(self.named(synergy.to)),
            step_count: long(synergy.steps),
            converting_step_count: long(synergy.converting_steps),
            share_of_from: number(synergy.share_of_from),
            share_of_to: number(synergy.share_of_to),
            lift: number(synergy.lift),
        }
    }

    fn state(&self, labels: &[u16]) -> Vec<pb::CreditedUnit> {
        labels.iter().map(|label| self.named(*label)).collect()
    }

    fn named(&self, label: u16) -> pb::CreditedUnit {
        let label = self.answer.analysis.labels.get(usize::from(label)).map_or("", String::as_str);
        let (channel, partner) = match self.unit {
            Unit::Channel => (label, ""),
            Unit::Partner => ("", label),
            Unit::ChannelAndPartner => label.split_once('\t').unwrap_or((label, "")),
        };
        let partner = if partner.is_empty() { String::new() } else { format!("partners/{partner}") };
        pb::CreditedUnit { channel: channel.to_owned(), partner }
    }

    /// A share of the value in major units.
    fn valued(&self, share: f64) -> Option<Decimal> {
        self.answer.currency.and_then(|_| number(share / self.scale))
    }

    fn money(&self, value: i128) -> Result<Option<Money>, Fault> {
        let Some(currency) = self.answer.currency else { return Ok(None) };
        let value = i64::try_from(value).map_err(|_| {
            Fault::new(
                analytics_domain::reasons::AMOUNT_OVERFLOW,
                "the sum of the values does not fit 64 bits; ask for fewer days",
            )
        })?;
        Ok(Some(money_to_proto(FactAmount { currency, value })))
    }
}

/// A float in full: as many digits as tell it from its neighbours, no exponent.
#[expect(clippy::unnecessary_wraps, reason = "every use is a field of a message")]
fn number(value: f64) -> Option<Decimal> {
    Some(Decimal { value: value.to_string() })
}

fn long(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn count(value: usize) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

fn model(model: &Model) -> pb::AttributionModel {
    let of = |kind: Kind| pb::AttributionModel { kind: kind.into(), ..pb::AttributionModel::default() };
    match model {
        Model::First => of(Kind::First),
        Model::Last => of(Kind::Last),
        Model::Linear => of(Kind::Linear),
        Model::PositionBased => of(Kind::PositionBased),
        Model::TimeDecay { half_life } => pb::AttributionModel { half_life: number(*half_life), ..of(Kind::TimeDecay) },
        Model::Markov { order } => pb::AttributionModel { order: count(*order), ..of(Kind::Markov) },
        Model::Shapley => of(Kind::Shapley),
    }
}
