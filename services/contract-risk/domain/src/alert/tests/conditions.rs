//! What each condition finds, by hand.

use tributary_core::{Date, MinorAmount};

use super::world::{cny, contract, day, decimal, id, spec, view};
use crate::{
    ContractState, ObligationKind, OnTimeCounts,
    alert::{
        Condition, EvidenceValue, Expiring, ExpiringDocument, Finding, Level, OnTimeRate, Overdue, OverdueDuty,
        PartnerView, findings,
    },
};

fn levels(found: &[Finding]) -> Vec<(&str, Level)> {
    found.iter().map(|finding| (finding.subject.as_str(), finding.level)).collect()
}

fn found(condition: Condition, view: &PartnerView, today: &str) -> Vec<Finding> {
    findings(&spec(condition), view, day(today))
}

fn overdue(contract: &str, kind: ObligationKind, days: i64, fen: Option<i64>) -> OverdueDuty {
    let missing = fen.map(|value| MinorAmount { currency: cny(), value });
    let due_on = day("2026-06-30").plus_days(-days);
    OverdueDuty { contract: id(contract), kind, due_on, days, missing }
}

#[test]
fn payments_are_late_by_contract_and_oldest_day() {
    let rule = Condition::PaymentLate(Overdue { trigger_days: 7, critical_days: 30, clear_days: 2 });
    let payment = |contract, days, fen| overdue(contract, ObligationKind::Payment, days, Some(fen));
    let view = PartnerView {
        overdue: vec![
            payment("a", 6, 100),
            payment("b", 2, 100),
            payment("c", 7, 10_000_000),
            payment("c", 3, 2_000_005),
            payment("d", 30, 1),
            overdue("e", ObligationKind::Delivery, 90, None),
        ],
        ..view()
    };
    let found = found(rule, &view, "2026-06-30");
    assert_eq!(
        levels(&found),
        [
            ("contracts/a payments", Level::Between),
            ("contracts/b payments", Level::Clear),
            ("contracts/c payments", Level::Warning),
            ("contracts/d payments", Level::Critical),
        ]
    );
    let c = &found[2];
    assert_eq!(c.summary, "2 payments are overdue, the oldest by 7 days since 2026-06-23: 120,000.05 CNY are missing");
    assert_eq!(c.contract, Some(id("c")));
    let value = |name: &str| c.evidence.iter().find(|e| e.name == name).map(|e| e.value.clone());
    assert_eq!(value("oldest_due_on"), Some(EvidenceValue::Day(day("2026-06-23"))));
    assert_eq!(value("overdue_count"), Some(EvidenceValue::Number(2.into())));
    assert_eq!(value("missing"), Some(EvidenceValue::Amount(cny(), decimal("120000.05").into())));
}

#[test]
fn other_obligations_are_overdue_by_contract_and_kind() {
    let levels_of = Overdue { trigger_days: 3, critical_days: 0, clear_days: 0 };
    let rule = |kinds| Condition::ObligationOverdue { overdue: levels_of, kinds };
    use ObligationKind::{DataReport, Delivery, Payment};
    let view = PartnerView {
        overdue: vec![
            overdue("a", Delivery, 4_000, None),
            overdue("a", DataReport, 1, None),
            overdue("a", DataReport, 3, None),
            overdue("b", Delivery, 2, None),
            overdue("b", Payment, 50, Some(1)),
        ],
        ..view()
    };
    let all = found(rule(vec![]), &view, "2026-06-30");
    assert_eq!(
        levels(&all),
        [
            ("contracts/a obligations DELIVERY", Level::Warning),
            ("contracts/a obligations DATA_REPORT", Level::Warning),
            ("contracts/b obligations DELIVERY", Level::Between),
        ],
        "never critical when no level is given"
    );
    // Python: date(2026, 6, 30) - timedelta(4000) = 2015-07-18
    assert_eq!(all[0].summary, "1 delivery is overdue by 4,000 days since 2015-07-18");
    assert_eq!(all[1].summary, "2 data reports are overdue, the oldest by 3 days since 2026-06-27");
    let some = found(rule(vec![DataReport]), &view, "2026-06-30");
    assert_eq!(levels(&some), [("contracts/a obligations DATA_REPORT", Level::Warning)]);
}

