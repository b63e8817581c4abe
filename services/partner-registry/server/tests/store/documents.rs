//! Documents: kept, guarded, listed, found due.

use partner_registry_domain::{
    Document, DocumentDraft, DocumentKind as K, DocumentName, DocumentRevision, DocumentState as S, Review,
    document::Decision,
};
use partner_registry_server::ports::{Condition as C, DocumentQuery, DocumentTest as T};
use tributary_core::{IdSource as _, SystemIds, TenantId, Timestamp};
use tributary_sql::StoreError;

use crate::{Bench, benches, day, draft, id, new, partner};

fn name(owner: &str, own: &str) -> DocumentName {
    DocumentName { partner: id(owner), id: id(own) }
}

fn document(owner: &str, own: &str, kind: K, expires_on: Option<&str>, renews: Option<&Document>) -> Document {
    let draft = DocumentDraft {
        kind: Some(kind),
        title: "营业执照 \"甲\"".to_owned(),
        number: "91350100M000100Y43".to_owned(),
        issuer: "福州市市场监督管理局".to_owned(),
        issued_on: Some(day("2020-02-29")),
        expires_on: expires_on.map(day),
        file_digest: "0123456789abcdef".repeat(4),
        media_type: "image/png".to_owned(),
        size_bytes: 1 << 40,
    };
    let content = draft.check(day("2026-01-01")).expect("good");
    Document::submit(name(owner, own), SystemIds.uuid(), content, renews, "maker".to_owned(), Timestamp(1_000))
        .expect("submitted")
}

/// The document and the one it renews after a decision.
fn decided(document: &Document, decision: Decision, renews: Option<&Document>) -> Vec<Document> {
    let review = Review { reviewer: "checker".to_owned(), time: Timestamp(2_000), note: "因为\n二".to_owned() };
    let (own, other) = document.decide(decision, review, renews, day("2026-01-01")).expect("possible");
    [own].into_iter().chain(other).map(|change| change.document).collect()
}

async fn write(bench: &Bench, documents: &[&Document]) -> Result<(), StoreError> {
    let mut tx = bench.store.begin().await?;
    for document in documents {
        tx.write_document(&bench.tenant, document).await?;
    }
    tx.commit().await
}

async fn read(bench: &Bench, document: &Document) -> Option<Document> {
    bench.store.document(&bench.tenant, &document.name).await.expect("read")
}

async fn with_partners() -> Vec<Bench> {
    let benches = benches().await;
    for bench in &benches {
        bench.seed(&[&partner("a", draft("a")), &partner("b", draft("b"))]).await;
    }
    benches
}

#[tokio::test]
async fn a_document_comes_back_as_it_was_stored() {
    for bench in with_partners().await {
        let old = document("a", "old", K::BusinessLicence, Some("9999-12-31"), None);
        write(&bench, &[&old]).await.expect("insert");
        assert_eq!(read(&bench, &old).await, Some(old.clone()));
        let old = decided(&old, Decision::Verify, None).remove(0);
        let new = document("a", "new", K::BusinessLicence, None, Some(&old));
        write(&bench, &[&old, &new]).await.expect("verify");
        assert_eq!(read(&bench, &new).await, Some(new.clone()));
        let both = decided(&new, Decision::Verify, Some(&old));
        write(&bench, &[&both[0], &both[1]]).await.expect("supersede");
        assert_eq!(both[1].state, S::Superseded);
        for document in &both {
            assert_eq!(read(&bench, document).await.as_ref(), Some(document));
            let mut tx = bench.store.begin().await.expect("begin");
            let stored = tx.stored_document(&bench.tenant, &document.name).await.expect("read");
            assert_eq!(stored.as_ref(), Some(document));
        }
        let both = decided(&both[0], Decision::Reject, Some(&both[1]));
        write(&bench, &[&both[0], &both[1]]).await.expect("reinstate");
        assert_eq!(
            (read(&bench, &both[0]).await, read(&bench, &both[1]).await),
            (Some(both[0].clone()), Some(both[1].clone()))
        );
        // Neither of another partner nor of another tenant.
        let other = TenantId::parse("other").expect("tenant");
        assert_eq!(bench.store.document(&other, &old.name).await, Ok(None));
        assert_eq!(bench.store.document(&bench.tenant, &name("b", "old")).await, Ok(None));
    }
}

