//! The state machine of a contract: draft → negotiating → legal review → signed → active → expiring → renewed, or
//! terminating → ended; or withdrawn. Every change of state is in the tables here: what people do ([`Verb`]), what days
//! do ([`calendar`]), what a signed successor does ([`renewed`]).

use tributary_core::{Fault, Violations};

use crate::{named::named, reasons::CONTRACT_TRANSITION_REFUSED, text};

named! { "a state of a contract";
    /// Where a contract stands.
    pub enum ContractState {
        /// Being written.
        Draft = "DRAFT",
        /// Under negotiation: every change is a numbered revision.
        Negotiating = "NEGOTIATING",
        /// With legal: approved and signed, or returned.
        LegalReview = "LEGAL_REVIEW",
        /// Signed by both parties; its term has not begun.
        Signed = "SIGNED",
        /// In force.
        Active = "ACTIVE",
        /// In force, and within the notice before its end.
        Expiring = "EXPIRING",
        /// A successor is signed; in force to the end of its term.
        Renewed = "RENEWED",
        /// Notice is given; in force until the end of the buffer.
        Terminating = "TERMINATING",
        /// Over.
        Ended = "ENDED",
        /// Given up before it was signed.
        Withdrawn = "WITHDRAWN",
    }
}

impl ContractState {
    /// The states of a contract in force.
    pub const IN_FORCE: &'static [Self] = &[Self::Active, Self::Expiring, Self::Renewed, Self::Terminating];

    /// The states in which a contract is ours alone: its partner has not signed it.
    pub const UNSIGNED: &'static [Self] = &[Self::Draft, Self::Negotiating, Self::LegalReview, Self::Withdrawn];

    /// Whether a contract in this state is in force.
    #[must_use]
    pub fn is_in_force(self) -> bool {
        Self::IN_FORCE.contains(&self)
    }

    /// Whether it was signed by both parties, now or once.
    #[must_use]
    pub fn is_signed(self) -> bool {
        self.is_in_force() || matches!(self, Self::Signed | Self::Ended)
    }

    /// Whether nothing can happen to it any more.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Ended | Self::Withdrawn)
    }
}

/// What a person can do to a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Draft → negotiating.
    Negotiate,
    /// Negotiating → legal review.
    Submit,
    /// Legal review → negotiating.
    Return,
    /// Stays in legal review, approved.
    Approve,
    /// Stays in legal review with the first signature, → signed with the second.
    Sign,
    /// Stays what it is; a successor is drafted.
    Renew,
    /// Active, expiring or renewed → terminating.
    Terminate,
    /// Draft, negotiating or legal review → withdrawn.
    Withdraw,
}

impl Verb {
    /// Every verb.
    pub const ALL: &'static [Self] = &[
        Self::Negotiate,
        Self::Submit,
        Self::Return,
        Self::Approve,
        Self::Sign,
        Self::Renew,
        Self::Terminate,
        Self::Withdraw,
    ];

    /// The name of its method, as messages show it.
    #[must_use]
    pub fn method(self) -> &'static str {
        match self {
            Self::Negotiate => "NegotiateContract",
            Self::Submit => "SubmitContract",
            Self::Return => "ReturnContract",
            Self::Approve => "ApproveContract",
            Self::Sign => "SignContract",
            Self::Renew => "RenewContract",
            Self::Terminate => "TerminateContract",
            Self::Withdraw => "WithdrawContract",
        }
    }

    /// Where it leads from a state once all that it asks for is there; `None` where it is not possible. The first
    /// signature leaves the state as it is.
    #[must_use]
    pub fn from(self, state: ContractState) -> Option<ContractState> {
        use ContractState as S;
        match (self, state) {
            (Self::Negotiate, S::Draft) | (Self::Return, S::LegalReview) => Some(S::Negotiating),
            (Self::Submit, S::Negotiating) | (Self::Approve, S::LegalReview) => Some(S::LegalReview),
            (Self::Sign, S::LegalReview) => Some(S::Signed),
            (Self::Renew, S::Active | S::Expiring) => Some(state),
            (Self::Terminate, S::Active | S::Expiring | S::Renewed) => Some(S::Terminating),
            (Self::Withdraw, S::Draft | S::Negotiating | S::LegalReview) => Some(S::Withdrawn),
            _ => None,
        }
    }

    /// Whether a reason has to be given.
    #[must_use]
    pub fn needs_reason(self) -> bool {
        matches!(self, Self::Return | Self::Terminate | Self::Withdraw)
    }

    /// Checks the reason given.
    ///
    /// # Errors
    /// `INVALID_REQUEST`.
    pub fn check_reason(self, reason: &str) -> Result<(), Fault> {
        let mut v = Violations::new();
        if self.needs_reason() && reason.trim().is_empty() {
            v.add("reason", "is required and is blank; say why");
        }
        text::lines(&mut v, "reason", reason, 1000);
        v.into_result()
    }

    /// The verbs that are possible in a state.
    #[must_use]
    pub fn possible(state: ContractState) -> Vec<Self> {
        Self::ALL.iter().copied().filter(|verb| verb.from(state).is_some()).collect()
    }

    /// Where it leads from a state.
    ///
    /// # Errors
    /// `CONTRACT_TRANSITION_REFUSED` with the state and what is possible in it.
    pub fn apply(self, state: ContractState) -> Result<ContractState, Fault> {
        self.from(state).ok_or_else(|| self.refused(state))
    }

    fn refused(self, state: ContractState) -> Fault {
        let possible: Vec<_> = Self::possible(state).into_iter().map(Self::method).collect();
        let possible = possible.join(", ");
        let remedy = match (possible.as_str(), state) {
            ("", ContractState::Signed) => "wait for the first day of its term".to_owned(),
            ("", ContractState::Terminating) => "it ends by itself after its buffer".to_owned(),
            ("", _) => "nothing is possible in it any more".to_owned(),
            (verbs, _) => format!("possible in it: {verbs}"),
        };
        let message = format!("{} is not possible in state {state}; {remedy}", self.method());
        Fault::new(CONTRACT_TRANSITION_REFUSED, message)
            .with("state", state.as_str())
            .with("verb", self.method())
            .with("possible", possible)
    }
}

/// Where the calendar leads a contract from a state when the day for it has come; `None` where no day does. The
/// beginning of the notice leads from active to expiring, every other day is the end.
#[must_use]
pub fn calendar(state: ContractState) -> Option<ContractState> {
    use ContractState as S;
    match state {
        S::Signed => Some(S::Active),
        S::Active => Some(S::Expiring),
        S::Expiring | S::Renewed | S::Terminating => Some(S::Ended),
        S::Draft | S::Negotiating | S::LegalReview | S::Ended | S::Withdrawn => None,
    }
}

/// Where a signed successor leads a contract from a state; `None` where it changes nothing.
#[must_use]
pub fn renewed(state: ContractState) -> Option<ContractState> {
    matches!(state, ContractState::Active | ContractState::Expiring).then_some(ContractState::Renewed)
}
