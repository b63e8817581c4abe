//! Partners, their unique keys and their history.

use partner_registry_domain::{Contact, Draft, Partner, StatusVerb};
use partner_registry_server::ports::{Holders, Keys, PartnerView, PartnerWrite};
use tributary_core::{TenantId, Timestamp};
use tributary_sql::StoreError;

use crate::{Bench, benches, changed, day, draft, id, labels, new, partner, reference, registration, revision_of};

const TODAY: &str = "2026-07-01";

async fn read(bench: &Bench, own: &str) -> Option<Partner> {
    let found = bench.store.partners(&bench.tenant, &[id(own)], &[], day(TODAY)).await.expect("read");
    found.into_iter().next().map(|view: PartnerView| view.partner)
}

fn full(name: &str, key: &str) -> Draft {
    Draft {
        legal_name: "广州晨光商贸有限公司".to_owned(),
        registration: Some(registration(key)),
        founding_year: 1976,
        region: "CN/GD/Guangzhou".to_owned(),
        contacts: vec![Contact { person_name: "陈\"晨\"".to_owned(), ..Contact::default() }],
        external_refs: vec![reference("erp", key), reference("crm", &format!("%_{key}"))],
        labels: labels(&[("segment", "road"), ("级别", "甲")]),
        ..draft(name)
    }
}

#[tokio::test]
async fn a_partner_comes_back_as_it_was_stored() {
    for bench in benches().await {
        let a = partner("a", full("晨光", "1"));
        bench.seed(&[&a]).await;
        assert_eq!(read(&bench, "a").await, Some(a.clone()));
        assert_eq!(read(&bench, "b").await, None);
        let write = changed(&a, full("晨旭", "2"));
        bench.write(std::slice::from_ref(&write)).await.expect("update");
        assert_eq!(read(&bench, "a").await, Some(write.after.clone()));

        let frozen = write.after.change_status(StatusVerb::Freeze, Timestamp(3_000)).expect("freeze");
        bench.write(&[PartnerWrite { before: Some(write.after), after: frozen.clone() }]).await.expect("freeze");
        assert_eq!(read(&bench, "a").await, Some(frozen));

        let other = TenantId::parse("other").expect("tenant");
        let found = bench.store.partners(&other, &[id("a")], &[reference("erp", "2")], day(TODAY)).await;
        assert_eq!(found, Ok(Vec::new()));
    }
}

