//! The ready-made plans, in the binary by name, and plans from files.

use tributary_proto::tributary::incentive::v1::PlanSpec;

use super::parse;
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

/// Reads a plan by the name of a ready-made one, or from a file.
///
/// # Errors
/// Every fault of the file, or that there is none.
pub fn load(name: &str) -> Result<PlanSpec, FileFaults> {
    if let Some((name, text)) = READY.iter().find(|(ready, _)| *ready == name) {
        return parse(name, text);
    }
    let text = std::fs::read_to_string(name).map_err(|e| {
        let hint = nearest(name, READY.iter().map(|(ready, _)| *ready));
        let message = format!("cannot be read ({e}); name a file or a ready-made plan; {hint}");
        FileFaults { file: name.to_owned(), faults: vec![FileFault { path: String::new(), line: None, message }] }
    })?;
    parse(name, &text)
}
