//! Contracts that were made elsewhere: what taking one over makes of what is known.

use tributary_core::{Date, ResourceId, Timestamp};

use super::{Contract, ContractState, Terms};

/// Where a contract that is taken over stands elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Being written or negotiated.
    Draft,
    /// Signed; by the calendar it is today what it is.
    Signed,
    /// Under notice: first day after the buffer.
    Terminating(Date),
}

impl Contract {
    /// A contract that was not known.
    #[must_use]
    pub fn taken_over(
        id: ResourceId,
        uid: String,
        terms: Terms,
        standing: Standing,
        author: &str,
        now: Timestamp,
    ) -> Self {
        let mut contract = Self { led_elsewhere: true, ..Self::new(id, uid, terms, author, now) };
        contract.stand(standing);
        contract
    }

    /// The contract with a further revision of its terms where they bind the parties to something else, and where it
    /// stands elsewhere if that is further on: what is signed here never becomes a draft again. `None` when nothing
    /// differs.
    #[must_use]
    pub fn taken_over_again(
        &self,
        terms: Terms,
        standing: Standing,
        author: &str,
        today: Date,
        now: Timestamp,
    ) -> Option<Self> {
        let mut next = if terms.binds_like(&self.terms) {
            Self { terms, ..self.next(now) }
        } else {
            Self { led_elsewhere: self.led_elsewhere, ..self.revise(terms, author, now) }
        };
        next.step_back(today);
        next.stand(standing);
        let same = next.terms == self.terms && next.state == self.state && next.terminates_on == self.terminates_on;
        (!same).then_some(next)
    }

    /// Takes back what the calendar did for days that other terms have moved into the future.
    fn step_back(&mut self, today: Date) {
        use ContractState as S;
        match self.state {
            S::Active | S::Expiring if today < self.terms.effective_from => self.state = S::Signed,
            S::Expiring if self.notice_begins_on().is_none_or(|day| today < day) => self.state = S::Active,
            _ => {}
        }
    }

    /// Moves on to where it stands elsewhere; nothing where it stands there or further on.
    fn stand(&mut self, standing: Standing) {
        use ContractState as S;
        let unsigned = matches!(self.state, S::Draft | S::Negotiating | S::LegalReview);
        match standing {
            Standing::Signed if unsigned => self.state = S::Signed,
            Standing::Terminating(day) if !self.state.is_over() => {
                self.state = S::Terminating;
                self.terminates_on = Some(day);
            }
            Standing::Draft | Standing::Signed | Standing::Terminating(_) => {}
        }
    }
}

impl Terms {
    /// These terms with what only we keep of the ones that are known: external refs of systems that these do not name,
    /// so that no import cuts off the keys of another system, the owner where these name none, and labels under other
    /// keys.
    #[must_use]
    pub fn keeping(mut self, known: &Self) -> Self {
        let mut refs = known.external_refs.clone();
        for reference in self.external_refs {
            match refs.iter_mut().find(|r| r.system == reference.system) {
                Some(known) => *known = reference,
                None => refs.push(reference),
            }
        }
        self.external_refs = refs;
        if self.owner.is_empty() {
            self.owner.clone_from(&known.owner);
        }
        for (key, value) in &known.labels {
            self.labels.entry(key.clone()).or_insert_with(|| value.clone());
        }
        self
    }
}
