//! Drafts and names.

use partner_registry_domain::{DocumentDraft, DocumentKind, DocumentName, DocumentState};

use crate::{TODAY, day, draft};

fn wrong(draft: DocumentDraft) -> Vec<String> {
    let found = draft.check(day(TODAY)).err().unwrap_or_default();
    found.into_vec().into_iter().map(|v| v.field).collect()
}

fn good() -> DocumentDraft {
    draft(DocumentKind::BusinessLicence, Some(TODAY))
}

#[test]
fn every_violation_comes_at_once() {
    let expected = ["kind", "number", "issuer", "file_digest", "media_type", "size_bytes"];
    assert_eq!(wrong(DocumentDraft::default()), expected);
    let content = good().check(day(TODAY)).expect("good");
    assert_eq!((content.kind, content.expires_on), (DocumentKind::BusinessLicence, Some(day(TODAY))));
}

#[test]
fn only_other_documents_need_a_title_and_no_number() {
    let bare = |kind| DocumentDraft {
        title: String::new(),
        number: " ".to_owned(),
        issuer: String::new(),
        ..draft(kind, None)
    };
    assert_eq!(wrong(bare(DocumentKind::Other)), ["title"]);
    assert_eq!(wrong(bare(DocumentKind::Authorisation)), ["number", "issuer"]);
    let titled = DocumentDraft { title: "lease".to_owned(), ..bare(DocumentKind::Other) };
    assert!(titled.check(day(TODAY)).is_ok());
}

#[test]
fn days_stand_in_their_order() {
    let of = |issued: Option<&str>, expires: Option<&str>| {
        wrong(DocumentDraft { issued_on: issued.map(day), expires_on: expires.map(day), ..good() })
    };
    assert!(of(None, None).is_empty());
    // A document is issued by today and valid today at least.
    assert!(of(Some("2026-07-01"), Some("2026-07-01")).is_empty());
    assert_eq!(of(Some("2026-07-02"), None), ["issued_on"]);
    assert_eq!(of(None, Some("2026-06-30")), ["expires_on"]);
    assert_eq!(of(Some("2026-06-30"), Some("2026-06-29")), ["expires_on"]);
    // The "no end" of many a system is a day like any other.
    assert!(of(None, Some("9999-12-31")).is_empty());
}

#[test]
fn bounds_of_texts_and_of_the_file() {
    let with = |change: &dyn Fn(&mut DocumentDraft)| {
        let mut draft = good();
        change(&mut draft);
        wrong(draft)
    };
    assert!(with(&|d| d.title = "证".repeat(200)).is_empty());
    assert_eq!(with(&|d| d.title = "证".repeat(201)), ["title"]);
    assert_eq!(with(&|d| d.number = "9".repeat(101)), ["number"]);
    assert_eq!(with(&|d| d.issuer = "a\nb".to_owned()), ["issuer"]);
    for bad in ["0".repeat(63), "0".repeat(65), "A".repeat(64), "g".repeat(64)] {
        assert_eq!(with(&|d| d.file_digest.clone_from(&bad)), ["file_digest"], "{bad}");
    }
    for fine in ["image/jpeg", "application/vnd.ms-excel", "image/svg+xml"] {
        assert!(with(&|d| d.media_type = fine.to_owned()).is_empty(), "{fine}");
    }
    for bad in ["", "pdf", "application/", "/pdf", "a/b/c", "image/JPEG", "a/b c", "a/+b"] {
        assert_eq!(with(&|d| d.media_type = bad.to_owned()), ["media_type"], "{bad}");
    }
    assert_eq!(with(&|d| d.media_type = format!("a/{}", "b".repeat(126))), ["media_type"]);
    // 2^40 bytes and one more.
    assert!(with(&|d| d.size_bytes = 1_099_511_627_776).is_empty());
    assert_eq!(with(&|d| d.size_bytes = 1_099_511_627_777), ["size_bytes"]);
    assert_eq!(with(&|d| d.size_bytes = -1), ["size_bytes"]);
}

#[test]
fn names_are_read_back() {
    let name = DocumentName::parse("partners/a/documents/licence-2026").expect("a name");
    assert_eq!((name.partner.as_str(), name.id.as_str()), ("a", "licence-2026"));
    assert_eq!(name.to_string(), "partners/a/documents/licence-2026");
    for bad in
        ["", "partners/a", "partners/a/documents/", "documents/x", "partners/-/documents/x", "partners/a/documents/x/y"]
    {
        assert!(DocumentName::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn kinds_and_states_have_the_numbers_of_the_proto() {
    assert_eq!(DocumentKind::ALL.map(DocumentKind::number), [1, 2, 3, 4, 5, 6]);
    assert_eq!(DocumentState::ALL.map(DocumentState::number), [1, 2, 3, 4, 5]);
    for kind in DocumentKind::ALL {
        assert_eq!(DocumentKind::parse(kind.as_str()), Ok(kind));
        assert_eq!(DocumentKind::from_number(kind.number()), Some(kind));
    }
    for state in DocumentState::ALL {
        assert_eq!(DocumentState::parse(state.as_str()), Ok(state));
    }
    assert_eq!(DocumentKind::from_number(0), None);
    assert!(DocumentKind::parse("licence").is_err());
    assert!(DocumentState::parse("verified").is_err());
}
