//! Partners that a suite knows before it is measured.

use anyhow::{Result, ensure};
use tributary::cli::Connection;
use tributary_proto::tributary::{
    common::v1::ExternalRef,
    partner::v1::{BatchUpsertPartnersRequest, Partner, PartnerKind, PartnerStatus, PartnerUpsert},
};

/// Partners of one call: the most that one takes.
const BATCH: usize = 1_000;

/// Creates the active dealers "p0", "p1" and so on.
///
/// # Errors
/// When the suite refuses one.
pub async fn create(gateway: &Connection, count: u64) -> Result<()> {
    for first in (0..count).step_by(BATCH) {
        let items = (first..count).take(BATCH).map(dealer).collect();
        let request = BatchUpsertPartnersRequest { items };
        let answer = gateway.partners().batch_upsert_partners(request).await?.into_inner();
        let refused = answer.results.iter().find_map(|result| result.error.as_ref());
        ensure!(refused.is_none(), "a partner is refused: {refused:?}");
    }
    Ok(())
}

fn dealer(number: u64) -> PartnerUpsert {
    PartnerUpsert {
        partner: Some(Partner {
            display_name: format!("Partner {number}"),
            kind: PartnerKind::Dealer.into(),
            external_refs: vec![ExternalRef { system: "bench".to_owned(), id: number.to_string() }],
            ..Partner::default()
        }),
        partner_id: format!("p{number}"),
        initial_status: PartnerStatus::Active.into(),
    }
}
