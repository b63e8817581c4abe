//! The digest of a fact's content.

use tributary_core::FactAmount;

use super::{ChannelClass, Fact, QUANTITY_SCALE};
use crate::canonical::{Canonical, scaled_text};

/// SHA-256 over [`content_text`].
#[must_use]
pub fn content_hash(fact: &Fact, partner_business_key: &str) -> [u8; 32] {
    content(fact, partner_business_key).sha256()
}

/// The canonical text (see [`crate::canonical`]) of the business fields, in this order: kind, partner (its
/// business key), occurred_on, currency, net, gross, cost, quantity, sku, product_line, region, channel, sub_channel,
/// original_source_id, order_id, customer_key. The first line is "tributary.fact.v1". Numbers are in major units without
/// needless zeros; an unset number or channel is `-`, unset text is empty. The last two came later: each is a line only
/// when it is set, so that a fact without them has the digest it always had. The source key, labels, record time and
/// batch are no part of it.
#[must_use]
pub fn content_text(fact: &Fact, partner_business_key: &str) -> String {
    content(fact, partner_business_key).text()
}

fn content(fact: &Fact, partner_business_key: &str) -> Canonical {
    let amount = |a: FactAmount| scaled_text(a.value, a.currency.fact_scale());
    let text = Canonical::new("tributary.fact.v1")
        .field("kind", fact.kind.name())
        .field("partner", partner_business_key)
        .field("occurred_on", &fact.occurred_on.to_string())
        .field("currency", fact.currency.code())
        .field("net", &amount(fact.net_amount()))
        .optional("gross", fact.gross_amount().map(amount).as_deref())
        .optional("cost", fact.cost_amount().map(amount).as_deref())
        .optional("quantity", fact.quantity.map(|q| scaled_text(q, QUANTITY_SCALE)).as_deref())
        .field("sku", &fact.sku)
        .field("product_line", &fact.product_line)
        .field("region", &fact.region)
        .optional("channel", fact.channel.map(ChannelClass::name))
        .field("sub_channel", &fact.sub_channel)
        .field("original_source_id", &fact.original_source_id);
    let later = [("order_id", &fact.order_id), ("customer_key", &fact.customer_key)];
    let set = later.into_iter().filter(|(_, value)| !value.is_empty());
    set.fold(text, |text, (name, value)| text.field(name, value))
}
