//! Laws that hold after any history.

use partner_registry_domain::{
    Document, DocumentKind as K, DocumentState as S, Review,
    document::{Change, Decision},
};
use proptest::prelude::*;
use tributary_core::{Date, Timestamp};

use crate::{draft, try_submit};

/// What may happen on a day to one of the documents.
#[derive(Debug, Clone)]
enum Step {
    Submit { kind: usize, lasts: i64, renews: Option<usize> },
    Decide { which: usize, decision: Decision, reviewer: &'static str },
    Sweep,
}

fn step() -> impl Strategy<Value = Step> {
    let decision = prop_oneof![3 => Just(Decision::Verify), 1 => Just(Decision::Reject)];
    let reviewer = prop_oneof![1 => Just("maker"), 4 => Just("checker")];
    prop_oneof![
        3 => (0_usize..2, 0_i64..10, proptest::option::of(0_usize..8))
            .prop_map(|(kind, lasts, renews)| Step::Submit { kind, lasts, renews }),
        4 => (0_usize..8, decision, reviewer)
            .prop_map(|(which, decision, reviewer)| Step::Decide { which, decision, reviewer }),
        1 => Just(Step::Sweep),
    ]
}

/// Takes the changes over; every one is the next revision of its document.
fn keep(documents: &mut [Document], changes: Vec<Change>) -> Result<(), TestCaseError> {
    for Change { document, .. } in changes {
        let old = documents.iter_mut().find(|d| d.name == document.name).expect("known");
        prop_assert_eq!(document.revision, old.revision + 1);
        prop_assert!(old.state != S::Rejected, "rejected is final");
        *old = document;
    }
    Ok(())
}

fn sound(documents: &[Document]) -> Result<(), TestCaseError> {
    for document in documents {
        prop_assert_eq!(document.superseded_by.is_some(), document.state == S::Superseded);
        if matches!(document.state, S::Verified | S::Rejected | S::Superseded) {
            let reviewer = document.review.as_ref().map(|r| r.reviewer.as_str());
            prop_assert!(reviewer.is_some_and(|reviewer| reviewer != document.submitter));
        }
        if document.state == S::Submitted {
            prop_assert!(document.review.is_none());
        }
        if let Some(by) = &document.superseded_by {
            let renewal = documents.iter().find(|d| d.name.id == *by).expect("known");
            prop_assert_eq!(renewal.supersedes.as_ref(), Some(&document.name.id));
            prop_assert_eq!(renewal.content.kind, document.content.kind);
            prop_assert!(renewal.is_accepted(), "what superseded it was accepted and is not rejected");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever is tried in whatever order: reviewer and submitter differ, a superseded document has one accepted
    /// renewal, rejected is final, revisions count by one.
    #[test]
    fn no_history_breaks_the_laws(steps in proptest::collection::vec(step(), 1..40)) {
        let mut documents: Vec<Document> = Vec::new();
        for (n, step) in (0_i64..).zip(steps) {
            let (today, now) = (Date::from_days(20_700 + n / 3), Timestamp(n));
            match step {
                Step::Submit { kind, lasts, renews } => {
                    let last = Date::from_days(today.days() + lasts).to_string();
                    let renews = renews.and_then(|which| documents.get(which));
                    let own = format!("d{n}");
                    documents.extend(try_submit(&own, draft(K::ALL[kind], Some(&last)), renews));
                }
                Step::Decide { which, decision, reviewer } => {
                    let Some(document) = documents.get(which) else { continue };
                    let renews = document.supersedes.as_ref();
                    let renews = renews.and_then(|id| documents.iter().find(|d| d.name.id == *id));
                    let review = Review { reviewer: reviewer.to_owned(), time: now, note: String::new() };
                    if let Ok((own, other)) = document.decide(decision, review, renews, today) {
                        keep(&mut documents, [own].into_iter().chain(other).collect())?;
                    }
                }
                Step::Sweep => {
                    let due: Vec<Change> = documents.iter().filter_map(|d| d.expire(today, now)).collect();
                    keep(&mut documents, due)?;
                    prop_assert!(documents.iter().all(|d| d.expire(today, now).is_none()), "once is enough");
                }
            }
            sound(&documents)?;
        }
    }
}
