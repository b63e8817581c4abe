//! Targets: kept whole, listed by conditions, changed under a lock, watched when they are due.

use std::time::Duration;

use analytics_domain::target::{AimDraft, ScopeDraft, Status, Target};
use analytics_server::ports::targets::{Check, Round, TargetCondition, TargetTx, Watched};
use tributary_core::{Date, Decimal, ResourceId, TenantId, Timestamp};

use crate::support::{Opened, other_tenant, stores, tenant};

fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).expect("id")
}

fn day(text: &str) -> Date {
    Date::parse(text).expect("date")
}

fn target(name: &str, period: &str, owner: &str) -> Target {
    let scope = ScopeDraft {
        metric: "gmv".to_owned(),
        filter: r#"region:"CN/粤""#.to_owned(),
        period: period.to_owned(),
        currency_code: "CNY".to_owned(),
        ..ScopeDraft::default()
    };
    let scope = scope.check().expect("a scope");
    let aim = AimDraft { value: Some(Decimal::ONE_HUNDRED), owner: owner.to_owned(), ..AimDraft::default() };
    let aim = aim.check(Some(&scope)).expect("an aim");
    Target::new(id(name), scope, aim, Timestamp(7))
}

/// The next revision, with another owner.
fn changed(target: &Target, owner: &str) -> Target {
    let mut after = target.clone();
    after.aim.owner = owner.to_owned();
    after.revision += 1;
    after
}

async fn begin(opened: &Opened) -> Box<dyn TargetTx> {
    opened.targets.begin_targets().await.expect("begin")
}

async fn insert(opened: &Opened, tenant: &TenantId, target: &Target) -> bool {
    let mut tx = begin(opened).await;
    let inserted = tx.insert_target(tenant, target).await.expect("insert");
    tx.commit().await.expect("commit");
    inserted
}

async fn read(opened: &Opened, name: &str) -> Option<Target> {
    opened.targets.target(&tenant(), &id(name)).await.expect("read")
}

#[tokio::test]
async fn a_target_is_kept_whole_changed_and_deleted() {
    for opened in stores().await {
        let first = target("a", "2026-Q3", "ann");
        assert!(insert(&opened, &tenant(), &first).await);
        assert!(!insert(&opened, &tenant(), &target("a", "2027", "bob")).await, "the id is taken");
        assert_eq!(read(&opened, "a").await, Some(first.clone()));
        assert_eq!(opened.targets.target(&other_tenant(), &id("a")).await.expect("read"), None);

        let second = changed(&first, "bob");
        let mut tx = begin(&opened).await;
        assert_eq!(tx.lock_target(&tenant(), &id("a")).await.expect("lock"), Some(first));
        assert_eq!(tx.lock_target(&tenant(), &id("b")).await.expect("lock"), None);
        assert_eq!(tx.lock_target(&other_tenant(), &id("a")).await.expect("lock"), None);
        tx.update_target(&tenant(), &second).await.expect("update");
        tx.commit().await.expect("commit");
        assert_eq!(read(&opened, "a").await, Some(second.clone()));
        let of_bob = TargetCondition::Owner("bob".to_owned());
        let listed = opened.targets.targets(&tenant(), Some(&of_bob), "", 9).await.expect("list");
        assert_eq!(listed, [second]);

        let mut tx = begin(&opened).await;
        tx.delete_target(&other_tenant(), &id("a")).await.expect("delete");
        tx.commit().await.expect("commit");
        assert!(read(&opened, "a").await.is_some(), "another tenant's");
        let mut tx = begin(&opened).await;
        tx.delete_target(&tenant(), &id("a")).await.expect("delete");
        tx.commit().await.expect("commit");
        assert_eq!(read(&opened, "a").await, None);
    }
}

