//! The one place where a fault becomes a status (and, for clients, a status becomes readable again).
//!
//! Every error carries `ErrorInfo`; wrong fields are all listed in `BadRequest`; refusals by state carry
//! `PreconditionFailure`; what may be tried again carries `RetryInfo`. Internal details are logged here, once, and
//! never sent.

use std::{collections::HashMap, time::Duration};

use prost::Message as _;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};
use tributary_core::{Fault, FaultKind, Reason, Violation, fault::common};
use tributary_proto::google::rpc;

/// Metadata key of a fault that says after how many milliseconds a retry makes sense (default: one second).
pub const RETRY_AFTER_MS: &str = "retry_after_ms";
/// Metadata key that says how many violations there were when not all of them fit into the answer.
pub const VIOLATION_COUNT: &str = "violation_count";

/// Violations are cut here (bytes of text): details travel in HTTP/2 headers, and clients built on gRPC's C core (Python, C++,
/// Ruby, PHP) drop, now and then, answers whose headers are above 8 KiB.
const MAX_VIOLATION_BYTES: usize = 2_800;
/// Messages are cut here (bytes), for the same reason.
const MAX_MESSAGE_BYTES: usize = 800;
/// Values of metadata are cut here (bytes).
const MAX_METADATA_BYTES: usize = 400;

/// The gRPC code of a kind of fault.
#[must_use]
pub fn code(kind: FaultKind) -> Code {
    match kind {
        FaultKind::InvalidArgument => Code::InvalidArgument,
        FaultKind::NotFound => Code::NotFound,
        FaultKind::AlreadyExists => Code::AlreadyExists,
        FaultKind::FailedPrecondition => Code::FailedPrecondition,
        FaultKind::Aborted => Code::Aborted,
        FaultKind::Unauthenticated => Code::Unauthenticated,
        FaultKind::PermissionDenied => Code::PermissionDenied,
        FaultKind::ResourceExhausted => Code::ResourceExhausted,
        FaultKind::DeadlineExceeded => Code::DeadlineExceeded,
        FaultKind::Cancelled => Code::Cancelled,
        FaultKind::Unavailable => Code::Unavailable,
        FaultKind::Internal => Code::Internal,
    }
}

/// The status of a fault. `domain` is that of the service, such as "partner.tributary". Logs internal details.
#[must_use]
pub fn to_status(fault: &Fault, domain: &str, request_id: &str) -> Status {
    let message = match fault.kind() {
        FaultKind::Internal => {
            tracing::error!(request_id, domain, detail = %fault, "internal error");
            match request_id {
                "" => "internal error".to_owned(),
                id => format!("internal error, quote request id {id}"),
            }
        }
        _ => shortened(fault.message(), MAX_MESSAGE_BYTES),
    };
    let details = details(fault, domain, request_id, &message);
    Status::with_error_details(code(fault.kind()), message, details)
}

/// The same as `google.rpc.Status`, for results of single rows and operations. Logs internal details.
#[must_use]
pub fn to_rpc_status(fault: &Fault, domain: &str) -> rpc::Status {
    from_tonic(&to_status(fault, domain, ""))
}

/// A tonic status as `google.rpc.Status`, with its details where it has some.
#[must_use]
pub fn from_tonic(status: &Status) -> rpc::Status {
    match rpc::Status::decode(status.details()) {
        Ok(full) if !status.details().is_empty() => full,
        _ => rpc::Status { code: i32::from(status.code()), message: status.message().to_owned(), details: Vec::new() },
    }
}

/// A `google.rpc.Status` as tonic's.
#[must_use]
pub fn to_tonic(status: &rpc::Status) -> Status {
    let details = if status.details.is_empty() { Vec::new() } else { status.encode_to_vec() };
    Status::with_details(Code::from_i32(status.code), status.message.clone(), details.into())
}

fn details(fault: &Fault, domain: &str, request_id: &str, message: &str) -> ErrorDetails {
    let internal = fault.kind() == FaultKind::Internal;
    let mut metadata: HashMap<String, String> = HashMap::new();
    if !internal {
        let cut = |(k, v): (&String, &String)| (k.clone(), shortened(v, MAX_METADATA_BYTES));
        metadata.extend(fault.metadata().iter().map(cut));
    }
    if !request_id.is_empty() {
        metadata.insert("request_id".to_owned(), request_id.to_owned());
    }
    let violations = if internal { &[] } else { fitting(fault.violations()) };
    if violations.len() < fault.violations().len() && !internal {
        metadata.insert(VIOLATION_COUNT.to_owned(), fault.violations().len().to_string());
    }

    let mut details = ErrorDetails::new();
    for violation in violations {
        details.add_bad_request_violation(violation.field.clone(), violation.description.clone());
    }
    if let Some(field) = own_field(fault.reason()).filter(|_| violations.is_empty()) {
        details.add_bad_request_violation(field, message);
    }
    match fault.kind() {
        FaultKind::FailedPrecondition => {
            let subject = fault.metadata().get("resource").cloned().unwrap_or_default();
            details.add_precondition_failure_violation(fault.reason().code, subject, message);
        }
        FaultKind::ResourceExhausted => {
            let subject = fault.metadata().get("limit").cloned().unwrap_or_default();
            details.add_quota_failure_violation(subject, message);
            details.set_retry_info(Some(retry_after(fault)));
        }
        FaultKind::Unavailable => {
            details.set_retry_info(Some(retry_after(fault)));
        }
        _ => {}
    }
    details.set_error_info(fault.reason().code, domain, metadata);
    details
}

