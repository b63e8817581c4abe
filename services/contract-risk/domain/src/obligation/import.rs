//! Obligations that are taken over from another system, and rows that are sent again.

use tributary_core::{Date, Fault, Timestamp};

use super::{Duty, Obligation, ObligationState};
use crate::reasons::OBLIGATION_LED_HERE;

/// What a row makes of an obligation that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakenOver {
    /// Nothing: it says the same.
    Unchanged,
    /// The next revision.
    Changed(Box<Obligation>),
}

impl Obligation {
    /// Takes over what a row says. Only what is open changes; a row that says the same again is fine in every state.
    ///
    /// # Errors
    /// `OBLIGATION_LED_HERE`, `OBLIGATION_TRANSITION_REFUSED`.
    pub fn taken_over(&self, duty: Duty, fulfilled_on: Option<Date>, now: Timestamp) -> Result<TakenOver, Fault> {
        let same_end =
            fulfilled_on.is_none() || (self.state == ObligationState::Accepted && self.fulfilled_on == fulfilled_on);
        if duty == self.duty && same_end {
            return Ok(TakenOver::Unchanged);
        }
        if self.state != ObligationState::Open {
            return Err(self.refusal("a change by import"));
        }
        // Otherwise a row could call done what nobody has proved or accepted.
        if !self.led_elsewhere {
            let name = self.name();
            let message = format!(
                "{name} is led here, and the row differs from it; change it by the methods of ObligationService, or leave the row out"
            );
            return Err(Fault::new(OBLIGATION_LED_HERE, message).with("obligation", name));
        }
        let mut after = self.next_revision(now);
        if duty.due_on != self.duty.due_on {
            after.reminded = None;
        }
        after.duty = duty;
        after.end_as_imported(fulfilled_on);
        Ok(TakenOver::Changed(Box::new(after)))
    }

    /// Accepted if the row says that it is done.
    pub fn end_as_imported(&mut self, fulfilled_on: Option<Date>) {
        if fulfilled_on.is_some() {
            self.state = ObligationState::Accepted;
            self.fulfilled_on = fulfilled_on;
        }
    }
}
