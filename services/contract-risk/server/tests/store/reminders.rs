//! Reminders, what is to be sent, and on-time counts.

use std::cmp::Ordering::{Equal, Less};

use contract_risk_domain::{
    Contract, ContractState, Obligation, OnTimeCounts, Party, Reminder,
    ReminderStep::{self, Overdue, TMinus1, TMinus7, TMinus30, TMinus90},
    reminder::notice,
};
use contract_risk_server::ports::{
    NoticeQuery, OnTimeQuery,
    ReminderCondition::{self, All, Not, Obligation as Of, Partner, RemindOn, Step},
    ReminderQuery, ToRemind,
};
use contract_risk_server::store;
use sqlx::{AssertSqlSafe, Row};
use tributary_core::{TenantId, Timestamp};
use tributary_sql::PoolOptions;
use tributary_testkit::{Engine, TestDatabase};

use crate::{
    obligation_support::{NOW, accepted, contract_until, day, filed, id, milestone},
    support::{Opened, other_tenant, stores, tenant},
};

async fn send(store: &Opened, tenant: &TenantId, reminder: &Reminder) -> bool {
    let mut tx = store.begin_obligations().await;
    let new = tx.add_reminder(tenant, reminder).await.expect("added");
    tx.commit().await.expect("commit");
    new
}

fn reminder(o: &Obligation, step: ReminderStep, uid: &str, at: i64) -> Reminder {
    o.reminder(step, uid.to_owned(), step.day(o.duty.due_on), Timestamp(at))
}

/// Uids of a page.
async fn sent(store: &Opened, condition: Option<ReminderCondition>) -> Vec<String> {
    let query = ReminderQuery { condition, before: None, limit: 10 };
    let found = store.open.obligations.reminders(&tenant(), &query).await.expect("list");
    found.into_iter().map(|r| r.uid).collect()
}

#[tokio::test]
async fn a_step_is_kept_once_per_due_day_and_the_newest_comes_first() {
    for store in stores().await {
        let contract = contract_until("a", "p", Some("2027-01-01"), ContractState::Active);
        let other = contract_until("b", "q", None, ContractState::Active);
        for contract in [&contract, &other] {
            store.keep_contract(&tenant(), contract).await;
        }
        let one = milestone("a", "p", "one", "2026-03-31");
        let two = milestone("b", "q", "two", "2026-03-31");
        for obligation in [&one, &two] {
            store.keep(&tenant(), obligation).await;
        }
        let first = reminder(&one, TMinus7, "u1", 10);
        assert!(send(&store, &tenant(), &first).await);
        assert!(!send(&store, &tenant(), &reminder(&one, TMinus7, "u2", 20)).await, "the same step and day");
        assert!(send(&store, &tenant(), &reminder(&one, TMinus1, "u3", 20)).await, "another step");
        let moved = one.rescheduled(day("2026-04-30"), NOW).expect("moved");
        assert!(send(&store, &tenant(), &reminder(&moved, TMinus7, "u4", 30)).await, "another due day");
        assert!(send(&store, &tenant(), &reminder(&two, TMinus7, "u5", 30)).await, "another obligation");
        let end = day("2027-01-01");
        let of_contract = notice(&contract, (TMinus30, end), "u6".to_owned(), day("2026-12-02"), Timestamp(5));
        assert!(send(&store, &tenant(), &of_contract).await);

        // By time, then by uid, the newest first.
        assert_eq!(sent(&store, None).await, ["u5", "u4", "u3", "u1", "u6"]);
        let reads = &store.open.obligations;
        let older = ReminderQuery { condition: None, before: Some((Timestamp(30), "u4".to_owned())), limit: 2 };
        let page = reads.reminders(&tenant(), &older).await.expect("list");
        assert_eq!(page.iter().map(|r| r.uid.as_str()).collect::<Vec<_>>(), ["u3", "u1"]);
        assert_eq!(page[1], first);
        let only = ReminderQuery { condition: None, before: Some((Timestamp(10), "u1".to_owned())), limit: 2 };
        assert_eq!(reads.reminders(&tenant(), &only).await, Ok(vec![of_contract]));
        assert_eq!(reads.reminders(&other_tenant(), &older).await, Ok(vec![]));

        assert_eq!(sent(&store, Some(Partner(id("q")))).await, ["u5"]);
        assert_eq!(sent(&store, Some(ReminderCondition::Contract(id("a")))).await, ["u4", "u3", "u1", "u6"]);
        assert_eq!(sent(&store, Some(Of(id("a"), id("one")))).await, ["u4", "u3", "u1"]);
        assert_eq!(sent(&store, Some(Step(TMinus7))).await, ["u5", "u4", "u1"]);
        // T-7 of 31 March is 24 March.
        assert_eq!(sent(&store, Some(RemindOn(Equal, day("2026-03-24")))).await, ["u5", "u1"]);
        let not_before = All(vec![Not(Box::new(RemindOn(Less, day("2026-03-30")))), Partner(id("p"))]);
        assert_eq!(sent(&store, Some(not_before)).await, ["u4", "u3", "u6"]);
    }
}

