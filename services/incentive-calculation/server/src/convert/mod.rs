//! Between the protobuf messages and the domain. Reading collects every violation; writing cannot fail.

pub mod accrual;
pub mod calendar;
pub mod closing;
pub mod deposit;
pub mod fact;
pub mod figure;
pub mod fund;
pub mod ledger;
pub mod parallel_run;
pub mod partner;
pub mod plan;
pub mod plan_description;
mod plan_out;
pub mod price;
pub mod quote;
pub mod run;
pub mod settlement;
pub mod simulation;
mod simulation_chart;
pub mod subsidy;
mod trace;

use incentive_calculation_domain::fact::{ChannelClass, FactKind};
use tributary_proto::tributary::incentive::v1 as pb;

/// The channel class of the domain as the message's number.
pub(crate) fn channel_to_proto(channel: Option<ChannelClass>) -> i32 {
    channel
        .map_or(pb::ChannelClass::Unspecified, |c| match c {
            ChannelClass::Online => pb::ChannelClass::Online,
            ChannelClass::Offline => pb::ChannelClass::Offline,
            ChannelClass::Emerging => pb::ChannelClass::Emerging,
        })
        .into()
}

/// The kind of the domain as the message's number.
fn kind_to_proto(kind: FactKind) -> i32 {
    i32::from(kind.number())
}

/// The kind of a message, `None` when it is not set or not known.
fn kind(number: i32) -> Option<FactKind> {
    FactKind::from_number(i64::from(number))
}

/// The channel class of a message, `None` when it is not set or not known.
pub(crate) fn channel(number: i32) -> Option<ChannelClass> {
    ChannelClass::from_number(i64::from(number))
}
