//! What could not be handled is kept until a person has seen to it.

use tributary_core::{Event, TenantId};
use tributary_sql::{DeadLetter, DeadLetterStore};

use super::fixture::{NOW, event, id, store, tenant};

fn letter(consumer: &str, number: u64) -> DeadLetter {
    let e = event(number, "entries/a");
    DeadLetter {
        consumer: consumer.to_owned(),
        event: Event {
            id: e.id,
            tenant: e.tenant,
            source: "elsewhere".to_owned(),
            event_type: e.event_type,
            subject: e.subject,
            sequence: 3,
            time: e.time,
            trace_parent: String::new(),
            data: e.data,
        },
        reason: "INVALID_REQUEST: amount is negative".to_owned(),
        attempts: 1,
        create_time: NOW,
    }
}

#[tokio::test]
async fn letters_are_kept_listed_and_removed() {
    let Some((_database, pool)) = store().await else { return };
    let letters: &dyn DeadLetterStore = &pool;
    for l in [letter("b", 1), letter("a", 2), letter("a", 1)] {
        letters.add(l).await.expect("kept");
    }
    let mut again = letter("a", 1);
    again.attempts = 10;
    letters.add(again.clone()).await.expect("replaced");

    assert_eq!(letters.get(&tenant(), "a", id(1)).await, Ok(Some(again.clone())));
    let all = letters.list(&tenant(), None, None, 10).await.expect("listed");
    assert_eq!(all, vec![again, letter("a", 2), letter("b", 1)]);
    assert_eq!(letters.list(&tenant(), None, Some(("a", id(1))), 1).await, Ok(vec![letter("a", 2)]));
    assert_eq!(letters.list(&tenant(), Some("b"), None, 10).await, Ok(vec![letter("b", 1)]));
    let other = TenantId::parse("other").expect("a tenant");
    assert_eq!(letters.list(&other, None, None, 10).await, Ok(vec![]));
    assert_eq!(letters.remove(&other, "a", id(1)).await, Ok(false));

    assert_eq!(letters.remove(&tenant(), "a", id(1)).await, Ok(true));
    assert_eq!(letters.remove(&tenant(), "a", id(1)).await, Ok(false));
    assert_eq!(letters.get(&tenant(), "a", id(1)).await, Ok(None));
}
