//! What days and other contracts do to a contract.

use tributary_core::{Date, ResourceId, Timestamp};

use super::{Contract, ContractState, Term, state};

impl Contract {
    /// The days of the contract as it stands now: as agreed, or to the end of the buffer once notice was given.
    #[must_use]
    pub fn term(&self) -> Term {
        let agreed_to = self.terms.effective_to;
        let to = [agreed_to, self.terminates_on].into_iter().flatten().min();
        Term { from: self.terms.effective_from, agreed_to, to }
    }

    /// Whether it is in force on a day, by what is known now: signed, and the day in its term.
    #[must_use]
    pub fn in_force(&self, day: Date) -> bool {
        self.state.is_signed() && self.term().contains(day)
    }

    /// The first day of the notice before the end of the term; `None`: open-ended.
    #[must_use]
    pub fn notice_begins_on(&self) -> Option<Date> {
        let notice = i64::from(self.terms.notice_days());
        self.terms.effective_to.map(|to| to.plus_days(notice.saturating_neg()))
    }

    /// The first day on which the calendar moves it on; `None` where no day does.
    #[must_use]
    pub fn next_move_on(&self) -> Option<Date> {
        match self.state {
            ContractState::Signed => Some(self.terms.effective_from),
            ContractState::Active => self.notice_begins_on(),
            ContractState::Expiring | ContractState::Renewed | ContractState::Terminating => self.term().to,
            _ => None,
        }
    }

    /// The contract after the next move of the calendar with the reason; `None` when no day for one has come. Several
    /// moves may be due, so ask again.
    #[must_use]
    pub fn calendar_move(&self, today: Date, now: Timestamp) -> Option<(Self, String)> {
        let day = self.next_move_on().filter(|day| *day <= today)?;
        let state = state::calendar(self.state)?;
        let reason = match self.state {
            ContractState::Signed => format!("the term begins on {day}"),
            ContractState::Active => format!("the notice before the end of the term begins on {day}"),
            ContractState::Terminating => format!("the termination buffer ended before {day}"),
            _ => format!("the term ended before {day}"),
        };
        Some((Self { state, ..self.next(now) }, reason))
    }

    /// The contract once its successor is signed; `None` when that does not move it.
    #[must_use]
    pub fn renewed(&self, now: Timestamp) -> Option<Self> {
        let state = state::renewed(self.state)?;
        Some(Self { state, ..self.next(now) })
    }

    /// The contract without the successor that was withdrawn; `None` when it has another one or none.
    #[must_use]
    pub fn without_successor(&self, successor: &ResourceId, now: Timestamp) -> Option<Self> {
        (self.successor.as_ref() == Some(successor)).then(|| Self { successor: None, ..self.next(now) })
    }
}
