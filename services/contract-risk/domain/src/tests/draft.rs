//! What a draft may say, by hand.

use tributary_core::{Date, Timestamp};

use super::{cny, contract, draft, purchases, reference};
use crate::{
    Attachment, Clause, ContractState, Draft, DraftCommitment, DraftDeposit, DraftPayment, DraftRenewal, DraftTarget,
    RawMoney, Territory,
};

/// The fields of the violations, in the order found.
fn wrong(change: impl FnOnce(&mut Draft)) -> Vec<String> {
    let mut draft = draft();
    change(&mut draft);
    match draft.check() {
        Ok(_) => Vec::new(),
        Err(v) => v.into_vec().into_iter().map(|v| v.field).collect(),
    }
}

#[test]
fn a_good_draft_keeps_what_was_said() {
    let terms = draft().check().expect("good");
    assert_eq!(terms.partner.as_str(), "zhang-san");
    // Python: (date(2026, 1, 1) - date(1970, 1, 1)).days == 20454; one year later 20819
    assert_eq!((terms.effective_from.days(), terms.effective_to.map(Date::days)), (20_454, Some(20_819)));
    assert_eq!(terms.external_refs, [reference("erp", "V-1"), reference("crm", "V-1")]);
    let contract = contract(|_| {});
    assert_eq!((contract.name().as_str(), contract.etag().as_str()), ("contracts/gz", "v1"));
    assert_eq!((contract.state, contract.create_time), (ContractState::Draft, Timestamp(7)));
    assert_eq!((contract.revision, &*contract.author, contract.update_time()), (1, "zhao", Timestamp(7)));
}

#[test]
fn a_term_is_open_or_at_least_one_day() {
    assert_eq!(wrong(|d| d.effective_to = None), Vec::<String>::new());
    assert_eq!(wrong(|d| d.effective_to = Some((2026, 1, 2))), Vec::<String>::new());
    assert_eq!(wrong(|d| d.effective_to = Some((2026, 1, 1))), ["effective_to"], "no day at all");
    assert_eq!(wrong(|d| d.effective_to = Some((2025, 12, 31))), ["effective_to"]);
    assert_eq!(wrong(|d| d.effective_from = None), ["effective_from"]);
    assert_eq!(wrong(|d| d.effective_from = Some((2026, 2, 29))), ["effective_from"]);
    assert_eq!(wrong(|d| d.effective_from = Some((0, 5, 1))), ["effective_from"], "a date without a year");
    let mut swapped = draft();
    swapped.effective_to = Some((2025, 1, 1));
    let violations = swapped.check().expect_err("ends before it begins").into_vec();
    assert_eq!(
        violations[0].description,
        "2025-01-01 is not after effective_from 2026-01-01; it is the first day after the term, unset it for an open end"
    );
}

#[test]
fn titles_are_said_and_fit() {
    for (title, good) in [("", false), ("  ", false), ("a\nb", false), ("a\0", false), ("合同", true)] {
        assert_eq!(wrong(|d| d.title = title.to_owned()).is_empty(), good, "{title:?}");
    }
    assert!(wrong(|d| d.title = "合".repeat(300)).is_empty());
    assert_eq!(wrong(|d| d.title = "合".repeat(301)), ["title"]);
}