#[tokio::test]
async fn targets_are_listed_by_conditions_in_the_order_of_ids() {
    for opened in stores().await {
        for (name, period, owner) in
            [("b", "2026-07", "ann"), ("a-1", "2026-07", "bob"), ("a", "2026", "ann"), ("c", "2027", "")]
        {
            assert!(insert(&opened, &tenant(), &target(name, period, owner)).await);
        }
        assert!(insert(&opened, &other_tenant(), &target("d", "2026", "ann")).await);
        let period = |text: &str| TargetCondition::Period(text.to_owned());
        let owner = |text: &str| TargetCondition::Owner(text.to_owned());
        let metric = |text: &str| TargetCondition::Metric(text.to_owned());
        let not = |inner| TargetCondition::Not(Box::new(inner));
        let list = async |condition: Option<TargetCondition>, after: &str, limit| {
            let found = opened.targets.targets(&tenant(), condition.as_ref(), after, limit).await.expect("list");
            found.iter().map(|target| target.id.to_string()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(list(None, "", 9).await, "a a-1 b c");
        assert_eq!(list(None, "a", 2).await, "a-1 b");
        for (condition, found) in [
            (period("2026-07"), "a-1 b"),
            (owner(""), "c"),
            (metric("gmv"), "a a-1 b c"),
            (metric("orders"), ""),
            (not(period("2026-07")), "a c"),
            (TargetCondition::All(vec![period("2026-07"), owner("ann")]), "b"),
            (TargetCondition::Any(vec![period("2027"), owner("bob")]), "a-1 c"),
            (not(TargetCondition::Any(vec![period("2027"), owner("bob")])), "a b"),
            (TargetCondition::All(Vec::new()), "a a-1 b c"),
            (TargetCondition::Any(Vec::new()), ""),
        ] {
            assert_eq!(list(Some(condition.clone()), "", 9).await, found, "{condition:?}");
        }
        assert_eq!(opened.targets.tenants_with_targets().await.expect("read"), [tenant(), other_tenant()]);
    }
}

/// Today, through which batch, and up to which time measured.
fn round(today: &str, through_batch: i64, measured_by: i64) -> Round {
    Round { today: day(today), through_batch, measured_by: Timestamp(measured_by) }
}

async fn due(opened: &Opened, round: Round) -> Vec<Watched> {
    opened.targets.due_targets(&tenant(), round, "", 9).await.expect("read")
}

async fn note(opened: &Opened, seen: &Watched, check: Check) -> bool {
    let mut tx = begin(opened).await;
    let noted = tx.note_check(&tenant(), seen, check).await.expect("note");
    tx.commit().await.expect("commit");
    noted
}

fn check(on: &str, through_batch: i64, time: i64) -> Check {
    Check { status: Status::AtRisk, on: day(on), through_batch, time: Timestamp(time) }
}

#[tokio::test]
async fn a_target_is_due_once_a_day_and_for_new_batches() {
    for opened in stores().await {
        let target = target("a", "2026-02", "ann");
        assert!(insert(&opened, &tenant(), &target).await);
        assert_eq!(due(&opened, round("2026-02-01", 9, 0)).await, [], "no day of it is over");
        let never = Watched { target: target.clone(), status: Status::Pending, checks: 0 };
        for first in ["2026-02-02", "2026-04-01"] {
            assert_eq!(due(&opened, round(first, 0, 0)).await, std::slice::from_ref(&never), "never measured, {first}");
        }

        // Measured on 10 February with batch 5 at time 100.
        assert!(note(&opened, &never, check("2026-02-10", 5, 100)).await);
        for (round, is_due) in [
            (round("2026-02-10", 5, 999), false),
            (round("2026-02-10", 6, 99), false),
            (round("2026-02-10", 6, 100), true),
            (round("2026-02-11", 5, 0), true),
            (round("2026-02-28", 5, 0), true),
            (round("2026-03-01", 5, 0), true),
        ] {
            let found = due(&opened, round).await;
            assert_eq!(found.len(), usize::from(is_due), "{round:?}");
            for watched in found {
                assert_eq!((watched.status, watched.checks), (Status::AtRisk, 1));
            }
        }

        // Measured after the end: from then on new batches count, once a day.
        let seen = Watched { status: Status::AtRisk, checks: 1, ..never };
        assert!(note(&opened, &seen, check("2026-03-01", 5, 200)).await);
        for (round, is_due) in [
            (round("2026-03-01", 5, 999), false),
            (round("2026-03-01", 6, 999), false),
            (round("2026-03-02", 5, 999), false),
            (round("2026-03-02", 6, 0), true),
            (round("2027-01-01", 5, 999), false),
        ] {
            assert_eq!(due(&opened, round).await.len(), usize::from(is_due), "{round:?}");
        }

        // A change of the target.
        let mut tx = begin(&opened).await;
        tx.update_target(&tenant(), &changed(&target, "bob")).await.expect("update");
        tx.commit().await.expect("commit");
        assert_eq!(due(&opened, round("2026-03-01", 5, 0)).await.len(), 1);
        assert_eq!(opened.targets.due_targets(&tenant(), round("2026-03-01", 5, 0), "a", 9).await.expect("read"), []);
        assert_eq!(
            opened.targets.due_targets(&other_tenant(), round("2026-03-01", 5, 0), "", 9).await.expect("read"),
            []
        );
    }
}

#[tokio::test]
async fn a_check_counts_only_for_the_target_that_was_read() {
    for opened in stores().await {
        let first = target("a", "2026-02", "ann");
        assert!(insert(&opened, &tenant(), &first).await);
        let seen = Watched { target: first.clone(), status: Status::Pending, checks: 0 };
        let now = check("2026-02-10", 5, 100);
        assert!(note(&opened, &seen, now).await);
        assert!(!note(&opened, &seen, now).await, "another watch came first");

        let once = Watched { checks: 1, ..seen.clone() };
        let mut tx = begin(&opened).await;
        tx.update_target(&tenant(), &changed(&first, "bob")).await.expect("update");
        tx.commit().await.expect("commit");
        assert!(!note(&opened, &once, now).await, "changed since");

        // Removed, and set again later under the same id.
        let mut tx = begin(&opened).await;
        tx.delete_target(&tenant(), &id("a")).await.expect("delete");
        let again = Target { create_time: Timestamp(8), ..first };
        assert!(tx.insert_target(&tenant(), &again).await.expect("insert"));
        tx.commit().await.expect("commit");
        assert!(!note(&opened, &seen, now).await, "another target");
        assert!(note(&opened, &Watched { target: again, ..seen }, now).await);
    }
}

#[tokio::test]
async fn of_two_watches_at_once_one_notes() {
    for opened in stores().await {
        let target = target("a", "2026-02", "ann");
        assert!(insert(&opened, &tenant(), &target).await);
        let seen = Watched { target, status: Status::Pending, checks: 0 };
        // Both have begun before either has noted.
        let one = async {
            let mut tx = begin(&opened).await;
            let noted = tx.note_check(&tenant(), &seen, check("2026-02-10", 5, 100)).await.expect("note");
            tokio::time::sleep(Duration::from_millis(50)).await;
            tx.commit().await.expect("commit");
            noted
        };
        let other = note(&opened, &seen, check("2026-02-10", 5, 100));
        let (one, other) = tokio::join!(one, other);
        assert_eq!(u8::from(one) + u8::from(other), 1);
    }
}
