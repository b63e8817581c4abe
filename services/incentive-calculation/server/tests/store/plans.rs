//! Programmes and plan versions: ids, numbers, revisions, states.

use incentive_calculation_domain::{
    plan::PlanSpec,
    plan_version::{PlanVersion, PlanVersionState},
    programme::Programme,
};
use tributary_core::{ResourceId, Timestamp};
use tributary_sql::StoreError;
use uuid::Uuid;

use crate::support::{stores, tenant};

fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).expect("id")
}

fn programme() -> Programme {
    Programme {
        id: id("g"),
        uid: Uuid::from_u128(1).to_string(),
        display_name: "G".to_owned(),
        slots: Vec::new(),
        calendar: None,
        create_time: Timestamp(1),
        revision: 1,
    }
}

fn version(number: i64, state: PlanVersionState, revision: i64) -> PlanVersion {
    PlanVersion {
        plan: id("p"),
        version: number,
        uid: Uuid::from_u128(2).to_string(),
        programme: id("g"),
        slot: id("s"),
        spec: PlanSpec::default(),
        spec_digest: "d".to_owned(),
        state,
        author: "maker".to_owned(),
        approver: None,
        create_time: Timestamp(1),
        approve_time: None,
        activate_time: None,
        retire_time: None,
        replaced: false,
        revision,
    }
}

#[tokio::test]
async fn ids_are_taken_once_and_versions_are_counted() {
    for opened in stores().await {
        let store = &opened.store;
        let mut tx = store.begin().await.expect("begin");
        tx.insert_programme(&tenant(), &programme()).await.expect("insert");
        for expected in 1..=2 {
            let next = tx.next_version(&tenant(), "p", "g", "s").await.expect("number");
            assert_eq!(next, (expected, "g".to_owned(), "s".to_owned()));
        }
        // Another slot does not change what the plan is for.
        let next = tx.next_version(&tenant(), "p", "g", "other").await.expect("number");
        assert_eq!(next, (3, "g".to_owned(), "s".to_owned()));
        tx.commit().await.expect("commit");
        assert_eq!(store.programme(&tenant(), "g").await.expect("read"), Some(programme()));
        assert_eq!(store.programmes(&tenant(), "g", 10).await.expect("list"), []);

        let mut tx = store.begin().await.expect("begin");
        let taken = tx.insert_programme(&tenant(), &programme()).await;
        assert!(matches!(taken, Err(StoreError::AlreadyExists(_))), "{taken:?}");
    }
}

#[tokio::test]
async fn a_version_changes_only_from_the_revision_that_was_seen() {
    for opened in stores().await {
        let store = &opened.store;
        let mut tx = store.begin().await.expect("begin");
        tx.insert_version(&tenant(), &version(1, PlanVersionState::Draft, 1)).await.expect("insert");
        tx.update_version(&tenant(), &version(1, PlanVersionState::Active, 2)).await.expect("update");
        assert_eq!(tx.active_versions(&tenant(), "g").await.expect("active").len(), 1);
        tx.commit().await.expect("commit");
        assert_eq!(store.active_versions(&tenant(), "g").await.expect("active").len(), 1);

        let mut tx = store.begin().await.expect("begin");
        let stale = tx.update_version(&tenant(), &version(1, PlanVersionState::Retired, 2)).await;
        assert_eq!(stale, Err(StoreError::Conflict));
        drop(tx);
        let all = store.plan_versions(&tenant(), None, ("", 0), 10).await.expect("list");
        assert_eq!(all.iter().map(|v| (v.version, v.revision)).collect::<Vec<_>>(), [(1, 2)]);
        assert_eq!(store.plan_versions(&tenant(), Some("p"), ("p", 1), 10).await.expect("list"), []);
        assert_eq!(store.plan_version(&tenant(), "p", 2).await.expect("read"), None);
    }
}
