//! The own copy of partners: valid time, record time, refs.

use incentive_calculation_server::ports::{PartnerRef, TierCopy};
use tributary_core::Timestamp;
use uuid::Uuid;

use crate::support::{day, partner, stores, tenant};

fn external(id: &str) -> PartnerRef {
    PartnerRef::External { system: "erp".to_owned(), id: id.to_owned() }
}

#[tokio::test]
async fn a_partner_is_found_by_id_and_by_ref() {
    for opened in stores().await {
        let store = &opened.store;
        let mut tx = store.begin().await.expect("begin");
        tx.keep_partner(&tenant(), &partner("a", 1, "2020-01-01", &[("erp", "17850")])).await.expect("keep");
        tx.keep_partner(&tenant(), &partner("b", 1, "2020-01-01", &[])).await.expect("keep");
        tx.commit().await.expect("commit");
        let refs =
            [external("17850"), external("none"), PartnerRef::Id("b".to_owned()), PartnerRef::Id("c".to_owned())];
        let mut found: Vec<_> = store
            .resolve(&tenant(), &refs)
            .await
            .expect("resolve")
            .into_iter()
            .map(|(r, k)| (r, k.business_key))
            .collect();
        found.sort();
        assert_eq!(
            found,
            [(PartnerRef::Id("b".to_owned()), "key-b".to_owned()), (external("17850"), "key-a".to_owned()),]
        );
    }
}

#[tokio::test]
async fn late_and_repeated_revisions_change_nothing_newer() {
    for opened in stores().await {
        let store = &opened.store;
        // Revision 2 moves the ref; revision 1 arrives after it and must not take the ref back.
        for copy in [
            partner("a", 2, "2021-01-01", &[("erp", "new")]),
            partner("a", 1, "2020-01-01", &[("erp", "old")]),
            partner("a", 2, "2021-01-01", &[("erp", "new")]),
        ] {
            let mut tx = store.begin().await.expect("begin");
            tx.keep_partner(&tenant(), &copy).await.expect("keep");
            tx.commit().await.expect("commit");
        }
        let found = store.resolve(&tenant(), &[external("old"), external("new")]).await.expect("resolve");
        assert_eq!(found.iter().map(|(r, _)| r.clone()).collect::<Vec<_>>(), [external("new")]);
    }
}

#[tokio::test]
async fn attributes_are_those_of_the_day() {
    for opened in stores().await {
        let store = &opened.store;
        let mut tx = store.begin().await.expect("begin");
        for copy in [
            partner("a", 1, "2020-01-01", &[("erp", "1"), ("crm", "x")]),
            partner("a", 2, "2021-01-01", &[("erp", "1"), ("crm", "x")]),
            partner("a", 3, "2022-01-01", &[("erp", "1"), ("crm", "x")]),
        ] {
            tx.keep_partner(&tenant(), &copy).await.expect("keep");
        }
        let tier = |tier: &str, from: &str, to: Option<&str>, recorded| TierCopy {
            partner_id: "a".to_owned(),
            tier: tier.to_owned(),
            effective_from: day(from),
            effective_to: to.map(day),
            record_time: Timestamp(recorded),
        };
        // Recorded last wins for a day that several cover, whatever the order of arrival.
        let tiers = [
            (3, tier("strategic", "2021-06-01", Some("2021-07-01"), 30)),
            (1, tier("basic", "2020-01-01", None, 10)),
            (2, tier("advanced", "2021-01-01", None, 20)),
            (2, tier("advanced", "2021-01-01", None, 20)),
        ];
        for (event, copy) in tiers {
            tx.keep_tier(&tenant(), Uuid::from_u128(event), &copy).await.expect("tier");
        }
        tx.commit().await.expect("commit");

        let ids = ["a".to_owned(), "unknown".to_owned()];
        for (on, revision, tier) in [
            // Before anything is known the first revision stands in.
            ("2012-01-01", 1, None),
            ("2020-12-31", 1, Some("basic")),
            ("2021-01-01", 2, Some("advanced")),
            ("2021-06-30", 2, Some("strategic")),
            ("2021-07-01", 2, Some("advanced")),
            ("2030-01-01", 3, Some("advanced")),
        ] {
            let all = store.attributes_on(&tenant(), &ids, day(on), 100).await.expect("attributes");
            assert_eq!(all.len(), 1, "{on}");
            let payee = &all[0].1;
            assert_eq!((payee.attributes.revision, payee.attributes.tier.as_deref()), (revision, tier), "{on}");
            assert_eq!(payee.external_refs, ["crm:x", "erp:1"]);
        }
        // Two arrivals: revisions 1 and 2. Revision 3 and every tier arrived later.
        let then = store.attributes_on(&tenant(), &ids, day("2030-01-01"), 2).await.expect("attributes");
        assert_eq!((then[0].1.attributes.revision, then[0].1.attributes.tier.as_deref()), (2, None));
        // Before anything arrived the first revision stands in: a fact cannot name a partner that never arrived.
        let none = store.attributes_on(&tenant(), &ids, day("2030-01-01"), 0).await.expect("attributes");
        assert_eq!(none[0].1.attributes.revision, 1);
        assert_eq!(store.newest_arrival(&tenant()).await.expect("number"), 7);
    }
}

/// Ref "R" moved from partner a to b. Whatever the order in which the events and a read-through arrive, b has it.
#[tokio::test]
async fn a_ref_that_moved_stays_with_its_new_owner() {
    let old = partner("a", 1, "2020-01-01", &[("erp", "R")]);
    let freed = partner("a", 2, "2020-01-01", &[]);
    let mut taken = partner("b", 1, "2020-01-01", &[("erp", "R")]);
    taken.record_time = Timestamp(3);
    let orders = [
        [&old, &freed, &taken],
        [&old, &taken, &freed],
        [&taken, &old, &freed],
        [&taken, &freed, &old],
        [&freed, &taken, &old],
        [&freed, &old, &taken],
    ];
    for opened in stores().await {
        for (n, order) in orders.iter().enumerate() {
            let tenant = tributary_core::TenantId::parse(&format!("t{n}")).expect("tenant");
            for copy in order {
                let mut tx = opened.store.begin().await.expect("begin");
                tx.keep_partner(&tenant, copy).await.expect("keep");
                tx.commit().await.expect("commit");
            }
            let found = opened.store.resolve(&tenant, &[external("R")]).await.expect("resolve");
            assert_eq!(found.first().map(|(_, k)| k.partner_id.as_str()), Some("b"), "order {n}");
        }
    }
}