#[tokio::test]
async fn partners_are_found_by_ids_and_refs_once_and_in_order() {
    for bench in benches().await {
        let many: Vec<Partner> = (0..1_200).map(|n| partner(&format!("p{n:04}"), full("x", &n.to_string()))).collect();
        bench.seed(&many.iter().collect::<Vec<_>>()).await;
        let ids = [id("p0007"), id("p0003"), id("nobody")];
        let mut refs: Vec<_> = (600..1_200).rev().map(|n| reference("erp", &n.to_string())).collect();
        refs.extend([reference("erp", "7"), reference("crm", "7"), reference("crm", "%_9")]);
        let found = bench.store.partners(&bench.tenant, &ids, &refs, day(TODAY)).await.expect("read");
        let found: Vec<String> = found.into_iter().map(|v| v.partner.id.to_string()).collect();
        let expected: Vec<String> = [3, 7, 9].into_iter().chain(600..1_200).map(|n| format!("p{n:04}")).collect();
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn unique_keys_are_guarded_by_the_schema() {
    for bench in benches().await {
        let a = partner("a", full("x", "1"));
        bench.seed(&[&a]).await;
        let with = |own: &str, draft: Draft| vec![new(&partner(own, draft))];
        let same_key = Partner { business_key: "a".to_owned(), ..partner("f", draft("x")) };
        for (what, writes) in [
            ("id", with("a", draft("x"))),
            ("registration", with("b", Draft { registration: Some(registration("1")), ..draft("x") })),
            ("ref", with("c", Draft { external_refs: vec![reference("erp", "1")], ..draft("x") })),
            ("uid", vec![new(&Partner { uid: a.uid, ..partner("d", draft("x")) })]),
            ("business key", vec![new(&same_key)]),
        ] {
            let error = bench.write(&writes).await.expect_err(what);
            assert!(matches!(error, StoreError::AlreadyExists(_)), "{what}: {error}");
        }
        // The same number in another scheme and the same key in another system are free.
        let other = Draft {
            registration: Some(partner_registry_domain::Registration {
                scheme: "X".to_owned(),
                number: "1".to_owned(),
            }),
            external_refs: vec![reference("shop", "1")],
            ..draft("x")
        };
        bench.write(&with("e", other)).await.expect("free");
    }
}

#[tokio::test]
async fn keys_may_wander_within_one_write() {
    for bench in benches().await {
        let (a, b) = (partner("a", full("x", "1")), partner("b", full("x", "2")));
        bench.seed(&[&a, &b]).await;
        // a and b swap everything, c takes a key that a new draft of nobody holds any more.
        let writes = [changed(&a, full("x", "2")), changed(&b, full("x", "1"))];
        bench.write(&writes).await.expect("swap");
        assert_eq!(read(&bench, "a").await.expect("a").profile.registration, Some(registration("2")));
        let c = partner("c", Draft { registration: Some(registration("2")), ..draft("c") });
        let gives_up = changed(&writes[0].after, draft("x"));
        bench.write(&[new(&c), gives_up]).await.expect("handed over");
        let keys = Keys {
            ids: vec![id("a"), id("z")],
            refs: vec![reference("erp", "1"), reference("erp", "2")],
            registrations: vec![registration("1"), registration("2"), registration("3")],
            business_keys: vec!["c".to_owned(), "z".to_owned()],
        };
        let mut tx = bench.store.begin().await.expect("begin");
        let holders = tx.holders(&bench.tenant, &keys).await.expect("holders");
        let expected = Holders {
            ids: [id("a")].into(),
            refs: [(reference("erp", "1"), id("b"))].into(),
            registrations: [(registration("1"), id("b")), (registration("2"), id("c"))].into(),
            business_keys: ["c".to_owned()].into(),
        };
        assert_eq!(holders, expected);
    }
}

#[tokio::test]
async fn a_stale_write_is_a_conflict_and_leaves_nothing() {
    for bench in benches().await {
        let a = partner("a", draft("one"));
        bench.seed(&[&a]).await;
        bench.write(&[changed(&a, draft("two"))]).await.expect("update");
        let mut tx = bench.store.begin().await.expect("begin");
        let b = partner("b", draft("b"));
        tx.write_partners(&bench.tenant, &[new(&b)]).await.expect("insert");
        let stale = tx.write_partners(&bench.tenant, &[changed(&a, draft("three"))]).await;
        assert_eq!(stale, Err(StoreError::Conflict));
        drop(tx);
        assert_eq!(read(&bench, "a").await.expect("a").profile.display_name, "two");
        assert_eq!(read(&bench, "b").await, None);
    }
}

#[tokio::test]
async fn locked_partners_are_read_with_their_tier() {
    for bench in benches().await {
        let a = partner("a", draft("a"));
        bench.seed(&[&a]).await;
        let mut tx = bench.store.begin().await.expect("begin");
        let found = tx.lock_partners(&bench.tenant, &[id("a"), id("nobody")], day(TODAY)).await.expect("lock");
        assert_eq!(found, [PartnerView { partner: a.clone(), tier: String::new(), duplicates: Vec::new() }]);
        let uids = tx.uids(&bench.tenant, &[id("a"), id("nobody")]).await.expect("uids");
        assert_eq!(uids, [(id("a"), a.uid)].into());
    }
}

#[tokio::test]
async fn history_is_kept_newest_first() {
    for bench in benches().await {
        let first = partner("a", full("x", "1"));
        bench.seed(&[&first]).await;
        let second = changed(&first, full("y", "1")).after;
        let revisions = [revision_of(&first), revision_of(&second)];
        let mut tx = bench.store.begin().await.expect("begin");
        tx.add_revisions(&bench.tenant, &revisions).await.expect("add");
        tx.commit().await.expect("commit");
        let read = |before: Option<i64>, limit: u32| {
            let bench = &bench;
            async move { bench.store.revisions(&bench.tenant, &id("a"), before, limit).await.expect("read") }
        };
        assert_eq!(read(None, 10).await, [revisions[1].clone(), revisions[0].clone()]);
        assert_eq!(read(None, 1).await, [revisions[1].clone()]);
        assert_eq!(read(Some(2), 10).await, [revisions[0].clone()]);
        let mut tx = bench.store.begin().await.expect("begin");
        let again = tx.add_revisions(&bench.tenant, &revisions[..1]).await;
        assert!(matches!(again, Err(StoreError::AlreadyExists(_))), "{again:?}");
    }
}