/// The field that a reason is always about, so that a form can show the message beside it.
fn own_field(reason: Reason) -> Option<&'static str> {
    if reason == common::PAGE_TOKEN_INVALID {
        Some("page_token")
    } else if reason == common::FILTER_INVALID {
        Some("filter")
    } else {
        None
    }
}

fn retry_after(fault: &Fault) -> Duration {
    let ms = fault.metadata().get(RETRY_AFTER_MS).and_then(|ms| ms.parse().ok());
    Duration::from_millis(ms.unwrap_or(1_000))
}

/// As many violations from the front as fit.
fn fitting(violations: &[Violation]) -> &[Violation] {
    let mut left = MAX_VIOLATION_BYTES;
    let mut count: usize = 0;
    for violation in violations {
        // Eight bytes stand for the tags and lengths around the two texts.
        let size = violation.field.len().saturating_add(violation.description.len()).saturating_add(8);
        match left.checked_sub(size) {
            Some(rest) => left = rest,
            None => break,
        }
        count = count.saturating_add(1);
    }
    violations.get(..count).unwrap_or_default()
}

/// At most `limit` bytes, cut between characters and marked.
fn shortened(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let end = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= limit).last().unwrap_or(0);
    format!("{}…", text.get(..end).unwrap_or_default())
}

/// What a client can tell a person about a status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// The gRPC code.
    pub code: Code,
    /// Reason of the catalogue; empty when the status is not of the suite.
    pub reason: String,
    /// The sentence.
    pub message: String,
    /// Every violation.
    pub violations: Vec<Violation>,
    /// Variable parts, among them `request_id`.
    pub metadata: HashMap<String, String>,
    /// After how long a retry makes sense, where it does.
    pub retry_after: Option<Duration>,
}