#[test]
fn contracts_end_unless_a_successor_is_signed() {
    let rule = || Condition::ContractExpiring(Expiring { trigger_days: 60, critical_days: 14 });
    let ends = |state, terminates_on: Option<Date>| {
        let mut ending = contract("dealer", serde_json::json!([]));
        (ending.state, ending.terminates_on) = (state, terminates_on);
        PartnerView { contracts: vec![ending], ..view() }
    };
    let level = |view: &PartnerView, today: &str| found(rule(), view, today).first().map(|f| f.level);
    let active = ends(ContractState::Active, None);
    // The term is over on 2027-01-01; Python: date(2027, 1, 1) - timedelta(60) = 2026-11-02, - timedelta(14) = 2026-12-18.
    for (today, expected) in [
        ("2026-11-01", Some(Level::Clear)),
        ("2026-11-02", Some(Level::Warning)),
        ("2026-12-17", Some(Level::Warning)),
        ("2026-12-18", Some(Level::Critical)),
        ("2026-12-31", Some(Level::Critical)),
        ("2027-01-01", None),
    ] {
        assert_eq!(level(&active, today), expected, "{today}");
    }
    let said = &found(rule(), &active, "2026-12-31")[0];
    assert_eq!(said.summary, "the contract is over in 1 day, its last day is 2026-12-31, and no successor is signed");
    assert_eq!(level(&ends(ContractState::Expiring, None), "2026-11-02"), Some(Level::Warning));
    assert_eq!(level(&ends(ContractState::Renewed, None), "2026-12-31"), None);
    let terminating = ends(ContractState::Terminating, Some(day("2026-07-01")));
    assert_eq!(level(&terminating, "2026-06-20"), Some(Level::Critical));
    let mut open = active.clone();
    open.contracts[0].terms.effective_to = None;
    assert_eq!(level(&open, "2026-12-31"), None);
}

#[test]
fn documents_end_on_their_last_valid_day() {
    let document = |kind: &str| ExpiringDocument {
        name: format!("partners/gz/documents/{}", kind.to_lowercase().replace('_', "-")),
        kind: kind.to_owned(),
        expires_on: day("2026-06-30"),
    };
    let view = PartnerView { documents: vec![document("BUSINESS_LICENCE"), document("OTHER")], ..view() };
    let rule = |critical_days, kinds: &[&str]| Condition::DocumentExpiring {
        expiring: Expiring { trigger_days: 60, critical_days },
        kinds: kinds.iter().map(|k| (*k).to_owned()).collect(),
    };
    let licence = |critical_days, today: &str| {
        let found = found(rule(critical_days, &["BUSINESS_LICENCE"]), &view, today);
        assert_eq!(found.len(), 1);
        (found[0].level, found[0].summary.clone())
    };
    let name = "BUSINESS_LICENCE partners/gz/documents/business-licence";
    // Python: date(2026, 6, 30) - timedelta(60) = 2026-05-01
    for (today, level, said) in [
        ("2026-04-30", Level::Clear, "is valid for 61 days more, until 2026-06-30"),
        ("2026-05-01", Level::Warning, "is valid for 60 days more, until 2026-06-30"),
        ("2026-06-30", Level::Warning, "is valid until today, 2026-06-30"),
        ("2026-07-01", Level::Critical, "is no longer valid since 2026-07-01"),
        ("2027-07-01", Level::Critical, "is no longer valid since 2026-07-01"),
    ] {
        assert_eq!(licence(0, today), (level, format!("{name} {said}")), "{today}");
    }
    assert_eq!(licence(7, "2026-06-22").0, Level::Warning);
    assert_eq!(licence(7, "2026-06-23").0, Level::Critical);
    assert_eq!(found(rule(0, &[]), &view, "2026-06-30").len(), 2, "every kind when none is named");
}

#[test]
fn a_rate_is_judged_when_enough_was_due() {
    let rule = || {
        Condition::OnTimeRate(OnTimeRate {
            trigger_below: decimal("0.8"),
            clear_from: decimal("0.9"),
            critical_below: Some(decimal("0.5")),
            months: 6,
            minimum_due: 5,
        })
    };
    let judged = |on_time, late, overdue| {
        let counts = OnTimeCounts { partner: id("gz"), on_time, late, overdue };
        let view = PartnerView { on_time: [(6, counts)].into(), ..view() };
        found(rule(), &view, "2026-08-31").pop()
    };
    for (counts, expected) in [
        ((4, 0, 0), None),
        ((4, 1, 0), Some(Level::Between)),
        ((39, 5, 5), Some(Level::Warning)),
        ((5, 3, 2), Some(Level::Warning)),
        ((4, 3, 3), Some(Level::Critical)),
        ((0, 0, 5), Some(Level::Critical)),
        ((9, 1, 0), Some(Level::Clear)),
    ] {
        assert_eq!(judged(counts.0, counts.1, counts.2).map(|f| f.level), expected, "{counts:?}");
    }
    let said = judged(39, 5, 5).expect("judged");
    // 39 / 49 = 0.7959…, cut; six months before 31 August is the last day of February.
    assert_eq!(said.summary, "39 of 49 obligations due since 2026-02-28 were done in time: 79.5 %");
    assert_eq!(said.subject, "partners/gz");
}
