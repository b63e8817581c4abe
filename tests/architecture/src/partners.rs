//! Rules on what partners' own users are shown: what names people of the house or says why they did something is marked for
//! the house, or stands in a list here with a reason; filters do not ask for what is marked.

use std::collections::{BTreeMap, BTreeSet};

use prost_reflect::{
    DescriptorPool, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor, MethodDescriptor, Value,
};

use crate::{
    Finding, SourceFile,
    protos::{ROLE_PARTNER, finding, methods, policy, roles},
};

/// Names of fields that hold people, their reasons and notes, and labels. Also whatever ends like [`ENDS`].
const OURS: [&str; 16] = [
    "actor",
    "approver",
    "author",
    "checker",
    "comment",
    "creator",
    "decider",
    "editor",
    "labels",
    "maker",
    "note",
    "owner",
    "reason",
    "reviewer",
    "subject",
    "submitter",
];

/// How such names end.
const ENDS: [&str; 3] = ["_by", "_note", "_reason"];

/// Such fields that partners are shown on purpose, and why.
pub const OPEN: &[(&str, &str)] = &[
    ("tributary.contract.v1.Proof.submitter", "mostly the partner's own people file proofs"),
    ("tributary.gateway.v1.Caller.subject", "the caller itself"),
    ("tributary.incentive.v1.HoldReason.reason", "a rule of the plan, without labels"),
    ("tributary.incentive.v1.NotFired.reason", "a rule of the plan, without labels and other partners"),
    ("tributary.incentive.v1.SettlementAdjustment.reason", "written for the partner: it stands on the page"),
    ("tributary.incentive.v1.SettlementHold.reason", "written for the partner: it stands on the page"),
    ("tributary.incentive.v1.SettlementPayment.reason", "why the partner's own bank could not be paid"),
    ("tributary.incentive.v1.StepTrace.reason", "a rule of the plan, without labels and other partners"),
    ("tributary.partner.v1.Certificate.revocation_reason", "written for the partner: why its person may not go on"),
    ("tributary.partner.v1.Deal.closing_reason", "written for the partner, or by it: why it ended"),
    ("tributary.partner.v1.Deal.decide_by", "a day"),
    ("tributary.partner.v1.Deal.note", "what the partner itself says of its lead"),
    ("tributary.partner.v1.DealDecision.note", "written for the partner: why its lead was rejected"),
    ("tributary.partner.v1.Document.review_note", "what the partner must mend"),
    ("tributary.partner.v1.Document.submitter", "mostly the partner's own people submit documents"),
    ("tributary.partner.v1.Document.superseded_by", "a document of the partner"),
    ("tributary.partner.v1.Person.labels", "mostly the partner's own people label their own"),
    ("tributary.partner.v1.TrainingSession.cancellation_reason", "written for partners: why it does not take place"),
];

/// The words before the fields that a partner's own user cannot compare.
const NOT_FOR_PARTNERS: &str = "Not for a partner's own user:";

/// Every field that a partner can be shown and that by its name holds people of the house, their reasons or labels is marked
/// `house_only`, or is among `open`. What is listed and is not shown is found, too.
#[must_use]
pub fn people_and_reasons_are_for_the_house(pool: &DescriptorPool, open: &[(&str, &str)]) -> Vec<Finding> {
    let mut shown: BTreeMap<String, FieldDescriptor> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for method in open_to_partners(pool) {
        collect(pool, &method.output(), &mut seen, &mut shown);
    }
    let ours = |name: &str| OURS.contains(&name) || ENDS.iter().any(|end| name.ends_with(end));
    let listed = |full: &str| open.iter().any(|(known, _)| *known == full);
    let mut findings = Vec::new();
    for (full, field) in &shown {
        if ours(field.name()) && !listed(full) {
            let file = field.parent_message().parent_file();
            let why = format!("{full} is shown to partners: mark it house_only, or list it in OPEN with a reason");
            findings.push(finding(&file, field.path(), why));
        }
    }
    for (name, _) in open.iter().filter(|(name, _)| !shown.contains_key(*name)) {
        let file = "tests/architecture/src/partners.rs";
        findings.push(Finding::new(file, 1, format!("{name} is listed as open and is not shown to partners")));
    }
    findings
}

