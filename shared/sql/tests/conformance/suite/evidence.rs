//! The evidence log: one end per tenant however many write at once, nothing of what was rolled back, proofs from its nodes.

use tributary_core::{TenantId, Timestamp};
use tributary_evidence::{NodeId, Tree, inclusion, leaf, nodes, path, verify_inclusion};
use tributary_sql::{EvidenceStore, EvidenceTx, NewEvidence};

use super::{
    Pool,
    fixture::{commit, store, tenant},
};

fn entries(names: &[String]) -> Vec<NewEvidence> {
    names.iter().map(|name| NewEvidence { subject: format!("things/{name}"), content: name.clone() }).collect()
}

async fn attest(pool: &Pool, tenant: &TenantId, names: &[String]) {
    let mut tx = pool.begin().await.expect("begun");
    tx.attest(tenant, &entries(names), Timestamp(7)).await.expect("added");
    commit(tx).await;
}

async fn contents(pool: &Pool, tenant: &TenantId) -> Vec<String> {
    let read = pool.evidence(tenant, 0, 10_000).await.expect("read");
    assert!((0_i64..).zip(&read).all(|(position, entry)| entry.position == position), "no gaps");
    read.into_iter().map(|entry| entry.content).collect()
}

#[tokio::test]
async fn writers_at_once_make_one_log() {
    let Some((_database, pool)) = store().await else { return };
    let writers = (0..16).map(|writer| {
        let pool = pool.clone();
        let names: Vec<String> = (0..writer % 4).map(|entry| format!("{writer}-{entry}")).collect();
        tokio::spawn(async move { attest(&pool, &tenant(), &names).await })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.expect("a writer");
    }
    let told = contents(&pool, &tenant()).await;
    assert_eq!(told.len(), 24);
    let end = pool.evidence_frontier(&tenant()).await.expect("an end");
    assert_eq!((end.size(), end.root()), (24, Tree::of_entries(&told).root()));
    let other = TenantId::parse("other").expect("a tenant");
    assert_eq!(pool.evidence_frontier(&other).await.expect("an end").size(), 0);
    let about = pool.evidence_about(&tenant(), "things/3-2").await.expect("read");
    assert_eq!(about.iter().map(|entry| entry.content.as_str()).collect::<Vec<_>>(), ["3-2"]);
}

#[tokio::test]
async fn what_is_rolled_back_leaves_no_entry() {
    let Some((_database, pool)) = store().await else { return };
    attest(&pool, &tenant(), &["kept".to_owned()]).await;
    let mut tx = pool.begin().await.expect("begun");
    tx.attest(&tenant(), &entries(&["lost".to_owned()]), Timestamp(7)).await.expect("added");
    drop(tx);
    attest(&pool, &tenant(), &["kept, too".to_owned()]).await;
    assert_eq!(contents(&pool, &tenant()).await, ["kept", "kept, too"]);
}

#[tokio::test]
async fn proofs_come_from_the_nodes_that_are_kept() {
    let Some((_database, pool)) = store().await else { return };
    // More than one statement of rows.
    let names: Vec<String> = (0..2_501).map(|entry| entry.to_string()).collect();
    attest(&pool, &tenant(), &names).await;
    let end = pool.evidence_frontier(&tenant()).await.expect("an end");
    for index in [0, 1_023, 1_024, 2_500] {
        let ranges = inclusion(index, 2_501).expect("in it");
        let known = pool.evidence_nodes(&tenant(), &nodes(&ranges)).await.expect("read");
        let get = |id: NodeId| known.iter().find(|(known, _)| *known == id).map(|(_, hash)| *hash);
        let path = path(&ranges, get).expect("all nodes");
        let entry = leaf(index.to_string().as_bytes());
        assert_eq!(verify_inclusion(&entry, (index, 2_501), &path, &end.root()), Ok(()));
    }
}
