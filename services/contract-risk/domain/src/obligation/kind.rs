//! The names that obligations are sorted by, and where each verb leads.

use crate::named::named;

named! { "a kind of obligation";
    /// What sort of obligation.
    pub enum ObligationKind {
        /// A payment.
        Payment = "PAYMENT",
        /// Goods or services.
        Delivery = "DELIVERY",
        /// A milestone of the cooperation.
        Milestone = "MILESTONE",
        /// A report of data.
        DataReport = "DATA_REPORT",
        /// Visits or exposure.
        Traffic = "TRAFFIC",
        /// Anything else.
        Other = "OTHER",
    }
}

named! { "a state of an obligation";
    /// Where an obligation stands.
    pub enum ObligationState {
        /// Owed.
        Open = "OPEN",
        /// Proof is filed and waits for acceptance.
        Submitted = "SUBMITTED",
        /// Done.
        Accepted = "ACCEPTED",
        /// Forgone.
        Waived = "WAIVED",
    }
}

/// What can be done to an obligation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ObligationVerb {
    /// Files a proof: open or submitted → submitted.
    SubmitProof,
    /// Submitted → accepted.
    Accept,
    /// Submitted → open.
    Return,
    /// Open or submitted → waived.
    Waive,
    /// Moves the due day of what is open or submitted.
    Reschedule,
}

impl ObligationVerb {
    /// Every verb.
    pub const ALL: [Self; 5] = [Self::SubmitProof, Self::Accept, Self::Return, Self::Waive, Self::Reschedule];

    /// The name of its method, as messages show it.
    #[must_use]
    pub fn method(self) -> &'static str {
        match self {
            Self::SubmitProof => "SubmitProof",
            Self::Accept => "AcceptObligation",
            Self::Return => "ReturnObligation",
            Self::Waive => "WaiveObligation",
            Self::Reschedule => "RescheduleObligation",
        }
    }

    /// Where it leads from a state, `None` if it is not possible.
    #[must_use]
    pub fn from(self, state: ObligationState) -> Option<ObligationState> {
        use ObligationState::{Accepted, Open, Submitted, Waived};
        match (self, state) {
            (Self::SubmitProof, Open | Submitted) => Some(Submitted),
            (Self::Accept, Submitted) => Some(Accepted),
            (Self::Return, Submitted) => Some(Open),
            (Self::Waive, Open | Submitted) => Some(Waived),
            (Self::Reschedule, Open | Submitted) => Some(state),
            _ => None,
        }
    }
}
