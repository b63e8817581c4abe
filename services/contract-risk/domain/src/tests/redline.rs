//! Differences between revisions.

use proptest::prelude::*;

use super::{cny, purchases, reference, terms};
use crate::{
    Attachment, Clause, Draft, DraftDeposit, DraftPayment, DraftTarget, Piece, PieceKind, TermChange, Terms, Territory,
    compare,
};

fn clause(id: &str, text: &str) -> Clause {
    Clause { clause_id: id.to_owned(), title: String::new(), text: text.to_owned() }
}

fn said(changes: &[TermChange]) -> Vec<(&str, &str, &str)> {
    changes.iter().map(|c| (c.field.as_str(), c.before.as_str(), c.after.as_str())).collect()
}

/// A redline as one line: `[-struck out-]`, `{+put in+}`.
fn line(pieces: &[Piece]) -> String {
    let shown = |piece: &Piece| match piece.kind {
        PieceKind::Kept => piece.text.clone(),
        PieceKind::Deleted => format!("[-{}-]", piece.text),
        PieceKind::Inserted => format!("{{+{}+}}", piece.text),
    };
    pieces.iter().map(shown).collect()
}

fn redline(before: &str, after: &str) -> String {
    let with = |text: &str| terms(|d| d.clauses = vec![clause("a", text)]);
    let changes = compare(&with(before), &with(after));
    assert_eq!(changes[0].field, "clauses[a].text");
    line(&changes[0].redline)
}

#[test]
fn fields_differ_one_by_one_in_the_order_of_the_contract() {
    let before = terms(|d| {
        d.commitments = vec![purchases("annual", 2, 2_000_000), purchases("monthly", 4, 100_000)];
        d.payment = Some(DraftPayment { payment_days: 30, ..DraftPayment::default() });
        d.deposit = Some(DraftDeposit::Rate("0.20".to_owned()));
        d.owner = "li.wei".to_owned();
        d.labels = [("tier".to_owned(), "gold".to_owned())].into();
    });
    let after = terms(|d| {
        d.title = "Dealer agreement Foshan 2026".to_owned();
        d.effective_to = None;
        d.external_refs = vec![reference("erp", "V-2"), reference("crm", "V-1")];
        d.model = 1;
        d.territory = Some(Territory { regions: vec!["CN/GD".to_owned()], ..Territory::default() });
        d.commitments = vec![purchases("annual", 2, 1_500_000), purchases("quarterly", 3, 300_000)];
        d.payment = Some(DraftPayment {
            currency_code: "CNY".to_owned(),
            payment_days: 45,
            prepayment_rate: Some("0.10".to_owned()),
            list_price_factor: None,
        });
        d.deposit = Some(DraftDeposit::Amount(cny(50_000)));
        d.termination_buffer_months = Some(0);
    });
    let changes = compare(&before, &after);
    assert_eq!(
        said(&changes),
        [
            ("title", "Dealer agreement Guangzhou 2026", "Dealer agreement Foshan 2026"),
            ("effective_to", "2027-01-01", ""),
            ("external_refs[erp]", "V-1", "V-2"),
            ("model", "", "EXCLUSIVE_AGENCY"),
            ("territory.regions[CN/GD]", "", "CN/GD"),
            ("territory.exclusive", "", "false"),
            ("commitments[annual].amount", "CNY 2000000.00", "CNY 1500000.00"),
            ("commitments[quarterly].kind", "", "PURCHASE"),
            ("commitments[quarterly].cadence", "", "QUARTER"),
            ("commitments[quarterly].amount", "", "CNY 300000.00"),
            ("commitments[monthly].kind", "PURCHASE", ""),
            ("commitments[monthly].cadence", "MONTH", ""),
            ("commitments[monthly].amount", "CNY 100000.00", ""),
            ("payment.currency_code", "", "CNY"),
            ("payment.payment_days", "30", "45"),
            ("payment.prepayment_rate", "", "0.1"),
            ("deposit.amount", "", "CNY 50000.00"),
            ("deposit.rate", "0.2", ""),
            ("termination_buffer_months", "", "0"),
            ("owner", "li.wei", ""),
            ("labels[tier]", "gold", ""),
        ]
    );
    assert_eq!(line(&changes[0].redline), "Dealer agreement [-Guangzhou-]{+Foshan+} 2026");
    assert!(changes[1].redline.is_empty(), "a value has no pieces");
}

#[test]
fn texts_are_compared_by_sentence_and_word() {
    assert_eq!(
        redline(
            "Payment is due in 30 days. The price is 0.75 of list. Notice is given in writing.",
            "Payment is due in 45 days. The price is 0.8 of list. Notice is given in writing."
        ),
        "Payment is due in [-30-]{+45+} days. The price is [-0.75-]{+0.8+} of list. Notice is given in writing."
    );
    // Character by character in Chinese.
    assert_eq!(
        redline("甲方应在三十日内付款。乙方负责运输。", "甲方应在四十五日内付款。乙方负责运输。"),
        "甲方应在[-三-]{+四+}十{+五+}日内付款。乙方负责运输。"
    );
    assert_eq!(redline("One. Two. Three.", "One. Three."), "One. [-Two. -]Three.");
    assert_eq!(redline("a", "b"), "[-a-]{+b+}");
}