#[tokio::test]
async fn what_is_due_is_found_by_its_day_over_all_tenants() {
    for store in stores().await {
        for t in [tenant(), other_tenant()] {
            store.keep_contract(&t, &contract_until("a", "p", None, ContractState::Active)).await;
        }
        // First reminders on 1 March, 2 March (twice), 1 April.
        let one = milestone("a", "p", "one", "2026-03-31");
        store.keep(&tenant(), &one).await;
        store.keep(&tenant(), &milestone("a", "p", "two", "2026-04-01")).await;
        store.keep(&other_tenant(), &milestone("a", "p", "one", "2026-04-01")).await;
        store.keep(&tenant(), &milestone("a", "p", "far", "2026-05-01")).await;
        store.keep(&tenant(), &filed(&milestone("a", "p", "quiet", "2026-03-31"), "2026-02-01")).await;
        let found = |today: &'static str, after: Option<ToRemind>, limit: u32| {
            let reads = store.open.obligations.clone();
            async move { reads.to_remind(day(today), after.as_ref(), limit).await.expect("read") }
        };
        let key =
            |t: TenantId, on: &str, name: &str| ToRemind { tenant: t, on: day(on), contract: id("a"), id: id(name) };
        let expected = [
            key(tenant(), "2026-03-01", "one"),
            key(tenant(), "2026-03-02", "two"),
            key(other_tenant(), "2026-03-02", "one"),
        ];
        assert_eq!(found("2026-02-28", None, 10).await, []);
        assert_eq!(found("2026-03-01", None, 10).await, expected[..1]);
        assert_eq!(found("2026-03-31", None, 10).await, expected);
        assert_eq!(found("2026-03-31", None, 2).await, expected[..2]);
        assert_eq!(found("2026-03-31", Some(expected[1].clone()), 2).await, expected[2..]);
        // Once it is sent, the next step's day counts.
        let mut reminded = one.clone();
        reminded.reminded = Some(TMinus30);
        store.rewrite(&tenant(), 1, &reminded).await;
        assert_eq!(found("2026-03-23", None, 10).await, expected[1..]);
        assert_eq!(found("2026-03-24", None, 10).await[2], key(tenant(), "2026-03-24", "one"));
        reminded.reminded = Some(Overdue);
        store.rewrite(&tenant(), 1, &reminded).await;
        assert_eq!(found("2029-01-01", None, 10).await.len(), 3, "two, one of the other tenant, far");
    }
}

