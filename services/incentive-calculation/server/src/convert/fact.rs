//! Sales facts.

use incentive_calculation_domain::fact::{FactDraft, FactKind, MoneyParts, QUANTITY_SCALE};
use tributary_core::{Date, Decimal, ResourceId, Violations, Zone};
use tributary_proto::{
    google::r#type::Money,
    tributary::common::v1::ExternalRef,
    tributary::incentive::v1::{
        self as pb,
        sales_fact::{Occurred, PartnerRef as NamedBy},
    },
};
use tributary_rpc::convert::{date, date_to_proto, decimal_to_proto, money_to_proto, timestamp, timestamp_to_proto};

use super::{channel, channel_to_proto, kind, kind_to_proto};
use crate::{
    app::record_facts::FactRow,
    ports::{PartnerRef, StoredFact},
};

/// Reads a row. What is wrong with the partner's name or the date stands in the row's violations.
#[must_use]
pub fn fact_row(fact: pb::SalesFact, zone: &Zone) -> FactRow {
    let mut faults = Violations::new();
    // What cannot be read is told here; a stand-in keeps the domain from calling it missing. The row is refused anyway.
    let stand_in = Date::from_days(0);
    let occurred_on = match &fact.occurred {
        Some(Occurred::OccurredOn(day)) => Some(faults.check("occurred_on", date(day)).unwrap_or(stand_in)),
        Some(Occurred::OccurredAt(at)) => {
            Some(faults.check("occurred_at", timestamp(at)).map_or(stand_in, |t| zone.day_of(t)))
        }
        None => None,
    };
    let named = match fact.partner_ref {
        Some(NamedBy::Partner(name)) => {
            faults.check("partner", ResourceId::from_name("partners", &name)).map(|id| PartnerRef::Id(id.to_string()))
        }
        Some(NamedBy::PartnerExternalRef(r)) => external(r, &mut faults),
        None => {
            faults.add("partner", "is missing; name the partner by resource name or by partner_external_ref");
            None
        }
    };
    let stated_kind = match (kind(fact.kind), fact.kind) {
        (None, unknown) if unknown != 0 => {
            faults.add("kind", format!("{unknown} is not a kind of fact; use 1 to 4"));
            Some(FactKind::Adjustment)
        }
        (known, _) => known,
    };
    if channel(fact.channel).is_none() && fact.channel != 0 {
        faults.add("channel", format!("{} is not a channel class; use 0 to 3", fact.channel));
    }
    let draft = FactDraft {
        source_system: fact.source_system,
        source_id: fact.source_id,
        kind: stated_kind,
        occurred_on,
        sku: fact.sku,
        product_line: fact.product_line,
        region: fact.region,
        channel: channel(fact.channel),
        sub_channel: fact.sub_channel,
        quantity: fact.quantity.map(|q| q.value),
        gross: fact.gross.map(money_parts),
        net: fact.net.map(money_parts),
        cost: fact.cost.map(money_parts),
        original_source_id: fact.original_source_id,
        order_id: fact.order_id,
        customer_key: fact.customer_key,
        labels: fact.labels.into_iter().collect(),
    };
    let partner = match named {
        Some(named) if faults.is_empty() => Ok(named),
        _ => Err(faults),
    };
    FactRow { draft, partner }
}

/// A key in another system, within the bounds of `ExternalRef`: rows are validated one by one, not by annotation.
pub(super) fn external(r: ExternalRef, faults: &mut Violations) -> Option<PartnerRef> {
    let before = faults.as_slice().len();
    faults.check("partner_external_ref.system", ResourceId::parse(&r.system));
    if r.id.is_empty() || r.id.chars().count() > 200 || r.id.chars().any(char::is_control) {
        let shown: String = r.id.chars().take(40).collect();
        faults.add(
            "partner_external_ref.id",
            format!("{shown:?} is not a key; use 1 to 200 characters without control characters, such as \"17850\""),
        );
    }
    (faults.as_slice().len() == before).then_some(PartnerRef::External { system: r.system, id: r.id })
}

pub(super) fn money_parts(money: Money) -> MoneyParts {
    MoneyParts { currency: money.currency_code, units: money.units, nanos: money.nanos }
}

/// Writes a fact as it is kept.
#[must_use]
pub fn fact_to_proto(stored: &StoredFact) -> pb::SalesFact {
    let fact = &stored.fact;
    pb::SalesFact {
        source_system: fact.source_system.clone(),
        source_id: fact.source_id.clone(),
        partner_ref: Some(NamedBy::Partner(format!("partners/{}", stored.partner_id))),
        kind: kind_to_proto(fact.kind),
        occurred: Some(Occurred::OccurredOn(date_to_proto(fact.occurred_on))),
        sku: fact.sku.clone(),
        product_line: fact.product_line.clone(),
        region: fact.region.clone(),
        channel: channel_to_proto(fact.channel),
        sub_channel: fact.sub_channel.clone(),
        quantity: fact.quantity.map(|q| decimal_to_proto(Decimal::from_i128_with_scale(i128::from(q), QUANTITY_SCALE))),
        gross: fact.gross_amount().map(money_to_proto),
        net: Some(money_to_proto(fact.net_amount())),
        cost: fact.cost_amount().map(money_to_proto),
        original_source_id: fact.original_source_id.clone(),
        order_id: fact.order_id.clone(),
        customer_key: fact.customer_key.clone(),
        labels: fact.labels.clone().into_iter().collect(),
        record_time: Some(timestamp_to_proto(stored.record_time)),
        batch: stored.batch,
        content_digest: hex::encode(stored.content_hash),
    }
}