#[test]
fn a_system_has_one_key() {
    let refs = |list: &[(&str, &str)]| {
        let list = list.iter().map(|(s, i)| reference(s, i)).collect();
        wrong(|d| d.external_refs = list)
    };
    assert!(refs(&[]).is_empty());
    assert_eq!(refs(&[("erp", "1"), ("crm", "1"), ("erp", "2")]), ["external_refs[2].system"]);
    assert_eq!(refs(&[("ERP", "1")]), ["external_refs[0].system"]);
    assert_eq!(refs(&[("erp", "")]), ["external_refs[0].id"]);
    assert_eq!(refs(&[("erp", "a\tb")]), ["external_refs[0].id"]);
    assert_eq!(refs(&[("erp", &"x".repeat(201))]), ["external_refs[0].id"]);
    let many: Vec<_> = (0..21).map(|i| reference(&format!("s{i}"), "1")).collect();
    assert_eq!(wrong(|d| d.external_refs = many), ["external_refs"]);
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let fields = wrong(|d| {
        *d = Draft {
            partner: "zhang-san".to_owned(),
            title: String::new(),
            effective_from: None,
            effective_to: Some((2026, 13, 1)),
            external_refs: vec![reference("", "")],
            principal: "a\nb".to_owned(),
            model: 99,
            territory: Some(Territory { regions: vec!["CN//GZ".to_owned()], ..Territory::default() }),
            commitments: vec![DraftCommitment::default()],
            payment: Some(DraftPayment {
                currency_code: "RMB".to_owned(),
                payment_days: -1,
                ..DraftPayment::default()
            }),
            deposit: Some(DraftDeposit::Unsaid),
            clauses: vec![Clause::default()],
            attachments: vec![Attachment { size_bytes: -1, ..Attachment::default() }],
            renewal: Some(DraftRenewal { notice_days: Some(-1), months: 601 }),
            termination_buffer_months: Some(61),
            owner: "x".repeat(101),
            labels: [(String::new(), "x".repeat(201))].into(),
        };
    });
    assert_eq!(
        fields,
        [
            "partner",
            "title",
            "effective_from",
            "effective_to",
            "external_refs[0].system",
            "external_refs[0].id",
            "principal",
            "model",
            "territory.regions[0]",
            "commitments[0].commitment_id",
            "commitments[0].kind",
            "commitments[0].cadence",
            "commitments[0].target",
            "payment.currency_code",
            "payment.payment_days",
            "deposit",
            "clauses[0].clause_id",
            "clauses[0].text",
            "attachments[0].title",
            "attachments[0].sha256",
            "attachments[0].size_bytes",
            "renewal.notice_days",
            "renewal.months",
            "termination_buffer_months",
            "owner",
            "labels[\"\"]",
            "labels[\"\"]",
        ]
    );
}

#[test]
fn commitments_say_who_what_and_how_much() {
    let commitments = |list: Vec<DraftCommitment>| wrong(|d| d.commitments = list);
    let one = |change: fn(&mut DraftCommitment)| {
        let mut commitment = purchases("a", 2, 2_000_000);
        change(&mut commitment);
        commitments(vec![commitment])
    };
    let none = Vec::<String>::new();
    assert_eq!(one(|_| {}), none);
    assert_eq!(commitments(vec![purchases("a", 2, 1), purchases("b", 2, 1)]), none);
    assert_eq!(
        commitments(vec![purchases("a", 2, 1), purchases("b", 3, 1), purchases("a", 4, 1)]),
        ["commitments[2].commitment_id"]
    );
    assert_eq!(one(|c| c.kind = 5), ["commitments[0].kind"]);
    assert_eq!(one(|c| c.cadence = 0), ["commitments[0].cadence"]);
    let amount = |units, nanos| DraftTarget::Amount(RawMoney { units, nanos, ..cny(0) });
    for (target, good) in [
        (amount(0, 10_000_000), true),
        (amount(0, 0), false),
        (amount(-1, 0), false),
        (amount(0, 1_000_000), false), // a tenth of a fen
        (DraftTarget::Amount(RawMoney { currency_code: "XAU".to_owned(), ..cny(1) }), false),
        (DraftTarget::Quantity("0.000001".to_owned()), true),
        (DraftTarget::Quantity("0.0000001".to_owned()), false),
        (DraftTarget::Quantity("0".to_owned()), false),
        (DraftTarget::Quantity("-5".to_owned()), false),
        (DraftTarget::Quantity("1e3".to_owned()), false),
    ] {
        let said = DraftCommitment { target: Some(target.clone()), ..purchases("a", 2, 1) };
        assert_eq!(commitments(vec![said]).is_empty(), good, "{target:?}");
    }
    // Visits and followers are counted.
    for kind in [3, 4] {
        let counted =
            DraftCommitment { target: Some(DraftTarget::Quantity("5000".to_owned())), ..purchases("a", 2, 1) };
        assert_eq!(commitments(vec![DraftCommitment { kind, ..counted }]), none);
        assert_eq!(commitments(vec![DraftCommitment { kind, ..purchases("a", 2, 1) }]), ["commitments[0].amount"]);
    }
    // A term without an end has no whole.
    assert_eq!(one(|c| c.cadence = 1), none);
    let open = |cadence| {
        wrong(|d| {
            d.effective_to = None;
            d.commitments = vec![purchases("a", cadence, 1)];
        })
    };
    assert_eq!(open(1), ["commitments[0].cadence"]);
    assert_eq!(open(2), none);
    assert_eq!(commitments(vec![purchases("a", 2, 1); 51]).first().map(String::as_str), Some("commitments"));
}