#[tokio::test]
async fn contracts_that_end_soon_are_found_until_they_are_announced() {
    use ContractState::{Active, Ended, Expiring, Renewed, Signed, Terminating};
    for store in stores().await {
        let all = [
            ("a", Some("2026-03-31"), Active),
            ("b", Some("2026-03-10"), Expiring),
            ("c", Some("2026-03-31"), Renewed),
            ("d", Some("2026-03-31"), Signed),
            ("e", Some("2026-03-31"), Ended),
            ("f", None, Active),
            ("h", Some("2026-03-31"), Active),
        ];
        for (name, to, state) in all {
            store.keep_contract(&tenant(), &contract_until(name, "p", to, state)).await;
        }
        // Agreed to the end of 2027, given notice to 20 March.
        let mut leaving = contract_until("g", "p", Some("2028-01-01"), Terminating);
        leaving.terminates_on = Some(day("2026-03-20"));
        store.keep_contract(&other_tenant(), &leaving).await;

        let query = |after: &str, up_to: &str| NoticeQuery {
            step: TMinus30,
            after: day(after),
            up_to: day(up_to),
            cursor: None,
            limit: 10,
        };
        let found = |query: NoticeQuery| {
            let reads = store.open.obligations.clone();
            async move {
                let found: Vec<(TenantId, Contract)> = reads.to_announce(&query).await.expect("read");
                found.into_iter().map(|(_, contract)| contract.id.to_string()).collect::<Vec<_>>()
            }
        };
        assert_eq!(found(query("2026-03-01", "2026-03-31")).await, ["b", "g", "a", "h"]);
        assert_eq!(found(query("2026-03-10", "2026-03-30")).await, ["g"], "after the first, up to the second");
        let mut page = query("2026-03-01", "2026-03-31");
        page.limit = 2;
        page.cursor = Some((day("2026-03-20"), other_tenant(), id("g")));
        assert_eq!(found(page).await, ["a", "h"]);
        let mut page = query("2026-03-01", "2026-03-31");
        page.cursor = Some((day("2026-03-31"), tenant(), id("a")));
        assert_eq!(found(page).await, ["h"]);

        let a = contract_until("a", "p", Some("2026-03-31"), Active);
        let end = day("2026-03-31");
        send(&store, &tenant(), &notice(&a, (TMinus90, end), "u1".to_owned(), day("2026-01-01"), NOW)).await;
        assert_eq!(found(query("2026-03-20", "2026-03-31")).await, ["a", "h"], "another step was sent");
        send(&store, &tenant(), &notice(&a, (TMinus30, end), "u2".to_owned(), day("2026-03-01"), NOW)).await;
        assert_eq!(found(query("2026-03-20", "2026-03-31")).await, ["h"]);
    }
}

#[tokio::test]
async fn on_time_is_counted_by_partner() {
    for store in stores().await {
        for (contract, partner) in [("a", "p"), ("b", "q"), ("c", "r")] {
            store.keep_contract(&tenant(), &contract_until(contract, partner, None, ContractState::Active)).await;
        }
        let due = "2026-03-31";
        let of_p = |name: &str| milestone("a", "p", name, due);
        let mut ours = milestone("a", "p", "ours", due);
        ours.duty.debtor = Party::Principal;
        for obligation in [
            accepted(&of_p("on-time-1"), "2026-03-31"),
            accepted(&of_p("on-time-2"), "2026-01-01"),
            accepted(&of_p("late"), "2026-04-01"),
            of_p("overdue"),
            filed(&of_p("filed-late"), "2026-04-05"),
            filed(&of_p("filed-in-time"), "2026-03-31"),
            of_p("waived").waived(NOW).expect("waived"),
            ours,
            accepted(&milestone("a", "p", "next-month", "2026-04-30"), "2026-04-01"),
            milestone("b", "q", "later", "2026-04-30"),
            milestone("c", "r", "waived", due).waived(NOW).expect("waived"),
        ] {
            store.keep(&tenant(), &obligation).await;
        }
        let counts =
            |partner: &str, on_time, late, overdue| OnTimeCounts { partner: id(partner), on_time, late, overdue };
        let base = OnTimeQuery {
            partner: None,
            debtor: Party::Partner,
            from: None,
            to: day("2026-04-10"),
            today: day("2026-04-10"),
            after: String::new(),
            limit: 10,
        };
        let count = |query: OnTimeQuery| {
            let reads = store.open.obligations.clone();
            async move { reads.on_time_counts(&tenant(), &query).await.expect("counted") }
        };
        assert_eq!(count(base.clone()).await, [counts("p", 2, 1, 2), counts("r", 0, 0, 0)]);
        let all = OnTimeQuery { to: day("2027-01-01"), ..base.clone() };
        assert_eq!(
            count(all.clone()).await,
            [counts("p", 3, 1, 2), counts("q", 0, 0, 0), counts("r", 0, 0, 0)],
            "q's is not due yet"
        );
        assert_eq!(count(OnTimeQuery { after: "p".to_owned(), limit: 1, ..all.clone() }).await, [counts("q", 0, 0, 0)]);
        assert_eq!(count(OnTimeQuery { partner: Some(id("p")), ..base.clone() }).await, [counts("p", 2, 1, 2)]);
        assert_eq!(count(OnTimeQuery { debtor: Party::Principal, ..base.clone() }).await, [counts("p", 0, 0, 1)]);
        let from = OnTimeQuery { from: Some(day("2026-04-01")), ..all.clone() };
        assert_eq!(count(from).await, [counts("p", 1, 0, 0), counts("q", 0, 0, 0)]);
        // The day after the due day is the first on which it is overdue.
        let on_the_day = OnTimeQuery { today: day("2026-03-31"), to: day("2026-04-01"), ..base.clone() };
        assert_eq!(count(on_the_day).await, [counts("p", 2, 1, 0), counts("r", 0, 0, 0)]);
        assert_eq!(store.open.obligations.on_time_counts(&other_tenant(), &base).await, Ok(vec![]));
    }
}