#[tokio::test]
async fn names_uids_and_revisions_are_guarded() {
    for bench in with_partners().await {
        let first = document("a", "x", K::Other, None, None);
        write(&bench, &[&first]).await.expect("insert");
        let twin = write(&bench, &[&document("a", "x", K::Other, None, None)]).await;
        assert!(matches!(twin, Err(StoreError::AlreadyExists(_))), "{twin:?}");
        let same_uid = Document { uid: first.uid, ..document("b", "y", K::Other, None, None) };
        let twin = write(&bench, &[&same_uid]).await;
        assert!(matches!(twin, Err(StoreError::AlreadyExists(_))), "{twin:?}");
        // The id is free at another partner; a partner has to be there.
        write(&bench, &[&document("b", "x", K::Other, None, None)]).await.expect("free");
        let orphan = write(&bench, &[&document("nobody", "x", K::Other, None, None)]).await;
        assert!(matches!(orphan, Err(StoreError::Constraint(_))), "{orphan:?}");

        let second = decided(&first, Decision::Verify, None).remove(0);
        write(&bench, &[&second]).await.expect("verify");
        assert_eq!(write(&bench, &[&second]).await, Err(StoreError::Conflict), "of revision 1 once");
        let own = Review { reviewer: "maker".to_owned(), time: Timestamp(1), note: String::new() };
        let forged = Document { review: Some(own), revision: 3, ..second.clone() };
        let refused = write(&bench, &[&forged]).await;
        assert!(matches!(refused, Err(StoreError::Constraint(_))), "{refused:?}");
        assert_eq!(read(&bench, &first).await, Some(second));
    }
}

/// Partner a: licence "l" to June 30, verified; permit "p" to July 1; "q" without end, rejected. Partner b: "c" to
/// July 2.
async fn seeded() -> Vec<Bench> {
    let benches = with_partners().await;
    for bench in &benches {
        let licence = document("a", "l", K::BusinessLicence, Some("2026-06-30"), None);
        let permit = document("a", "p", K::IndustryPermit, Some("2026-07-01"), None);
        let other = document("a", "q", K::Other, None, None);
        let certificate = document("b", "c", K::QualityCertificate, Some("2026-07-02"), None);
        write(bench, &[&certificate, &other, &permit, &licence]).await.expect("seed");
        let licence = decided(&licence, Decision::Verify, None).remove(0);
        let other = decided(&other, Decision::Reject, None).remove(0);
        write(bench, &[&licence, &other]).await.expect("seed");
    }
    benches
}

async fn list(bench: &Bench, query: DocumentQuery) -> String {
    let found = bench.store.list_documents(&bench.tenant, &query).await.expect("list");
    found.into_iter().map(|d| d.name.id.to_string()).collect::<Vec<_>>().join("")
}

#[tokio::test]
async fn conditions_select_the_same_on_both_engines() {
    let not = |c: C<T>| C::Not(Box::new(c));
    let is = |t: T| C::Is(t);
    for bench in seeded().await {
        for (condition, expected) in [
            (is(T::Kind(K::IndustryPermit)), "p"),
            (not(is(T::Kind(K::IndustryPermit))), "lqc"),
            (is(T::State(S::Submitted)), "pc"),
            (is(T::State(S::Verified)), "l"),
            (is(T::State(S::Expired)), ""),
            (is(T::ExpiresBefore(day("2026-07-01"))), "l"),
            (is(T::ExpiresOn(day("2026-07-01"))), "p"),
            (is(T::ExpiresAfter(day("2026-07-01"))), "c"),
            // What does not expire is neither before, on nor after; so it is "not before".
            (not(is(T::ExpiresBefore(day("2026-07-01")))), "pqc"),
            (not(is(T::ExpiresOn(day("2026-07-01")))), "lqc"),
            (C::Any(vec![is(T::ExpiresBefore(day("2026-07-01"))), is(T::ExpiresOn(day("2026-07-01")))]), "lp"),
            (C::All(vec![is(T::State(S::Submitted)), is(T::ExpiresAfter(day("2026-07-01")))]), "c"),
            (C::All(Vec::new()), "lpqc"),
        ] {
            let query = DocumentQuery { condition: Some(condition.clone()), ..DocumentQuery::default() };
            assert_eq!(list(&bench, query).await, expected, "{condition:?}");
        }
    }
}