/// Reads a status with its details.
#[must_use]
pub fn describe(status: &Status) -> Described {
    let details = status.get_error_details();
    let violations = details.bad_request().map(|b| b.field_violations.as_slice()).unwrap_or_default();
    let (reason, metadata) = details.error_info().map(|i| (i.reason.clone(), i.metadata.clone())).unwrap_or_default();
    Described {
        code: status.code(),
        reason,
        message: status.message().to_owned(),
        violations: violations
            .iter()
            .map(|v| Violation { field: v.field.clone(), description: v.description.clone() })
            .collect(),
        metadata,
        retry_after: details.retry_info().and_then(|r| r.retry_delay),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tonic::Code;
    use tonic_types::StatusExt as _;
    use tributary_core::{Fault, FaultKind, Reason, Violations, fault::common};

    use super::{describe, from_tonic, to_rpc_status, to_status, to_tonic};

    const DOMAIN: &str = "partner.tributary";

    #[test]
    fn every_kind_has_the_code_and_details_of_the_api_rules() {
        // kind, code, retry info, precondition failure, quota failure
        let table = [
            (FaultKind::InvalidArgument, Code::InvalidArgument, false, false, false),
            (FaultKind::NotFound, Code::NotFound, false, false, false),
            (FaultKind::AlreadyExists, Code::AlreadyExists, false, false, false),
            (FaultKind::FailedPrecondition, Code::FailedPrecondition, false, true, false),
            (FaultKind::Aborted, Code::Aborted, false, false, false),
            (FaultKind::Unauthenticated, Code::Unauthenticated, false, false, false),
            (FaultKind::PermissionDenied, Code::PermissionDenied, false, false, false),
            (FaultKind::ResourceExhausted, Code::ResourceExhausted, true, false, true),
            (FaultKind::DeadlineExceeded, Code::DeadlineExceeded, false, false, false),
            (FaultKind::Cancelled, Code::Cancelled, false, false, false),
            (FaultKind::Unavailable, Code::Unavailable, true, false, false),
            (FaultKind::Internal, Code::Internal, false, false, false),
        ];
        for (kind, code, retry, precondition, quota) in table {
            let fault = Fault::new(Reason { code: "SOME_REASON", kind, help: "" }, "the sentence").with("key", "value");
            let status = to_status(&fault, DOMAIN, "r-7");
            let details = status.get_error_details();
            let info = details.error_info().expect("always");
            assert_eq!((status.code(), &*info.reason, &*info.domain), (code, "SOME_REASON", DOMAIN), "{kind:?}");
            assert_eq!(info.metadata.get("request_id").map(String::as_str), Some("r-7"), "{kind:?}");
            assert_eq!(details.retry_info().is_some(), retry, "{kind:?}");
            assert_eq!(details.precondition_failure().is_some(), precondition, "{kind:?}");
            assert_eq!(details.quota_failure().is_some(), quota, "{kind:?}");
            let internal = kind == FaultKind::Internal;
            assert_eq!(info.metadata.contains_key("key"), !internal, "{kind:?}");
            let message = if internal { "internal error, quote request id r-7" } else { "the sentence" };
            assert_eq!(status.message(), message, "{kind:?}");
        }
    }

    #[test]
    fn internals_never_leave() {
        let fault = Fault::internal("password=hunter2 at db:5432").with("sql", "select secret");
        let text = format!("{:?}", to_status(&fault, DOMAIN, "r-1"));
        assert!(!text.contains("hunter2") && !text.contains("select"), "{text}");
        assert_eq!(to_rpc_status(&fault, DOMAIN).message, "internal error");
    }

    #[test]
    fn a_client_reads_back_what_was_said() {
        let mut violations = Violations::new();
        violations.add("partner.external_refs[0].id", "is empty; set it");
        violations.add("partner_id", "\"A\" is not an id");
        let described = describe(&to_status(&Fault::invalid(violations.clone()), DOMAIN, "r-2"));
        assert_eq!((described.code, &*described.reason), (Code::InvalidArgument, "INVALID_REQUEST"));
        assert_eq!(described.message, "2 fields are wrong; see the violations");
        assert_eq!(described.violations, violations.into_vec());
        assert_eq!(described.metadata.get("request_id").map(String::as_str), Some("r-2"));

        let filter = describe(&to_status(&Fault::new(common::FILTER_INVALID, "wrong at 3"), DOMAIN, ""));
        let fields: Vec<_> = filter.violations.iter().map(|v| (v.field.as_str(), v.description.as_str())).collect();
        assert_eq!((&*filter.reason, fields), ("FILTER_INVALID", vec![("filter", "wrong at 3")]));

        let busy = Fault::new(common::STORE_UNAVAILABLE, "busy").with("retry_after_ms", "250");
        assert_eq!(describe(&to_status(&busy, DOMAIN, "")).retry_after, Some(Duration::from_millis(250)));
        let foreign = describe(&tonic::Status::not_found("gone"));
        assert_eq!((foreign.code, &*foreign.reason, &*foreign.message), (Code::NotFound, "", "gone"));
    }

    #[test]
    fn details_stay_below_what_headers_may_carry() {
        let mut violations = Violations::new();
        for i in 0..1000 {
            violations.add(format!("facts[{i}].net"), "名".repeat(30));
        }
        let fault = Fault::new(common::INVALID_REQUEST, "名".repeat(5000)).with_violations(violations);
        let status = to_status(&fault, DOMAIN, "r-3");
        // base64 makes 4 bytes of 3, percent-encoding 9 of one Chinese character of 3.
        let headers = status.details().len() / 3 * 4 + status.message().len() * 3;
        assert!(headers < 7_700, "{headers}");
        let described = describe(&status);
        assert_eq!(described.metadata.get("violation_count").map(String::as_str), Some("1000"));
        // Each costs 12 or 13 bytes of path, 90 of text and 8 around them: 110 (10 times), 111: 25 fit into 2,800.
        assert_eq!(described.violations.len(), 25);
        assert!(status.message().ends_with('…'));
    }

    #[test]
    fn rpc_statuses_go_both_ways() {
        let fault = Fault::new(common::OPERATION_NOT_FOUND, "operations/x does not exist").with("name", "operations/x");
        let status = to_rpc_status(&fault, DOMAIN);
        assert_eq!((status.code, status.details.len()), (5, 1));
        assert_eq!(status.details[0].type_url, "type.googleapis.com/google.rpc.ErrorInfo");
        let back = describe(&to_tonic(&status));
        assert_eq!((&*back.reason, &*back.message), ("OPERATION_NOT_FOUND", "operations/x does not exist"));
        let plain = from_tonic(&tonic::Status::aborted("again"));
        assert_eq!((plain.code, &*plain.message), (10, "again"));
    }
}
