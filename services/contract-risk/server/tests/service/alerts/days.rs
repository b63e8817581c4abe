//! What days bring: payments late, contracts near their end, days not kept; and evaluations that come by themselves.

use tributary_proto::tributary::{
    contract::v1::{self as pb, AlertSeverity, ObligationKind},
    incentive::v1::FactKind::SellIn,
    partner::v1::DocumentState::Verified,
};

use super::{
    incentive::fact,
    world::{World, answer, awake_worlds, by, call, day, purchases, worlds, yuan},
};

async fn owed(world: &World, contract: &str, id: &str, kind: ObligationKind, due_on: &str) -> pb::Obligation {
    let obligation = pb::Obligation {
        kind: kind.into(),
        title: "Instalment".to_owned(),
        due_on: Some(day(due_on)),
        amount: (kind == ObligationKind::Payment).then(|| yuan(40_000)),
        ..pb::Obligation::default()
    };
    let request = pb::CreateObligationRequest {
        parent: contract.to_owned(),
        obligation: Some(obligation),
        obligation_id: id.to_owned(),
        request_id: String::new(),
    };
    answer(world.obligations.clone().create_obligation(call(request))).await.expect("created")
}

/// Files the whole payment and accepts it.
async fn paid(world: &World, obligation: &pb::Obligation, on: &str) {
    let proof = pb::Proof {
        title: "receipt".to_owned(),
        fulfilled_on: Some(day(on)),
        amount: obligation.amount.clone(),
        ..pb::Proof::default()
    };
    let (name, etag) = (obligation.name.clone(), obligation.etag.clone());
    let submit = pb::SubmitProofRequest { name, etag, proof: Some(proof), ..pb::SubmitProofRequest::default() };
    let filed = answer(world.obligations.clone().submit_proof(call(submit))).await.expect("filed");
    let (name, etag) = (filed.name, filed.etag);
    let accept = pb::AcceptObligationRequest { name, etag, ..pb::AcceptObligationRequest::default() };
    answer(world.obligations.clone().accept_obligation(by("qian", "default", accept))).await.expect("accepted");
}

#[tokio::test]
async fn a_late_payment_warns_and_is_closed_when_it_is_paid() {
    for world in worlds("2026-03-01").await {
        let contract = world.contract("dealer", "gz", vec![]).await;
        let first = owed(&world, &contract, "first", ObligationKind::Payment, "2026-03-31").await;
        let second = owed(&world, &contract, "second", ObligationKind::Payment, "2026-04-05").await;
        world.set("2026-04-06");
        assert_eq!(world.evaluate().await, (0, 0, 0, 0), "six days are not seven");
        world.set("2026-04-07");
        assert_eq!(world.evaluate().await, (1, 0, 0, 1));
        let alert = world.only().await;
        let said = "2 payments are overdue, the oldest by 7 days since 2026-03-31: 80,000.00 CNY are missing";
        assert_eq!((alert.summary.as_str(), alert.subject.as_str()), (said, "contracts/dealer payments"));
        assert_eq!(alert.owner, "finance");
        // The oldest is paid: the other is overdue by two days, which neither raises nor closes.
        paid(&world, &first, "2026-04-07").await;
        assert_eq!(world.evaluate().await, (0, 1, 0, 1));
        let said = "1 payment is overdue by 2 days since 2026-04-05: 40,000.00 CNY are missing";
        assert_eq!(world.only().await.summary, said);
        world.set("2026-05-05");
        assert_eq!(world.evaluate().await, (0, 1, 0, 1), "thirty days");
        assert_eq!(world.only().await.severity(), AlertSeverity::Critical);
        paid(&world, &second, "2026-05-05").await;
        assert_eq!(world.evaluate().await, (0, 0, 1, 0));
    }
}

