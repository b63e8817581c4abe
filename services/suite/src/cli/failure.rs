//! How a command ends badly, and with which exit code.

use std::{error::Error as _, fmt, io};

use tonic::{Code, Status};
use tributary_rpc::status::describe;

use crate::document::FileFaults;

/// Why a command did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The request or a file is wrong: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// The server is away, refused or failed: exit code 3.
    #[error("{0}")]
    Server(String),
}

impl Failure {
    /// The request or a file is wrong.
    #[must_use]
    pub fn usage(text: impl fmt::Display) -> Self {
        Self::Usage(text.to_string())
    }

    /// The server is away, refused or failed.
    #[must_use]
    pub fn server(text: impl fmt::Display) -> Self {
        Self::Server(text.to_string())
    }

    /// A call of an import that failed after `row` rows were durable. When the server went away, it says how to go on.
    #[must_use]
    pub fn interrupted(status: Status, row: u64) -> Self {
        let again = "run the same command again, it continues where it stopped";
        if connection_broke(&status) {
            return Self::Server(format!("the connection to the gateway broke after row {row}; {again}"));
        }
        let away = status.code() == Code::Unavailable;
        match Self::from(status) {
            Self::Server(text) if away => Self::Server(format!("{text}\nthe import stopped after row {row}; {again}")),
            other => other,
        }
    }

    /// A call with a request id that failed. When it is not known whether it had its effect, it says how to find out.
    #[must_use]
    pub fn unsure(status: Status, request_id: &str) -> Self {
        let unknown = connection_broke(&status) || matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded);
        match Self::from(status) {
            Self::Server(text) if unknown => Self::Server(format!(
                "{text}\nit may have been recorded: run the same command again with --request-id {request_id}, and it is once"
            )),
            other => other,
        }
    }

    /// The exit code of the process.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Server(_) => 3,
        }
    }
}

/// Whether a call ended with its connection, and not with an answer: such a status is made on this side, from an error
/// of the transport.
pub(crate) fn connection_broke(status: &Status) -> bool {
    status.source().is_some()
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        if connection_broke(&status) {
            let why = status.message();
            return Self::Server(format!(
                "the connection to the gateway broke ({why}); see that it runs and try again"
            ));
        }
        let described = describe(&status);
        let head = if described.reason.is_empty() { described.code.description() } else { &described.reason };
        let mut text = format!("{head}: {}", described.message);
        // The message of a single violation says it all already.
        for violation in described.violations.iter().filter(|v| !described.message.contains(&v.description)) {
            text.push_str(&format!("\n  {}: {}", violation.field, violation.description));
        }
        match described.code {
            Code::InvalidArgument => Self::Usage(text),
            _ => Self::Server(text),
        }
    }
}

impl From<FileFaults> for Failure {
    fn from(faults: FileFaults) -> Self {
        Self::Usage(faults.to_string())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Server(format!("{error:#}"))
    }
}
