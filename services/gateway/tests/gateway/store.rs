//! What a key store must do, on both engines.

use std::sync::Arc;

use tributary_core::{Role, TenantId, Timestamp};
use tributary_gateway::{
    ports::{GatewayStore, KeyRecord},
    store,
};
use tributary_sql::StoreError;
use tributary_testkit::{TestDatabase, engines};

fn tenant(name: &str) -> TenantId {
    TenantId::parse(name).expect("a tenant")
}

fn key(tenant_name: &str, prefix: &str, at: i64) -> KeyRecord {
    KeyRecord {
        tenant: tenant(tenant_name),
        prefix: prefix.to_owned(),
        subject: "erp-production".to_owned(),
        partners: vec!["partners/own".to_owned()],
        roles: vec![Role::Finance, Role::ChannelManager],
        secret_hash: [at.to_le_bytes()[0]; 32],
        creator: "bootstrap".to_owned(),
        create_time: Timestamp(at),
        expire_time: (at % 2 == 0).then_some(Timestamp(at + 1_000)),
        revoke_time: None,
    }
}

async fn insert(store: &Arc<dyn GatewayStore>, key: &KeyRecord) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.insert(key).await?;
    tx.commit().await
}

async fn each<F: AsyncFn(Arc<dyn GatewayStore>)>(check: F) {
    for engine in engines() {
        let database = TestDatabase::create(engine).await;
        let url = database.url().parse().expect("a store url");
        check(store::open(&url).await.expect("opens")).await;
        // A second start finds its tables.
        store::open(&url).await.expect("opens again");
    }
}

#[tokio::test]
async fn a_key_is_kept_as_it_is() {
    each(async |store| {
        for record in [key("default", "k1", 1), key("default", "k2", 2)] {
            insert(&store, &record).await.expect("inserted");
            assert_eq!(store.by_prefix(&record.prefix).await.expect("read"), Some(record));
        }
        assert_eq!(store.by_prefix("k3").await.expect("read"), None);
        assert_eq!(store.by_prefix("K1").await.expect("read"), None, "prefixes are compared byte for byte");
    })
    .await;
}

#[tokio::test]
async fn a_prefix_is_taken_once_over_all_tenants() {
    each(async |store| {
        insert(&store, &key("default", "k1", 1)).await.expect("inserted");
        for twin in [key("default", "k1", 2), key("other", "k1", 3)] {
            let refused = insert(&store, &twin).await.expect_err("taken");
            assert!(matches!(refused, StoreError::AlreadyExists(_)), "{refused:?}");
        }
        assert_eq!(store.by_prefix("k1").await.expect("read"), Some(key("default", "k1", 1)));
    })
    .await;
}

#[tokio::test]
async fn keys_are_listed_in_the_order_of_their_creation() {
    each(async |store| {
        for (prefix, at) in [("kb", 5), ("ka", 5), ("kz", 1), ("kc", 9)] {
            insert(&store, &key("default", prefix, at)).await.expect("inserted");
        }
        insert(&store, &key("other", "ko", 5)).await.expect("inserted");
        let list = async |after: Option<(i64, &str)>, limit| {
            let after = after.map(|(at, prefix)| (Timestamp(at), prefix.to_owned()));
            let keys = store.keys(&tenant("default"), after.as_ref(), limit).await.expect("listed");
            keys.into_iter().map(|key| key.prefix).collect::<Vec<_>>()
        };
        assert_eq!(list(None, 10).await, ["kz", "ka", "kb", "kc"]);
        assert_eq!(list(None, 2).await, ["kz", "ka"]);
        assert_eq!(list(Some((5, "ka")), 10).await, ["kb", "kc"]);
        assert_eq!(list(Some((9, "kc")), 10).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_key_is_revoked_once_and_by_its_tenant_only() {
    each(async |store| {
        insert(&store, &key("default", "k1", 1)).await.expect("inserted");
        let revoke = async |name: &str, at| {
            let mut tx = store.begin().await.expect("begun");
            let revoked = tx.revoke(&tenant(name), "k1", Timestamp(at)).await.expect("revoked");
            tx.commit().await.expect("kept");
            revoked.map(|key| key.revoke_time)
        };
        assert_eq!(revoke("other", 40).await, None);
        assert_eq!(store.by_prefix("k1").await.expect("read").expect("there").revoke_time, None);
        assert_eq!(revoke("default", 50).await, Some(Some(Timestamp(50))));
        assert_eq!(revoke("default", 60).await, Some(Some(Timestamp(50))), "the first time counts");
        assert_eq!(store.by_prefix("k1").await.expect("read").expect("there").revoke_time, Some(Timestamp(50)));
    })
    .await;
}

#[tokio::test]
async fn what_is_not_committed_is_not_kept() {
    each(async |store| {
        let mut tx = store.begin().await.expect("begun");
        assert!(tx.claim_first_start("k1", Timestamp(1)).await.expect("claimed"));
        tx.insert(&key("default", "k1", 1)).await.expect("inserted");
        drop(tx);
        assert_eq!(store.by_prefix("k1").await.expect("read"), None);
        let mut tx = store.begin().await.expect("begun");
        assert!(tx.claim_first_start("k2", Timestamp(2)).await.expect("claimed"), "the first start is still to come");
    })
    .await;
}

#[tokio::test]
async fn the_first_start_is_once() {
    each(async |store| {
        let starts = (0..8).map(|i| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut tx = store.begin().await.expect("begun");
                let prefix = format!("k{i}");
                let first = tx.claim_first_start(&prefix, Timestamp(1)).await.expect("claimed");
                if first {
                    tx.insert(&key("default", &prefix, 1)).await.expect("inserted");
                }
                tx.commit().await.expect("kept");
                first
            })
        });
        let first = futures::future::join_all(starts.collect::<Vec<_>>()).await;
        assert_eq!(first.into_iter().filter(|first| *first.as_ref().expect("ran")).count(), 1);
        assert_eq!(store.keys(&tenant("default"), None, 10).await.expect("listed").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_installation_that_has_keys_gets_no_first_one() {
    each(async |store| {
        insert(&store, &key("other", "k1", 1)).await.expect("inserted");
        let mut tx = store.begin().await.expect("begun");
        assert!(!tx.claim_first_start("k2", Timestamp(2)).await.expect("asked"));
    })
    .await;
}
