//! What can be done to a settlement until it is locked, by whom, and where it then stands.

use tributary_core::{Date, Fault, Timestamp};

use super::{Adjustment, AdjustmentKind, Form, Hold, HoldKind, Settlement, State};
use crate::reasons;

/// Most adjustments of a settlement.
const MOST_ADJUSTMENTS: usize = 50;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Shows it to the partner and to who approves.
    Submit,
    /// Approves it.
    Approve,
    /// Makes it a draft again.
    Return,
    /// Locks it; `waive`: although lines can still be disputed.
    Lock {
        /// Whether the days for disputes are waived.
        waive: bool,
    },
    /// Adds something or takes something off.
    Adjust(AdjustmentKind, i64),
    /// Holds a line back.
    Hold(String),
    /// Takes every hold off a line.
    Release(String),
    /// Notes that the partner disputes a line.
    Dispute(String),
}

impl Change {
    /// The state before and after, for the steps that many settlements take at once.
    #[must_use]
    pub fn step(&self) -> Option<(State, State)> {
        match self {
            Self::Submit => Some((State::Draft, State::InReview)),
            Self::Approve => Some((State::InReview, State::Approved)),
            Self::Lock { .. } => Some((State::Approved, State::Locked)),
            _ => None,
        }
    }
}

/// Who changes it, when, why, and what is claimed from the partner at that moment.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    /// Who.
    pub actor: &'a str,
    /// When.
    pub now: Timestamp,
    /// The day of it, in the zone of the suite.
    pub today: Date,
    /// Why, as given.
    pub reason: &'a str,
    /// Balance of the partner's claims, its own negative earnings among them.
    pub claims: i64,
    /// Balance of what earlier settlements withheld of the partner.
    pub withheld: i64,
}

impl Settlement {
    /// The settlement after a change.
    ///
    /// # Errors
    /// `SETTLEMENT_STATE_REFUSED`, `SETTLEMENT_MAKER_IS_CHECKER`, `SETTLEMENT_OUTDATED`, `SETTLEMENT_DISPUTABLE`,
    /// `DISPUTE_WINDOW_OVER`, `LINE_NOT_FOUND`, `AMOUNT_OVERFLOW`, `INVALID_REQUEST`.
    pub fn changed(&self, change: &Change, at: &At<'_>) -> Result<Self, Fault> {
        match change {
            Change::Submit => self.submitted(at),
            Change::Approve => self.approved(at),
            Change::Return => {
                self.allowed(&[State::InReview, State::Approved], "returned")?;
                if at.reason.is_empty() {
                    return Err(Fault::invalid_field("reason", "is empty; say why it is returned"));
                }
                // Whoever sends it back has no part in what it says, and may approve it once it is mended.
                self.to(State::Draft, "returned", at).valued(at.claims)
            }
            Change::Lock { waive } => self.locked(*waive, at),
            Change::Adjust(kind, amount) => self.adjusted(*kind, *amount, at),
            Change::Hold(line) => self.held(line, HoldKind::Manual, at),
            Change::Release(line) => self.released(line, at),
            Change::Dispute(line) => self.held(line, HoldKind::Dispute, at),
        }
    }

    fn submitted(&self, at: &At<'_>) -> Result<Self, Fault> {
        self.allowed(&[State::Draft], "submitted")?;
        let mut next = self.to(State::InReview, "submitted", at);
        next.dispute_until = Some(self.dispute_until.unwrap_or_else(|| at.today.plus_days(self.terms.dispute_days)));
        self.redone(next, at)
    }

    fn approved(&self, at: &At<'_>) -> Result<Self, Fault> {
        self.allowed(&[State::InReview], "approved")?;
        if self.makers.contains(at.actor) {
            let message =
                format!("{} created, changed or submitted {}; somebody else approves it", at.actor, self.name());
            return Err(self.refused(reasons::SETTLEMENT_MAKER_IS_CHECKER, message));
        }
        self.current(at)?;
        Ok(self.to(State::Approved, "approved", at))
    }