#[tokio::test]
async fn hot_queries_go_through_their_indexes() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let url = database.url().parse().expect("a store url");
    store::open(&url, PoolOptions::for_service("test")).await.expect("the store opens");
    let pool =
        tributary_sql::sqlite::Pool::open(database.place(), PoolOptions::for_service("test")).await.expect("opens");
    let page = |condition: &str| {
        format!(
            "SELECT body FROM obligations WHERE tenant = 't' AND {condition}
             ORDER BY due_on, contract_id, obligation_id LIMIT 51"
        )
    };
    let ends_on = "CASE state WHEN 'TERMINATING' THEN next_move_on ELSE effective_to END";
    for (sql, index) in [
        (page("contract_id = 'c'"), "obligations_of_contract"),
        (page("(due_on, contract_id, obligation_id) > (1, 'c', 'o')"), "obligations_by_day"),
        (page("state = 'OPEN'"), "obligations_by_state"),
        (page("owner = 'li.wei'"), "obligations_of_owner"),
        (
            "SELECT partner_id, COUNT(*) FROM obligations
             WHERE tenant = 't' AND debtor = 'PARTNER' AND partner_id > 'p' AND due_on < 9
             GROUP BY partner_id ORDER BY partner_id LIMIT 51"
                .to_owned(),
            "obligations_of_partner",
        ),
        (
            "SELECT tenant, contract_id, obligation_id FROM obligations
             WHERE next_reminder_on <= 9
               AND (next_reminder_on, tenant, contract_id, obligation_id) > (1, 't', 'c', 'o')
             ORDER BY next_reminder_on, tenant, contract_id, obligation_id LIMIT 500"
                .to_owned(),
            "obligations_to_remind",
        ),
        (
            format!(
                "SELECT c.tenant, c.body FROM contracts c
                 WHERE c.state IN ('ACTIVE', 'EXPIRING', 'TERMINATING') AND {ends_on} > 1 AND {ends_on} <= 9
                   AND ({ends_on}, c.tenant, c.contract_id) > (1, 't', 'c')
                   AND NOT EXISTS (SELECT 1 FROM reminders r WHERE r.tenant = c.tenant
                                   AND r.contract_id = c.contract_id AND r.obligation_id = ''
                                   AND r.step = 'T_MINUS_7' AND r.due_on = {ends_on})
                 ORDER BY {ends_on}, c.tenant, c.contract_id LIMIT 500"
            ),
            "contracts_to_announce",
        ),
        (
            "SELECT said FROM reminders WHERE tenant = 't' AND (create_time, reminder_id) < (9, 'r')
             ORDER BY create_time DESC, reminder_id DESC LIMIT 51"
                .to_owned(),
            "reminders_newest",
        ),
    ] {
        let plan = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"))).fetch_all(pool.reader()).await;
        let steps: Vec<String> = plan.expect("a plan").iter().map(|row| row.get(3)).collect();
        let plan = steps.join("; ");
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{index}: {plan}");
    }
}
