//! Partners that a suite knows before it is measured.

use anyhow::{Result, ensure};
use tributary::cli::Connection;
use tributary_proto::tributary::{
    common::v1::ExternalRef,
    partner::v1::{BatchUpsertPartnersRequest, Partner, PartnerKind, PartnerStatus, PartnerUpsert},
};

/// Creates the active dealers "p0", "p1" and so on, at most 1,000.
///
/// # Errors
/// When the suite refuses one.
pub async fn create(gateway: &Connection, count: u64) -> Result<()> {
    let items = (0..count).map(|number| PartnerUpsert {
        partner: Some(Partner {
            display_name: format!("Partner {number}"),
            kind: PartnerKind::Dealer.into(),
            external_refs: vec![ExternalRef { system: "bench".to_owned(), id: number.to_string() }],
            ..Partner::default()
        }),
        partner_id: format!("p{number}"),
        initial_status: PartnerStatus::Active.into(),
    });
    let request = BatchUpsertPartnersRequest { items: items.collect() };
    let answer = gateway.partners().batch_upsert_partners(request).await?.into_inner();
    let refused = answer.results.iter().find_map(|result| result.error.as_ref());
    ensure!(refused.is_none(), "a partner is refused: {refused:?}");
    Ok(())
}