    fn locked(&self, waive: bool, at: &At<'_>) -> Result<Self, Fault> {
        self.allowed(&[State::Approved], "locked")?;
        let until = self.dispute_until.filter(|until| self.terms.dispute_days > 0 && at.today <= *until);
        if let Some(until) = until {
            self.waived(until, waive, at)?;
        }
        self.current(at)?;
        let action = if until.is_some() { "locked, days for disputes waived" } else { "locked" };
        let locked = self.to(State::Locked, action, at);
        Ok(if self.is_credited() { locked.credited(at) } else { locked })
    }

    /// The partner's days are taken from it by somebody who had no part in what it could dispute, and with a reason.
    fn waived(&self, until: Date, waive: bool, at: &At<'_>) -> Result<(), Fault> {
        if !waive {
            let message = format!(
                "lines of {} can be disputed until {until}; lock it afterwards, or set waive_dispute_window",
                self.name()
            );
            return Err(self.refused(reasons::SETTLEMENT_DISPUTABLE, message));
        }
        if self.makers.contains(at.actor) {
            let message = format!(
                "{} created, changed or submitted {}; somebody else waives the days for disputes, or lock it after {until}",
                at.actor,
                self.name()
            );
            return Err(self.refused(reasons::SETTLEMENT_MAKER_IS_CHECKER, message));
        }
        if at.reason.is_empty() {
            return Err(Fault::invalid_field("reason", "is empty; say why the days for disputes are waived"));
        }
        Ok(())
    }

    /// Whether locking it credits an account of the partner.
    #[must_use]
    pub fn is_credited(&self) -> bool {
        !self.terms.form.is_handed_over() && self.amounts.payable > 0
    }

    /// What is credited to an account of the partner needs nobody to pay it.
    fn credited(mut self, at: &At<'_>) -> Self {
        self.state = State::Paid;
        let step = self.step(&format!("credited: {}", self.terms.form.as_str()), at.actor, at.now, "");
        self.steps.push(step);
        self
    }

    fn adjusted(&self, kind: AdjustmentKind, amount: i64, at: &At<'_>) -> Result<Self, Fault> {
        self.allowed(&[State::Draft], "adjusted")?;
        self.within(kind, amount, at)?;
        if self.adjustments.len() >= MOST_ADJUSTMENTS {
            let message = format!("{} has {MOST_ADJUSTMENTS} adjustments already; add them up", self.name());
            return Err(Fault::invalid_field("adjustment", message));
        }
        let mut next = self.to(State::Draft, &format!("adjusted by {}", self.money(amount)), at);
        next.adjustments.push(Adjustment { kind, amount, reason: at.reason.to_owned(), author: at.actor.to_owned() });
        self.redone(next, at)
    }

    /// What was adjusted wrongly is taken back by the opposite: what a kind allows is asked of its sum.
    fn within(&self, kind: AdjustmentKind, amount: i64, at: &At<'_>) -> Result<(), Fault> {
        let sum = self.fits(i128::from(self.adjusted_by(kind)?) + i128::from(amount))?;
        let (stated, all) = (self.money(amount), self.money(sum));
        let wrong = match kind {
            _ if amount == 0 => Some("is 0; state how much is added or taken off".to_owned()),
            AdjustmentKind::Fee if sum > 0 => {
                Some(format!("{stated} makes the fees {all}; a fee is taken off, and no more taken back than was"))
            }
            AdjustmentKind::Release if sum < 0 => Some(format!(
                "{stated} makes the releases {all}; no more is taken back than was released, hold a line back instead"
            )),
            AdjustmentKind::Release if amount > 0 && sum > at.withheld => {
                let rest = at.withheld.saturating_sub(sum.saturating_sub(amount)).max(0);
                let (withheld, rest) = (self.money(at.withheld), self.money(rest));
                Some(format!(
                    "{stated} makes the releases {all}, but {withheld} of partners/{} is withheld; release at most {rest}",
                    self.partner
                ))
            }
            AdjustmentKind::Deposit if sum > 0 && self.terms.form == Form::DepositAccount => Some(format!(
                "{stated} releases {all} into the very deposit that is credited; take it out of a settlement of another form"
            )),
            _ => None,
        };
        wrong.map_or(Ok(()), |wrong| Err(Fault::invalid_field("adjustment.amount", wrong)))
    }

