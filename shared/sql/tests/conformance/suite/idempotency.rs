//! A request id has one effect and one answer.

use std::time::Duration;

use tributary_core::{Scope, TenantId};
use tributary_sql::{Recall, RequestKey, RequestStore, StoreError, UnitOfWork};

use super::fixture::{NOW, commit, effect, entries, store, tenant};

fn key(request_id: &str, body: &[u8]) -> RequestKey {
    RequestKey::new((&tenant(), &Scope::Tenant), "ledger/Make", request_id, body).expect("an id")
}

#[tokio::test]
async fn a_key_is_new_then_known_and_another_body_is_noticed() {
    let Some((_database, pool)) = store().await else { return };
    let mut tx = pool.begin().await.expect("begun");
    assert_eq!(tx.recall(&key("r1", b"body"), NOW).await, Ok(Recall::New));
    tx.remember(&key("r1", b"body"), b"answer").await.expect("remembered");
    commit(tx).await;

    let mut tx = pool.begin().await.expect("begun");
    assert_eq!(tx.recall(&key("r1", b"body"), NOW).await, Ok(Recall::Known(b"answer".to_vec())));
    assert_eq!(tx.recall(&key("r1", b"other"), NOW).await, Ok(Recall::BodyDiffers));
    // Looking claims nothing, and is not kept waiting by who has claimed.
    assert_eq!(tx.recall(&key("claimed", b"body"), NOW).await, Ok(Recall::New));
    for _ in 0..2 {
        assert_eq!(pool.recalled(&key("r1", b"body"), NOW).await, Ok(Recall::Known(b"answer".to_vec())));
        assert_eq!(pool.recalled(&key("r1", b"other"), NOW).await, Ok(Recall::BodyDiffers));
        assert_eq!(pool.recalled(&key("claimed", b"body"), NOW).await, Ok(Recall::New));
        assert_eq!(pool.recalled(&key("never", b"body"), NOW).await, Ok(Recall::New));
    }
    // Another id, method or tenant is another request.
    let mut other_method = key("r1", b"body");
    other_method.method = "ledger/Cancel".to_owned();
    let mut other_tenant = key("r1", b"body");
    other_tenant.tenant = TenantId::parse("other").expect("a tenant");
    for other in [key("r2", b"body"), other_method, other_tenant] {
        assert_eq!(tx.recall(&other, NOW).await, Ok(Recall::New));
    }
}

#[tokio::test]
async fn a_claim_that_is_rolled_back_is_free_again() {
    let Some((_database, pool)) = store().await else { return };
    for _ in 0..3 {
        let mut tx = pool.begin().await.expect("begun");
        assert_eq!(tx.recall(&key("r1", b"body"), NOW).await, Ok(Recall::New));
        effect(&mut tx).await;
    }
    assert_eq!(entries(&pool).await, 0);
}

#[tokio::test]
async fn a_claim_without_an_answer_cannot_be_committed() {
    let Some((_database, pool)) = store().await else { return };
    let mut tx = pool.begin().await.expect("begun");
    tx.recall(&key("r1", b"body"), NOW).await.expect("recalled");
    effect(&mut tx).await;
    let error = Box::new(tx).commit().await.expect_err("refused");
    assert!(matches!(&error, StoreError::Internal(m) if m.contains("r1")), "{error}");
    assert_eq!(entries(&pool).await, 0);
    let mut tx = pool.begin().await.expect("begun");
    let error = tx.remember(&key("r1", b"body"), b"a").await.expect_err("not claimed");
    assert!(matches!(error, StoreError::Internal(_)), "{error}");
}

#[tokio::test]
async fn a_key_is_forgotten_after_thirty_days() {
    let Some((_database, pool)) = store().await else { return };
    for request in ["r1", "r2"] {
        let mut tx = pool.begin().await.expect("begun");
        tx.recall(&key(request, b"body"), NOW).await.expect("recalled");
        tx.remember(&key(request, b"body"), b"answer").await.expect("remembered");
        commit(tx).await;
    }
    let last_moment = NOW.plus_seconds(30 * 86_400);
    assert_eq!(pool.recalled(&key("r1", b"body"), last_moment).await, Ok(Recall::Known(b"answer".to_vec())));
    assert_eq!(pool.recalled(&key("r1", b"body"), last_moment.plus_micros(1)).await, Ok(Recall::New));
    let mut tx = pool.begin().await.expect("begun");
    assert_eq!(tx.recall(&key("r1", b"body"), last_moment).await, Ok(Recall::Known(b"answer".to_vec())));
    assert_eq!(tx.recall(&key("r1", b"new body"), last_moment.plus_micros(1)).await, Ok(Recall::New));
    tx.remember(&key("r1", b"new body"), b"new answer").await.expect("remembered");
    commit(tx).await;
    assert_eq!(pool.forget_requests(last_moment).await, Ok(0));
    let requests: &dyn RequestStore = &pool;
    assert_eq!(requests.forget_requests(last_moment.plus_micros(1)).await, Ok(1));
    let mut tx = pool.begin().await.expect("begun");
    assert_eq!(tx.recall(&key("r1", b"new body"), last_moment).await, Ok(Recall::Known(b"new answer".to_vec())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_twins_have_one_effect_and_equal_answers() {
    let Some((_database, pool)) = store().await else { return };
    let tasks: Vec<_> = (0..64_u8)
        .map(|i| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let mut tx = pool.begin().await.expect("begun");
                match tx.recall(&key("r1", b"body"), NOW).await.expect("recalled") {
                    Recall::New => {
                        effect(&mut tx).await;
                        tokio::time::sleep(Duration::from_millis(20)).await;
                        // Each would answer differently, so equal answers prove that one was remembered.
                        tx.remember(&key("r1", b"body"), &[i]).await.expect("remembered");
                        commit(tx).await;
                        vec![i]
                    }
                    Recall::Known(answer) => answer,
                    Recall::BodyDiffers => panic!("the body is the same"),
                }
            })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.expect("no panic"));
    }
    answers.dedup();
    assert_eq!((answers.len(), entries(&pool).await), (1, 1));
}