#[test]
fn a_new_clause_is_put_in_and_an_old_one_struck_out() {
    let with = |clauses: Vec<Clause>| terms(|d| d.clauses = clauses);
    let changes = compare(&with(vec![clause("a", "A.")]), &with(vec![clause("b", "B.")]));
    assert_eq!(said(&changes), [("clauses[b].text", "", "B."), ("clauses[a].text", "A.", "")]);
    assert_eq!((line(&changes[0].redline), line(&changes[1].redline)), ("{+B.+}".to_owned(), "[-A.-]".to_owned()));
}

#[test]
fn another_order_is_a_difference() {
    let with = |ids: &[&str]| terms(|d| d.clauses = ids.iter().map(|id| clause(id, "Text.")).collect());
    let changes = compare(&with(&["a", "b", "c"]), &with(&["c", "a", "b"]));
    assert_eq!(said(&changes), [("clauses", "a, b, c", "c, a, b")]);
    assert!(changes[0].redline.is_empty());
    // What was put in between leaves the order of the others as it is.
    let changes = compare(&with(&["a", "b"]), &with(&["a", "x", "b"]));
    assert_eq!(said(&changes), [("clauses[x].text", "", "Text.")]);
}

#[test]
fn attachments_of_one_title_are_told_apart() {
    let file = |digit: &str| Attachment { title: "Map".to_owned(), sha256: digit.repeat(64), ..Attachment::default() };
    let with = |digits: &[&str]| terms(|d| d.attachments = digits.iter().map(|digit| file(digit)).collect());
    let changes = compare(&with(&["1", "2"]), &with(&["1", "3"]));
    let (two, three) = ("2".repeat(64), "3".repeat(64));
    assert_eq!(said(&changes), [("attachments[Map#2].sha256", two.as_str(), three.as_str())]);
}

#[test]
fn what_costs_too_much_is_replaced_as_a_whole() {
    // Two texts without a common word or sentence, each of 20,000 characters: 10,000 words and 10,000 spaces.
    let text = |word: &str| format!("{word} ").repeat(10_000);
    let changed = redline(&text("a"), &text("b"));
    assert_eq!(changed, format!("[-{}-]{{+{}+}}", text("a"), text("b")));
}

/// Words that make sentences, breaks and Chinese.
fn texts() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec!["a", "b ", "c. ", "d", " ", "\n", "甲", "乙。", "1.5", "; ", "é"]);
    prop::collection::vec(word, 1..40).prop_map(|words| format!("x{}", words.concat()))
}

fn drafts() -> impl Strategy<Value = Terms> {
    let clauses = prop::collection::vec((prop::sample::select(vec!["a", "b", "c"]), texts()), 0..4);
    let regions = prop::sample::subsequence(vec!["CN/GD", "CN/FJ, CN/GD", "CN"], 0..=3).prop_shuffle();
    let commitments = prop::sample::subsequence(vec!["a", "b", "c"], 0..=3).prop_shuffle();
    let rest =
        (0_i32..3, prop::option::of(0_i32..3), prop::collection::btree_map("[ab]", "[xy]?", 0..3), any::<bool>());
    (clauses, regions, commitments, rest).prop_map(|(clauses, regions, commitments, (model, buffer, labels, money))| {
        terms(|d: &mut Draft| {
            let mut seen = std::collections::BTreeSet::new();
            let clauses = clauses.into_iter().filter(|(id, _)| seen.insert(*id));
            d.clauses = clauses.map(|(id, text)| clause(id, &text)).collect();
            let regions = regions.into_iter().map(str::to_owned).collect();
            d.territory = Some(Territory { regions, product_lines: Vec::new(), exclusive: money });
            d.commitments = commitments.into_iter().map(|id| purchases(id, 2, 5)).collect();
            if !money {
                for commitment in &mut d.commitments {
                    commitment.target = Some(DraftTarget::Quantity("5".to_owned()));
                }
            }
            d.model = model;
            d.termination_buffer_months = buffer;
            d.labels = labels;
        })
    })
}

proptest! {
    /// A redline holds both texts whole: kept and struck out is the old one, kept and put in is the new one.
    #[test]
    fn a_redline_holds_both_texts(before in texts(), after in texts()) {
        let with = |text: &str| terms(|d| d.clauses = vec![clause("a", text)]);
        let changes = compare(&with(&before), &with(&after));
        prop_assert_eq!(changes.is_empty(), before == after);
        for change in changes {
            let side = |kind| {
                let pieces = change.redline.iter().filter(|p| p.kind == PieceKind::Kept || p.kind == kind);
                pieces.map(|p| p.text.as_str()).collect::<String>()
            };
            prop_assert_eq!(side(PieceKind::Deleted), before.as_str());
            prop_assert_eq!(side(PieceKind::Inserted), after.as_str());
            prop_assert!(change.redline.iter().all(|p| !p.text.is_empty()));
        }
    }

    /// Nothing differs exactly when the terms are the same; the other way round the same fields differ, swapped.
    #[test]
    fn every_difference_is_told(before in drafts(), after in drafts()) {
        let there = compare(&before, &after);
        prop_assert_eq!(there.is_empty(), before == after);
        let mut there: Vec<_> = there.into_iter().map(|c| (c.field, c.before, c.after)).collect();
        let mut back: Vec<_> = compare(&after, &before).into_iter().map(|c| (c.field, c.after, c.before)).collect();
        there.sort();
        back.sort();
        prop_assert_eq!(there, back);
    }
}
