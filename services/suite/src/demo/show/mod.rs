//! Shows what came of the year, as tables or as NDJSON.

mod contracts;
mod figures;
mod incentives;

pub(super) use contracts::{severity, value};
pub(super) use figures::{class_letter, credits, kpi_cells, status};
pub(super) use incentives::{results, setup};

use super::{network::Member, picture::Picture};
use crate::output::{self, message_json};

/// Contracts and warnings, figures, attribution.
pub(super) fn picture(picture: &Picture, network: &[Member], json: bool) {
    if json {
        return as_json(picture);
    }
    contracts::overdue(picture, network);
    contracts::alerts(picture, network);
    figures::kpis(picture);
    figures::channels(picture);
    figures::classes(picture);
    figures::targets(picture);
    figures::attribution(picture);
}

fn as_json(picture: &Picture) {
    let line = |name: &str, value| output::json_line(&serde_json::json!({ name: value }));
    picture.overdue.iter().for_each(|o| line("overdueObligation", message_json(o)));
    picture.alerts.iter().for_each(|a| line("alert", message_json(a)));
    picture.commitments.iter().for_each(|c| line("commitment", message_json(c)));
    picture.quarters.iter().chain(&picture.channels).for_each(|r| line("metrics", message_json(r)));
    line("volumeClasses", message_json(&picture.classes));
    picture.targets.iter().for_each(|t| line("target", message_json(t)));
    line("attribution", message_json(&picture.attribution));
}

/// The display name of a partner; its resource name where it is not of the demo.
pub(super) fn name_of(network: &[Member], partner: &str) -> String {
    let found = network.iter().find(|m| m.resource() == partner);
    found.map_or_else(|| partner.to_owned(), |m| m.name.clone())
}
