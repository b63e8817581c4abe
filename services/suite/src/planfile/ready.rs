//! The ready-made plans and tier programmes, in the binary by name, and those from files.

use tributary_proto::tributary::{
    incentive::v1::{PlanSpec, PriceListVersion, Promotion},
    partner::v1::TierProgramme,
};

use super::{parse, parse_price_list, parse_promotion, parse_tiers};
use crate::document::{FileFault, FileFaults, nearest};

/// The ready-made plans: name and text.
pub const READY: &[(&str, &str)] = &[
    ("standard-commission", include_str!("../../../../deploy/plans/standard-commission.yaml")),
    ("growth-rebate", include_str!("../../../../deploy/plans/growth-rebate.yaml")),
    ("reseller-rebates", include_str!("../../../../deploy/plans/reseller-rebates.yaml")),
    ("dealer-basic", include_str!("../../../../deploy/plans/dealer-basic.yaml")),
    ("dealer-advanced", include_str!("../../../../deploy/plans/dealer-advanced.yaml")),
    ("dealer-strategic", include_str!("../../../../deploy/plans/dealer-strategic.yaml")),
    ("distributor-rebates", include_str!("../../../../deploy/plans/distributor-rebates.yaml")),
    ("exclusive-agent", include_str!("../../../../deploy/plans/exclusive-agent.yaml")),
    ("live-commerce-agency", include_str!("../../../../deploy/plans/live-commerce-agency.yaml")),
    ("group-buy-leader", include_str!("../../../../deploy/plans/group-buy-leader.yaml")),
    ("cross-industry-split", include_str!("../../../../deploy/plans/cross-industry-split.yaml")),
    ("regional-overrides", include_str!("../../../../deploy/plans/regional-overrides.yaml")),
    ("strategic-profit-share", include_str!("../../../../deploy/plans/strategic-profit-share.yaml")),
];

/// The ready-made tier programmes: name and text.
pub const READY_TIERS: &[(&str, &str)] = &[("standard", include_str!("../../../../deploy/tiers/standard.yaml"))];

/// The ready-made price lists: name and text.
pub const READY_PRICE_LISTS: &[(&str, &str)] = &[("standard", include_str!("../../../../deploy/prices/standard.yaml"))];

/// The ready-made promotions: name and text.
pub const READY_PROMOTIONS: &[(&str, &str)] = &[("618", include_str!("../../../../deploy/prices/618.yaml"))];

/// Reads a plan by the name of a ready-made one, or from a file.
///
/// # Errors
/// Every fault of the file, or that there is none.
pub fn load(name: &str) -> Result<PlanSpec, FileFaults> {
    find(name, READY, "plan", parse)
}

/// Reads a tier programme by the name of a ready-made one, or from a file.
///
/// # Errors
/// Every fault of the file, or that there is none.
pub fn load_tiers(name: &str) -> Result<TierProgramme, FileFaults> {
    find(name, READY_TIERS, "tier programme", parse_tiers)
}

/// Reads a price list by the name of a ready-made one, or from a file.
///
/// # Errors
/// Every fault of the file, or that there is none.
pub fn load_price_list(name: &str) -> Result<PriceListVersion, FileFaults> {
    find(name, READY_PRICE_LISTS, "price list", parse_price_list)
}

/// Reads a promotion by the name of a ready-made one, or from a file.
///
/// # Errors
/// Every fault of the file, or that there is none.
pub fn load_promotion(name: &str) -> Result<Promotion, FileFaults> {
    find(name, READY_PROMOTIONS, "promotion", parse_promotion)
}

fn find<M>(
    name: &str,
    all: &[(&str, &str)],
    what: &str,
    parse: fn(&str, &str) -> Result<M, FileFaults>,
) -> Result<M, FileFaults> {
    if let Some((name, text)) = all.iter().find(|(ready, _)| *ready == name) {
        return parse(name, text);
    }
    let text = std::fs::read_to_string(name).map_err(|e| {
        let hint = nearest(name, all.iter().map(|(ready, _)| *ready));
        let message = format!("cannot be read ({e}); name a file or a ready-made {what}; {hint}");
        FileFaults { file: name.to_owned(), faults: vec![FileFault { path: String::new(), line: None, message }] }
    })?;
    parse(name, &text)
}
