//! What the parties sign. Expected digests: Python, hashlib.sha256 over the text written as the comment of the module
//! says, e.g. "partner=9:zhang-san\n".

use super::{cny, contract, purchases, terms};
use crate::{
    Attachment, Clause, Draft, DraftCommitment, DraftDeposit, DraftPayment, DraftRenewal, DraftTarget, Territory,
};

fn everything(draft: &mut Draft) {
    draft.title = "经销协议 2026".to_owned();
    draft.effective_to = None;
    draft.principal = "Jiangnan Brand Ltd.".to_owned();
    draft.model = 2;
    draft.territory = Some(Territory {
        regions: vec!["CN/GD/Guangzhou".to_owned(), "CN/FJ".to_owned()],
        product_lines: vec!["tea".to_owned()],
        exclusive: true,
    });
    draft.commitments = vec![
        purchases("annual-purchases", 2, 2_000_000),
        DraftCommitment {
            commitment_id: "visits".to_owned(),
            kind: 3,
            cadence: 4,
            target: Some(DraftTarget::Quantity("5000.50".to_owned())),
            product_line: "tea".to_owned(),
        },
    ];
    draft.payment = Some(DraftPayment {
        currency_code: "CNY".to_owned(),
        payment_days: 30,
        prepayment_rate: Some("0.20".to_owned()),
        list_price_factor: Some("0.75".to_owned()),
    });
    draft.deposit = Some(DraftDeposit::Rate("0.2".to_owned()));
    draft.clauses = vec![Clause {
        clause_id: "termination".to_owned(),
        title: "Termination".to_owned(),
        text: "Three months.\nIn writing.".to_owned(),
    }];
    draft.attachments = vec![Attachment {
        title: "Price list".to_owned(),
        sha256: format!("{}a", "0".repeat(63)),
        media_type: "application/pdf".to_owned(),
        size_bytes: 1024,
        uri: "https://files.example/1".to_owned(),
    }];
    draft.renewal = Some(DraftRenewal { notice_days: Some(60), months: 12 });
    draft.termination_buffer_months = Some(0);
}

#[test]
fn digests_are_those_of_the_canonical_text() {
    let least = "12216c58730a8d60bf48a55502a4f9409d1c27c803c2b98fe7f17aad0070144a";
    assert_eq!(terms(|_| {}).digest(), least);
    let most = "31b9c830e897db61f8fb635d0c1d4a07d91d49a0dc02d47daf8e6bb3970a4cc5";
    assert_eq!(terms(everything).digest(), most);
}

#[test]
fn what_only_we_keep_is_not_signed() {
    let with = |change: fn(&mut Draft)| {
        terms(|d| {
            everything(d);
            change(d);
        })
    };
    let signed = with(|_| {});
    for ours in [
        with(|d| d.owner = "li.wei".to_owned()),
        with(|d| d.external_refs.clear()),
        with(|d| d.labels = [("a".to_owned(), "b".to_owned())].into()),
        with(|d| d.attachments[0].uri.clear()),
    ] {
        assert_ne!(ours, signed);
        assert!(ours.binds_like(&signed));
        assert_eq!(ours.digest(), signed.digest());
    }
    for theirs in [
        with(|d| d.title.push('.')),
        with(|d| d.effective_from = Some((2026, 1, 2))),
        with(|d| d.effective_to = Some((2027, 1, 1))),
        with(|d| d.principal.clear()),
        with(|d| d.model = 0),
        with(|d| d.territory = None),
        with(|d| d.territory.as_mut().expect("set").exclusive = false),
        with(|d| d.territory.as_mut().expect("set").regions.swap(0, 1)),
        with(|d| d.commitments.swap(0, 1)),
        with(|d| d.commitments[0].target = Some(DraftTarget::Amount(cny(1)))),
        with(|d| d.commitments[0].target = Some(DraftTarget::Quantity("2000000".to_owned()))),
        with(|d| d.payment.as_mut().expect("set").payment_days = 0),
        with(|d| d.deposit = Some(DraftDeposit::Amount(cny(1)))),
        with(|d| d.clauses[0].title.clear()),
        with(|d| d.clauses[0].text.push(' ')),
        with(|d| d.attachments[0].size_bytes = 1025),
        with(|d| d.renewal = None),
        with(|d| d.termination_buffer_months = None),
    ] {
        assert!(!theirs.binds_like(&signed));
        assert_ne!(theirs.digest(), signed.digest());
    }
}

/// The body of a contract as the first version kept it, letter by letter.
const OLD_BODY: &str = r#"{"id":"gz","uid":"01383fd6-3800-7000-8000-000000000001","terms":{"partner":"zhang-san","title":"Dealer agreement Guangzhou 2026","effective_from":"2026-01-01","effective_to":"2027-01-01","external_refs":[{"system":"erp","id":"V-1"},{"system":"crm","id":"V-1"}]},"state":"DRAFT","create_time":1341100800000000,"revision":1}"#;

#[test]
fn what_the_first_version_kept_can_be_read() {
    let old: crate::Contract = serde_json::from_str(OLD_BODY).expect("readable");
    assert_eq!(old.terms, terms(|_| {}));
    assert_eq!((&*old.etag(), old.revision, old.update_time()), ("v1", 1, old.create_time));
    assert_eq!((old.approval.is_none(), old.signatures.len(), old.next_move_on()), (true, 0, None));
}

#[test]
fn everything_comes_back_from_its_json() {
    let mut contract = contract(everything);
    contract.terminates_on = Some(super::day("2026-08-01"));
    let json = serde_json::to_string(&contract).expect("json");
    assert_eq!(serde_json::from_str::<crate::Contract>(&json).expect("readable"), contract);
    assert_eq!(Draft::from(&contract.terms).check().expect("good"), contract.terms, "said again");
}
