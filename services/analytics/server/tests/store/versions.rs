//! Versions of data: new with every transaction that says so, and only when it is committed.

use analytics_server::ports::versions::{Data, Versions};
use uuid::Uuid;

use crate::support::{Opened, other_tenant, stores, tenant};

async fn moved(opened: &Opened, data: &[Data], version: u128) {
    let mut tx = opened.ingest.begin_ingest().await.expect("begin");
    for data in data {
        tx.moved(&tenant(), *data, Uuid::from_u128(version)).await.expect("moved");
    }
    tx.commit().await.expect("commit");
}

#[tokio::test]
async fn a_version_is_that_of_the_last_transaction_that_was_committed() {
    for opened in stores().await {
        let versions = async || opened.versions.versions(&tenant()).await.expect("read");
        assert_eq!(versions().await, Versions::default());
        moved(&opened, &Data::ALL, 1).await;
        moved(&opened, &[Data::Costs], 2).await;
        let mut left = opened.sales.begin_sales().await.expect("begin");
        left.moved(&tenant(), Data::Sales, Uuid::from_u128(3)).await.expect("moved");
        drop(left);
        let expected = Data::ALL.map(|data| (data, Uuid::from_u128(if data == Data::Costs { 2 } else { 1 })));
        assert_eq!(versions().await, Versions(expected.into()));
        assert_eq!(opened.versions.versions(&other_tenant()).await, Ok(Versions::default()));
    }
}
