//! Words of the API by the words of a file.

use tributary_proto::tributary::{
    incentive::v1::{ChannelClass, FactKind},
    partner::v1::{PartnerKind, PartnerStatus},
};

/// The full name of an enum value: "sell-in" and "SELL_IN" are `FACT_KIND_SELL_IN`.
pub(in crate::mapping) fn enum_name(prefix: &str, text: &str) -> String {
    let name = text.trim().to_uppercase().replace(['-', ' '], "_");
    if name.starts_with(prefix) { name } else { format!("{prefix}{name}") }
}

pub(in crate::mapping) fn fact_kind(name: &str) -> Option<i32> {
    FactKind::from_str_name(name).map(i32::from).filter(|n| *n != 0)
}

pub(in crate::mapping) fn channel_class(name: &str) -> Option<i32> {
    ChannelClass::from_str_name(name).map(i32::from)
}

pub(in crate::mapping) fn partner_kind(name: &str) -> Option<i32> {
    PartnerKind::from_str_name(name).map(i32::from).filter(|n| *n != 0)
}

pub(in crate::mapping) fn partner_status(name: &str) -> Option<i32> {
    PartnerStatus::from_str_name(name).map(i32::from)
}