/// Of a list that is open to partners, the comment of its filter names the fields that are for the house after "Not for a
/// partner's own user:", and the service reads it by `parse_for` with the name of the rows, which refuses them.
#[must_use]
pub fn filters_ask_nothing_of_what_is_for_the_house(pool: &DescriptorPool, files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for method in open_to_partners(pool) {
        let Some(filter) = method.input().get_field_by_name("filter") else { continue };
        let file = method.parent_service().parent_file();
        let rows = method.output().fields().find(FieldDescriptor::is_list).map(|field| field.kind());
        let Some(Kind::Message(row)) = rows else {
            findings.push(finding(&file, method.path(), format!("{} has a filter, but no rows", method.name())));
            continue;
        };
        let asked = "parse_for(";
        let named = format!("\"{}\"", row.full_name());
        let reads =
            |f: &&SourceFile| f.path.starts_with("services/") && f.text.contains(asked) && f.text.contains(&named);
        if !files.iter().any(|f| reads(&f)) {
            let why = format!(
                "{} is open to partners, and no service reads its filter by parse_for({named}, …)",
                method.name()
            );
            findings.push(finding(&file, method.path(), why));
        }
        let comments =
            [comment(&file, method.path()), comment(&filter.parent_message().parent_file(), filter.path())].join(" ");
        let (before, rest) = comments.split_once(NOT_FOR_PARTNERS).unwrap_or((&comments, ""));
        let (kept, after) = rest.split_once('.').unwrap_or((rest, ""));
        for field in row.fields().filter(|field| is_marked(pool, field)) {
            let one = field.name().strip_suffix('s').unwrap_or(field.name());
            let names = |text: &str| words(text).any(|word| word == field.name() || word == one);
            if (names(before) || names(after)) && !names(kept) {
                let why = format!(
                    "{}: the filter names {}, which is for the house; add it after \"{NOT_FOR_PARTNERS}\"",
                    method.name(),
                    field.name()
                );
                findings.push(finding(&file, method.path(), why));
            }
        }
    }
    findings
}

fn open_to_partners(pool: &DescriptorPool) -> Vec<MethodDescriptor> {
    let open =
        |method: &MethodDescriptor| policy(pool, method).is_some_and(|policy| roles(&policy).contains(&ROLE_PARTNER));
    methods(pool).into_iter().filter(open).collect()
}

/// The fields of a message that a partner is shown, however deep.
fn collect(
    pool: &DescriptorPool,
    message: &MessageDescriptor,
    seen: &mut BTreeSet<String>,
    shown: &mut BTreeMap<String, FieldDescriptor>,
) {
    if !message.full_name().starts_with("tributary.") || !seen.insert(message.full_name().to_owned()) {
        return;
    }
    for field in message.fields().filter(|field| !is_marked(pool, field)) {
        if let Kind::Message(inner) = field.kind() {
            collect(pool, &inner, seen, shown);
        }
        shown.insert(field.full_name().to_owned(), field);
    }
}

fn is_marked(pool: &DescriptorPool, field: &FieldDescriptor) -> bool {
    let Some(extension) = pool.get_extension_by_name("tributary.common.v1.house_only") else { return false };
    let options = field.options();
    options.has_extension(&extension) && *options.get_extension(&extension) == Value::Bool(true)
}

/// The comment of something, on one line.
fn comment(file: &FileDescriptor, path: &[i32]) -> String {
    let info = file.file_descriptor_proto().source_code_info.as_ref();
    let location = info.and_then(|i| i.location.iter().find(|l| l.path == path));
    let lines = location.map(|l| l.leading_comments().split_whitespace().collect::<Vec<_>>().join(" "));
    lines.unwrap_or_default()
}

/// The names in a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}