#[tokio::test]
async fn pages_follow_each_other_by_partner_and_id() {
    for bench in seeded().await {
        let page = |partner: Option<&str>, after: Option<(&str, &str)>, limit| DocumentQuery {
            partner: partner.map(id),
            condition: None,
            after: after.map(|(owner, own)| name(owner, own)),
            limit,
        };
        assert_eq!(list(&bench, page(None, None, Some(3))).await, "lpq");
        assert_eq!(list(&bench, page(None, Some(("a", "q")), Some(3))).await, "c");
        assert_eq!(list(&bench, page(None, Some(("a", "l")), Some(2))).await, "pq");
        assert_eq!(list(&bench, page(Some("a"), None, None)).await, "lpq");
        assert_eq!(list(&bench, page(Some("a"), Some(("a", "p")), None)).await, "q");
        assert_eq!(list(&bench, page(Some("b"), None, Some(1))).await, "c");
        let other = TenantId::parse("other").expect("tenant");
        assert_eq!(bench.store.list_documents(&other, &page(None, None, None)).await, Ok(Vec::new()));
    }
}

#[tokio::test]
async fn documents_are_due_the_day_after_their_last_one_in_every_tenant() {
    for bench in seeded().await {
        // Another tenant has a partner "a" as well, whose licence ends a day earlier.
        let other = TenantId::parse("other").expect("tenant");
        let mut tx = bench.store.begin().await.expect("begin");
        tx.write_partners(&other, &[new(&partner("a", draft("a")))]).await.expect("partner");
        let theirs = document("a", "l", K::BusinessLicence, Some("2026-06-29"), None);
        tx.write_document(&other, &theirs).await.expect("document");
        tx.commit().await.expect("commit");

        let due = async |today: &str| {
            let found = bench.store.due_documents(day(today), None, 10).await.expect("read");
            let mut found: Vec<_> = found.iter().map(|d| format!("{} {}", d.tenant, d.name)).collect();
            found.sort();
            found
        };
        assert_eq!(due("2026-06-29").await, Vec::<String>::new());
        assert_eq!(due("2026-06-30").await, ["other partners/a/documents/l"]);
        assert_eq!(due("2026-07-01").await, ["default partners/a/documents/l", "other partners/a/documents/l"]);
        assert_eq!(due("9999-12-31").await.len(), 4, "submitted or verified, with an end");

        // In the order of their uids, page by page.
        let (mut walked, mut after) = (Vec::new(), None);
        while let Some(next) = bench.store.due_documents(day("9999-12-31"), after, 1).await.expect("read").pop() {
            after = Some(next.uid);
            walked.push(next);
        }
        assert_eq!(walked, bench.store.due_documents(day("9999-12-31"), None, 10).await.expect("read"));
        assert!(walked.is_sorted_by_key(|d| d.uid));

        // Once expired it is due no more.
        let licence = bench.store.document(&bench.tenant, &name("a", "l")).await.expect("read").expect("there");
        let expired = licence.expire(day("2026-07-01"), Timestamp(3_000)).expect("due").document;
        write(&bench, &[&expired]).await.expect("expire");
        assert_eq!(due("2026-07-01").await, ["other partners/a/documents/l"]);
        assert_eq!(read(&bench, &expired).await, Some(expired));
    }
}

#[tokio::test]
async fn history_is_kept_newest_first() {
    for bench in with_partners().await {
        let first = document("a", "x", K::Other, None, None);
        let second = decided(&first, Decision::Verify, None).remove(0);
        write(&bench, &[&first, &second]).await.expect("write");
        let revisions = [(&first, "SUBMITTED"), (&second, "VERIFIED")].map(|(document, action)| DocumentRevision {
            document: document.clone(),
            action: action.to_owned(),
            actor: "somebody".to_owned(),
            reason: "因为\n二".to_owned(),
            record_time: document.update_time,
        });
        let mut tx = bench.store.begin().await.expect("begin");
        for revision in &revisions {
            tx.add_document_revision(&bench.tenant, revision).await.expect("add");
        }
        tx.commit().await.expect("commit");
        let read = async |before: Option<i64>, limit: u32| {
            bench.store.document_revisions(&bench.tenant, &first.name, before, limit).await.expect("read")
        };
        let [one, two] = &revisions;
        assert_eq!(read(None, 10).await, [two.clone(), one.clone()]);
        assert_eq!(read(None, 1).await, revisions[1..]);
        assert_eq!(read(Some(2), 10).await, revisions[..1]);
        assert_eq!(bench.store.document_revisions(&bench.tenant, &name("a", "y"), None, 10).await, Ok(Vec::new()));
        let mut tx = bench.store.begin().await.expect("begin");
        let again = tx.add_document_revision(&bench.tenant, one).await;
        assert!(matches!(again, Err(StoreError::AlreadyExists(_))), "{again:?}");
    }
}