#[tokio::test]
async fn other_obligations_warn_by_kind_and_the_rate_by_partner() {
    for world in worlds("2026-03-01").await {
        let contract = world.contract("dealer", "gz", vec![]).await;
        let mut payments = Vec::new();
        for n in 1..=4 {
            let (id, due_on) = (format!("payment-{n}"), format!("2026-03-{:02}", n + 1));
            payments.push(owed(&world, &contract, &id, ObligationKind::Payment, &due_on).await);
        }
        owed(&world, &contract, "report", ObligationKind::DataReport, "2026-03-10").await;
        for payment in &payments[..3] {
            paid(&world, payment, "2026-03-01").await;
        }
        world.set("2026-03-06");
        paid(&world, &payments[3], "2026-03-06").await;
        world.set("2026-03-13");
        // Three of five in time, one late, one overdue by three days: 0.6 of the days kept.
        assert_eq!(world.evaluate().await, (2, 0, 0, 2));
        let standing = world.standing().await;
        let said: Vec<_> = standing.iter().map(|a| (a.subject.as_str(), a.summary.as_str())).collect();
        let rate = "3 of 5 obligations due since 2025-09-13 were done in time: 60.0 %";
        assert!(said.contains(&("partners/gz", rate)), "{said:?}");
        let report = "1 data report is overdue by 3 days since 2026-03-10";
        assert!(said.contains(&("contracts/dealer obligations DATA_REPORT", report)), "{said:?}");
    }
}

#[tokio::test]
async fn a_contract_warns_before_its_end() {
    for world in worlds("2026-03-01").await {
        world.contract("dealer", "gz", vec![]).await;
        // Python: date(2027, 1, 1) - timedelta(60) = 2026-11-02, - timedelta(14) = 2026-12-18
        for (today, expected) in [
            ("2026-11-01", (0, 0, 0, 0)),
            ("2026-11-02", (1, 0, 0, 1)),
            ("2026-12-17", (0, 1, 0, 1)),
            ("2026-12-18", (0, 1, 0, 1)),
        ] {
            world.set(today);
            assert_eq!(world.evaluate().await, expected, "{today}");
        }
        let alert = world.only().await;
        assert_eq!(alert.severity(), AlertSeverity::Critical);
        assert_eq!(
            alert.summary,
            "the contract is over in 14 days, its last day is 2026-12-31, and no successor is signed"
        );
        world.set("2027-01-01");
        assert_eq!(world.evaluate().await, (0, 0, 1, 0), "it is over");
    }
}

#[tokio::test]
async fn evaluations_come_by_themselves() {
    for world in awake_worlds("2026-04-10").await {
        let contract = world.contract("dealer", "gz", vec![purchases()]).await;
        // The event of the contract.
        let standing = world.wait_for("the alert of the new contract", |all| all.len() == 1).await;
        assert_eq!(standing[0].severity(), AlertSeverity::Critical);
        // A batch of facts.
        world.record("default", 1, vec![fact("gz", "2026-01-02", SellIn, "CNY", (100_000, 0), "")]).await;
        world.wait_for("its end", <[_]>::is_empty).await;
        // A document.
        world.licence("near", Verified, "2026-06-01", 1).await;
        world.wait_for("the alert of the licence", |all| all.len() == 1).await;
        // An obligation, and the change of the day: eight days after its due day, and the pace is 100 of 108.
        owed(&world, &contract, "first", ObligationKind::Payment, "2026-04-10").await;
        world.set("2026-04-18");
        let standing = world.wait_for("the alert of the payment", |all| all.len() == 2).await;
        assert_eq!(standing[0].subject, "contracts/dealer payments");
    }
}

#[tokio::test]
async fn what_was_not_evaluated_before_a_stop_is_evaluated_after_it() {
    for world in worlds("2026-04-10").await {
        world.contract("dealer", "gz", vec![purchases()]).await;
        assert_eq!(world.evaluate().await.0, 1);
        // Marked and not evaluated, then the process ends.
        world.record("default", 1, vec![fact("gz", "2026-01-02", SellIn, "CNY", (100_000, 0), "")]).await;
        world.licence("near", Verified, "2026-06-01", 1).await;
        let world = world.restarted().await;
        let standing = world.wait_for("the evaluation", |all| all.len() == 1 && all[0].contract.is_empty()).await;
        assert_eq!(standing[0].subject, "partners/gz/documents/near");
    }
}
