//! Faults: the one way an operation says no. A fault carries what the caller needs to act: a stable reason, a sentence
//! with the value and the remedy, and every violation at once. The transport maps it to a status in one place.

use std::{collections::BTreeMap, fmt};

/// The class of a fault; each maps to one gRPC code of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The request is wrong whatever the state.
    InvalidArgument,
    /// What was named does not exist.
    NotFound,
    /// What was to be created exists.
    AlreadyExists,
    /// The state does not allow it now.
    FailedPrecondition,
    /// A concurrent change won; read again and retry.
    Aborted,
    /// The caller is not known.
    Unauthenticated,
    /// The caller is known and may not.
    PermissionDenied,
    /// A limit is reached.
    ResourceExhausted,
    /// The caller's time is up.
    DeadlineExceeded,
    /// The caller or an administrator cancelled it.
    Cancelled,
    /// Try again soon.
    Unavailable,
    /// Our mistake; details are logged, never sent.
    Internal,
}

/// A stable reason of the error catalogue, UPPER_SNAKE. Declared with [`reasons!`](crate::reasons), so that the
/// catalogue can be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reason {
    /// The reason as sent in `google.rpc.ErrorInfo`. Example: "PARTNER_NOT_FOUND".
    pub code: &'static str,
    /// The class it belongs to.
    pub kind: FaultKind,
    /// What it means and what to do, for the catalogue.
    pub help: &'static str,
}

/// Declares the reasons of an area and `ALL`, the list the error catalogue is generated from.
#[macro_export]
macro_rules! reasons {
    ($($name:ident : $kind:ident = $help:literal;)*) => {
        $(
            #[doc = $help]
            pub const $name: $crate::Reason = $crate::Reason {
                code: stringify!($name), kind: $crate::FaultKind::$kind, help: $help,
            };
        )*
        /// Every reason of this area.
        pub const ALL: &[$crate::Reason] = &[$($name),*];
    };
}

/// Reasons every area uses.
pub mod common {
    crate::reasons! {
        INVALID_REQUEST: InvalidArgument = "one or more fields are wrong; each violation names field, value and remedy";
        ETAG_MISMATCH: Aborted = "the resource changed since you read it; read it again and decide anew";
        REQUEST_ID_REUSED: FailedPrecondition = "the request_id was used with another body; use a new one";
        CONCURRENT_CHANGE: Aborted = "a concurrent change won; retry";
        PAGE_TOKEN_INVALID: InvalidArgument = "the page token is not of this query; start from the first page";
        FILTER_INVALID: InvalidArgument = "the filter cannot be read; the message says where";
        UNAUTHENTICATED: Unauthenticated = "send a valid API key as 'authorization: Bearer KEY'";
        PERMISSION_DENIED: PermissionDenied = "the caller's roles do not allow this method";
        OUTSIDE_SCOPE: PermissionDenied = "the caller is a partner's own user, and this is not a row of its partner, or is not there: name the caller's own partner, as GetCaller tells it";
        METHOD_UNKNOWN: PermissionDenied = "no such method is served here; list the services by reflection";
        DEADLINE_EXCEEDED: DeadlineExceeded = "the call took longer than its deadline; retry with a longer one";
        STORE_UNAVAILABLE: Unavailable = "the store is busy or away; retry with backoff";
        UPSTREAM_UNAVAILABLE: Unavailable = "a service is not reachable; retry with backoff";
        OPERATION_NOT_FOUND: NotFound = "no such operation";
        CANCELLED: Cancelled = "the operation was cancelled";
        INTERNAL: Internal = "our mistake; quote the request id";
    }
}

/// One thing that is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// Path of the field in the request, proto names. Example: `partner.external_refs[0].id`.
    pub field: String,
    /// What is wrong, with the value, and what to do.
    pub description: String,
}

/// Collects violations, so that all come at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn add(&mut self, field: impl Into<String>, description: impl Into<String>) {
        self.0.push(Violation { field: field.into(), description: description.into() });
    }

    /// Takes a result: its value, or its violation under `field`.
    pub fn check<T>(&mut self, field: &str, result: Result<T, impl fmt::Display>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(e) => {
                self.add(field, e.to_string());
                None
            }
        }
    }

    /// Adds all of `other`, each field prefixed with `prefix` and a dot.
    pub fn nest(&mut self, prefix: &str, other: Self) {
        self.0.extend(other.0.into_iter().map(|v| Violation {
            field: if v.field.is_empty() { prefix.to_owned() } else { format!("{prefix}.{}", v.field) },
            description: v.description,
        }));
    }

    /// Adds all of `other` as they are.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Both lists; of a field that both name only what this one says.
    #[must_use]
    pub fn joined(self, other: Self) -> Self {
        let mut all = self.clone();
        all.0.extend(other.0.into_iter().filter(|v| self.0.iter().all(|known| known.field != v.field)));
        all
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The violations in the order found.
    #[must_use]
    pub fn into_vec(self) -> Vec<Violation> {
        self.0
    }

    /// The violations in the order found.
    #[must_use]
    pub fn as_slice(&self) -> &[Violation] {
        &self.0
    }

    /// `Ok` when there is none, else one fault that carries all.
    ///
    /// # Errors
    /// `INVALID_REQUEST` with every violation.
    pub fn into_result(self) -> Result<(), Fault> {
        if self.is_empty() { Ok(()) } else { Err(Fault::invalid(self)) }
    }
}

/// A refusal: kind, reason, message, variable parts, violations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault(Box<FaultBody>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct FaultBody {
    reason: Reason,
    message: String,
    metadata: BTreeMap<String, String>,
    violations: Vec<Violation>,
}

impl Fault {
    /// A fault of a reason with a message: lower case, what was wrong with the value and what to do, no final dot.
    #[must_use]
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self(Box::new(FaultBody { reason, message: message.into(), metadata: BTreeMap::new(), violations: Vec::new() }))
    }

    /// `INVALID_REQUEST` with violations.
    #[must_use]
    pub fn invalid(violations: Violations) -> Self {
        let list = violations.into_vec();
        let message = match list.as_slice() {
            [one] => format!("{}: {}", one.field, one.description),
            many => format!("{} fields are wrong; see the violations", many.len()),
        };
        let mut fault = Self::new(common::INVALID_REQUEST, message);
        fault.0.violations = list;
        fault
    }

    /// `INVALID_REQUEST` for one field.
    #[must_use]
    pub fn invalid_field(field: impl Into<String>, description: impl Into<String>) -> Self {
        let mut v = Violations::new();
        v.add(field, description);
        Self::invalid(v)
    }

    /// `INTERNAL`; `detail` is logged at the boundary and never sent.
    #[must_use]
    pub fn internal(detail: impl Into<String>) -> Self {
        Self::new(common::INTERNAL, detail)
    }

    /// Adds a variable part, sent in `ErrorInfo.metadata`.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.metadata.insert(key.into(), value.into());
        self
    }

    /// The same fault with violations added, for a reason that is not `INVALID_REQUEST`.
    #[must_use]
    pub fn with_violations(mut self, violations: Violations) -> Self {
        self.0.violations.extend(violations.into_vec());
        self
    }

    /// The class.
    #[must_use]
    pub fn kind(&self) -> FaultKind {
        self.0.reason.kind
    }

    /// The reason.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.0.reason
    }

    /// The message.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The variable parts.
    #[must_use]
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.0.metadata
    }

    /// The violations.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.0.violations
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.reason.code, self.0.message)?;
        if self.0.violations.len() > 1 {
            for v in &self.0.violations {
                write!(f, "; {}: {}", v.field, v.description)?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Fault {}
