//! From the message to the fact. Facts are checked where they are recorded, so whatever cannot be read here was written
//! by a version of incentive-calculation that this one does not understand; it is told in full, and no fact is guessed.

use tributary_core::{FactAmount, Fault, ResourceId, Violations};
use tributary_proto::{
    google::r#type::{Decimal as DecimalText, Money},
    tributary::incentive::v1::{
        self as pb,
        sales_fact::{Occurred, PartnerRef},
    },
};
use tributary_rpc::convert::{date, decimal, fact_amount};

use crate::fact::{ChannelClass, FactKind, FeedFact, QUANTITY_SCALE};

impl TryFrom<pb::SalesFact> for FeedFact {
    type Error = Fault;

    /// Reads a recorded fact; `INVALID_REQUEST` with every violation.
    fn try_from(stated: pb::SalesFact) -> Result<Self, Fault> {
        let mut v = Violations::new();
        let kind = v.check("kind", kind(stated.kind));
        let channel = v.check("channel", channel(stated.channel));
        let partner = match &stated.partner_ref {
            Some(PartnerRef::Partner(name)) => v.check("partner", ResourceId::from_name("partners", name)),
            _ => missing(&mut v, "partner"),
        };
        let occurred_on = match &stated.occurred {
            Some(Occurred::OccurredOn(day)) => v.check("occurred_on", date(day)),
            _ => missing(&mut v, "occurred_on"),
        };
        let quantity = v.check("quantity", stated.quantity.as_ref().map_or(Ok(0), quantity));
        let net = match &stated.net {
            Some(net) => v.check("net", fact_amount(net)),
            None => missing(&mut v, "net"),
        };
        let gross = beside(&mut v, "gross", stated.gross.as_ref(), net);
        let cost = beside(&mut v, "cost", stated.cost.as_ref(), net);
        match (kind, channel, partner, occurred_on, quantity, net) {
            (Some(kind), Some(channel), Some(partner), Some(occurred_on), Some(quantity), Some(net))
                if v.is_empty() =>
            {
                Ok(Self {
                    source_system: stated.source_system,
                    source_id: stated.source_id,
                    partner,
                    kind,
                    occurred_on,
                    order_id: stated.order_id,
                    customer_key: stated.customer_key,
                    sku: stated.sku,
                    product_line: stated.product_line,
                    region: stated.region,
                    channel,
                    sub_channel: stated.sub_channel,
                    quantity,
                    net,
                    gross,
                    cost,
                })
            }
            _ => {
                let mut named = Violations::new();
                named.nest(&format!("facts[{}:{}]", stated.source_system, stated.source_id), v);
                Err(Fault::invalid(named))
            }
        }
    }
}

fn missing<T>(v: &mut Violations, field: &str) -> Option<T> {
    v.add(field, "is not set; a recorded fact always has it");
    None
}

fn kind(number: i32) -> Result<FactKind, String> {
    match pb::FactKind::try_from(number) {
        Ok(pb::FactKind::SellIn) => Ok(FactKind::SellIn),
        Ok(pb::FactKind::SellOut) => Ok(FactKind::SellOut),
        Ok(pb::FactKind::Return) => Ok(FactKind::Return),
        Ok(pb::FactKind::Adjustment) => Ok(FactKind::Adjustment),
        Ok(pb::FactKind::Unspecified) | Err(_) => {
            Err(format!("{number} is not a kind of fact known here; update this service"))
        }
    }
}

fn channel(number: i32) -> Result<Option<ChannelClass>, String> {
    match pb::ChannelClass::try_from(number) {
        Ok(pb::ChannelClass::Unspecified) => Ok(None),
        Ok(pb::ChannelClass::Online) => Ok(Some(ChannelClass::Online)),
        Ok(pb::ChannelClass::Offline) => Ok(Some(ChannelClass::Offline)),
        Ok(pb::ChannelClass::Emerging) => Ok(Some(ChannelClass::Emerging)),
        Err(_) => Err(format!("{number} is not a class of channels known here; update this service")),
    }
}

/// An amount that need not be set; when it is, it has the currency of `net`, so that the two may be set against each
/// other.
fn beside(v: &mut Violations, field: &str, stated: Option<&Money>, net: Option<FactAmount>) -> Option<FactAmount> {
    let amount = v.check(field, fact_amount(stated?))?;
    if let Some(net) = net.filter(|net| net.currency != amount.currency) {
        v.add(field, format!("is in {}, net in {}; a recorded fact has one currency", amount.currency, net.currency));
    }
    Some(amount)
}

/// A quantity as an integer at its scale.
fn quantity(stated: &DecimalText) -> Result<i64, String> {
    let value = decimal(stated, QUANTITY_SCALE)?;
    let factor = 10_i128.saturating_pow(QUANTITY_SCALE.saturating_sub(value.scale()));
    let scaled = value.mantissa().checked_mul(factor).and_then(|q| i64::try_from(q).ok());
    scaled.ok_or_else(|| format!("{value} is too large for 64 bits at {QUANTITY_SCALE} decimals"))
}

#[cfg(test)]
mod tests;