#[test]
fn rates_are_parts_of_a_whole() {
    let text = |s: &str| Some(s.to_owned());
    for (rate, prepayment, factor, deposit) in [
        ("0", true, false, false),
        ("0.000001", true, true, true),
        ("0.0000001", false, false, false),
        ("1", true, true, true),
        ("1.000001", false, false, false),
        ("-0.1", false, false, false),
        ("20%", false, false, false),
    ] {
        let payment = |p: DraftPayment| wrong(|d| d.payment = Some(p)).is_empty();
        let said = DraftPayment { prepayment_rate: text(rate), ..DraftPayment::default() };
        assert_eq!(payment(said), prepayment, "prepayment_rate {rate}");
        let said = DraftPayment { list_price_factor: text(rate), ..DraftPayment::default() };
        assert_eq!(payment(said), factor, "list_price_factor {rate}");
        let said = Some(DraftDeposit::Rate(rate.to_owned()));
        assert_eq!(wrong(|d| d.deposit = said).is_empty(), deposit, "deposit {rate}");
    }
    assert_eq!(wrong(|d| d.deposit = Some(DraftDeposit::Amount(cny(0)))), ["deposit.amount"]);
}

#[test]
fn clauses_have_ids_of_their_own_and_fit_together() {
    let clause = |id: &str, text: String| Clause { clause_id: id.to_owned(), title: String::new(), text };
    let clauses = |list: Vec<Clause>| wrong(|d| d.clauses = list);
    let short = |id: &str| clause(id, "first line\nsecond line".to_owned());
    assert_eq!(clauses(vec![short("a"), short("b")]), Vec::<String>::new());
    assert_eq!(clauses(vec![short("a"), short("b"), short("a")]), ["clauses[2].clause_id"]);
    assert_eq!(clauses(vec![clause("a", "x".repeat(20_001))]), ["clauses[0].text"]);
    assert_eq!(clauses(vec![clause("a", "a\0b".to_owned())]), ["clauses[0].text"]);
    let long = |n: usize| (0..n).map(|i| clause(&format!("c{i}"), "条".repeat(20_000))).collect::<Vec<_>>();
    assert!(clauses(long(10)).is_empty(), "200,000 characters");
    assert_eq!(clauses(long(11)), ["clauses"]);
}

#[test]
fn territories_go_from_broad_to_narrow() {
    let regions = |list: &[&str]| {
        let regions = list.iter().map(|r| (*r).to_owned()).collect();
        wrong(|d| d.territory = Some(Territory { regions, ..Territory::default() }))
    };
    assert!(regions(&["CN/GD/Guangzhou", "CN/FJ"]).is_empty());
    assert_eq!(regions(&["CN", "CN"]), ["territory.regions[1]"]);
    for bad in ["/CN", "CN/", "CN//GD", " ", "CN/ /GZ"] {
        assert_eq!(regions(&[bad]), ["territory.regions[0]"], "{bad:?}");
    }
}

#[test]
fn what_says_nothing_is_not_kept() {
    let terms = super::terms(|d| {
        d.territory = Some(Territory::default());
        d.payment = Some(DraftPayment::default());
        d.renewal = Some(DraftRenewal::default());
    });
    assert_eq!((terms.territory.is_none(), terms.payment.is_none(), terms.renewal.is_none()), (true, true, true));
    assert_eq!((terms.notice_days(), terms.buffer_months()), (90, 3));
    let said = super::terms(|d| {
        d.renewal = Some(DraftRenewal { notice_days: Some(0), months: 0 });
        d.termination_buffer_months = Some(0);
    });
    assert_eq!((said.notice_days(), said.buffer_months()), (0, 0), "0 is said, and not the default");
}