    fn held(&self, line: &str, kind: HoldKind, at: &At<'_>) -> Result<Self, Fault> {
        let word = if kind == HoldKind::Dispute {
            self.disputable(line, at.today)?;
            "disputed"
        } else {
            self.allowed(&[State::Draft], "held back")?;
            "held back"
        };
        let mut next = self.to(State::Draft, &format!("line {line} {word}"), at);
        let hold = Hold { kind, reason: at.reason.to_owned(), author: at.actor.to_owned() };
        next.line(line)?.holds.push(hold);
        self.redone(next, at)
    }

    /// Whether a line can be disputed on a day.
    ///
    /// # Errors
    /// `SETTLEMENT_STATE_REFUSED`, `DISPUTE_WINDOW_OVER`, `LINE_NOT_FOUND`.
    pub fn disputable(&self, line: &str, today: Date) -> Result<(), Fault> {
        self.allowed(&[State::Draft, State::InReview, State::Approved], "disputed")?;
        if let Some(until) = self.dispute_until.filter(|until| today > *until) {
            let message = format!(
                "lines of {} could be disputed until {until}; open a dispute, and correct it in a later settlement",
                self.name()
            );
            return Err(self.refused(reasons::DISPUTE_WINDOW_OVER, message));
        }
        if self.lines.iter().any(|known| known.id == line) { Ok(()) } else { Err(self.no_line(line)) }
    }

    fn no_line(&self, id: &str) -> Fault {
        let message = format!("{} has no line {id:?}; GetSettlement lists its lines", self.name());
        Fault::new(reasons::LINE_NOT_FOUND, message)
    }

    fn released(&self, line: &str, at: &At<'_>) -> Result<Self, Fault> {
        self.allowed(&[State::Draft], "changed")?;
        let mut next = self.to(State::Draft, &format!("line {line} released"), at);
        next.line(line)?.holds.clear();
        self.redone(next, at)
    }

    fn line(&mut self, id: &str) -> Result<&mut super::Line, Fault> {
        let missing = self.no_line(id);
        self.lines.iter_mut().find(|line| line.id == id).ok_or(missing)
    }

    fn to(&self, state: State, action: &str, at: &At<'_>) -> Self {
        self.moved(state, action, (at.actor, at.now), at.reason)
    }

    /// With amounts as they are now, and who changed it among the makers.
    fn redone(&self, mut next: Self, at: &At<'_>) -> Result<Self, Fault> {
        next.amounts = next.computed(at.claims)?;
        next.makers.insert(at.actor.to_owned());
        Ok(next)
    }

    /// What was reviewed must be what is approved and locked.
    fn current(&self, at: &At<'_>) -> Result<(), Fault> {
        let now = self.computed(at.claims)?;
        if now == self.amounts {
            return Ok(());
        }
        let message = format!(
            "what is claimed from partners/{} has changed: {} would be payable by {} now, {} was reviewed; return it and \
             submit it again",
            self.partner,
            self.money(now.payable),
            self.name(),
            self.money(self.amounts.payable)
        );
        Err(self.refused(reasons::SETTLEMENT_OUTDATED, message))
    }

    pub(crate) fn allowed(&self, states: &[State], word: &str) -> Result<(), Fault> {
        if states.contains(&self.state) {
            return Ok(());
        }
        let known: Vec<&str> = states.iter().map(|state| state.as_str()).collect();
        let message =
            format!("{} is {} and cannot be {word}; only {} can", self.name(), self.state.as_str(), known.join(", "));
        Err(self.refused(reasons::SETTLEMENT_STATE_REFUSED, message))
    }

    pub(crate) fn refused(&self, reason: tributary_core::Reason, message: String) -> Fault {
        Fault::new(reason, message).with("settlement", self.name()).with("state", self.state.as_str())
    }
}
