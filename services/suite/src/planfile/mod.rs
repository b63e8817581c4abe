//! Plan files: YAML or JSON with `apiVersion`, `kind: Plan` and then a `PlanSpec` in proto3 JSON names. Decimals are
//! quoted texts and dates are written as people write them; everything wrong comes at once, with path and line.

mod build;
mod ready;
mod schema;

pub use ready::{
    READY, READY_PRICE_LISTS, READY_PROMOTIONS, READY_TIERS, load, load_price_list, load_promotion, load_tiers,
};
pub use schema::schema;

use prost::{Message, Name};
use serde_yaml_ng::Value;
use tributary_proto::tributary::{
    incentive::v1::{PlanSpec, PriceListVersion, Promotion},
    partner::v1::TierProgramme,
};

use crate::document::{Document, FileFaults, Path};

/// Reads a plan file.
///
/// # Errors
/// Every fault, with path, line and remedy. What a plan means is for the service to check.
pub fn parse(name: &str, text: &str) -> Result<PlanSpec, FileFaults> {
    read(name, text, "Plan")
}

/// Reads the file of a tier programme: the same form, with `kind: TierProgramme` and a `TierProgramme`.
///
/// # Errors
/// As [`parse`].
pub fn parse_tiers(name: &str, text: &str) -> Result<TierProgramme, FileFaults> {
    read(name, text, "TierProgramme")
}

/// Reads the file of a price list: the same form, with `kind: PriceList` and a `PriceListVersion`.
///
/// # Errors
/// As [`parse`].
pub fn parse_price_list(name: &str, text: &str) -> Result<PriceListVersion, FileFaults> {
    read(name, text, "PriceList")
}

/// Reads the file of a promotion: the same form, with `kind: Promotion` and a `Promotion`.
///
/// # Errors
/// As [`parse`].
pub fn parse_promotion(name: &str, text: &str) -> Result<Promotion, FileFaults> {
    read(name, text, "Promotion")
}

fn read<M: Message + Name + Default>(name: &str, text: &str, kind: &str) -> Result<M, FileFaults> {
    let mut document = Document::parse(name, text)?;
    let mut root = document.root();
    let Value::Mapping(map) = &mut root else {
        document.fault(&Path::root(), "the file is no mapping; begin with apiVersion: tributary/v1");
        return document.finish(None);
    };
    document.expect_header(kind);
    map.shift_remove("apiVersion");
    map.shift_remove("kind");
    let descriptor = tributary_proto::pool().get_message_by_name(&M::full_name());
    let built = descriptor.and_then(|d| build::Builder { document: &mut document }.message(&Path::root(), &root, &d));
    let read = built.and_then(|message| message.transcode_to::<M>().ok());
    document.finish(read)
}

#[cfg(test)]
mod tests;
