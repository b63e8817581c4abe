//! What can be done with a subsidy. Each verb gives the subsidy as it then is; the caller looked at it
//! [as of](Subsidy::as_of) today.

use tributary_core::{Date, Fault, Reason, Timestamp, Violations};

use super::{Claim, ClaimState, Left, Payment, Payout, Proof, ProofKind, State, Step, Subsidy, check_cost, plain};
use crate::{fund::Terms, reasons};

/// Most claims of a subsidy: it is read and written whole.
pub const MOST_CLAIMS: usize = 100;
/// Days in which a claim that was given back can be filed anew, and another one where the rest was kept, at least.
pub const MEND_DAYS: i64 = 14;
/// Who ends what lapses.
const EXPIRY: &str = "services/incentive-calculation";

/// Who does something, when and why.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    /// Who.
    pub actor: &'a str,
    /// The present.
    pub now: Timestamp,
    /// The day it is.
    pub today: Date,
    /// Why.
    pub reason: &'a str,
}

impl Subsidy {
    /// As it is asked for.
    #[must_use]
    pub fn requested(self, by: &By<'_>) -> Self {
        let what = format!("asked for, planned cost {}", self.money(self.planned_cost));
        self.stepped(State::Requested, what, by)
    }

    /// Pre-approved, by another than who asked, under the terms of now: as much as the limits allow, or `wanted`.
    ///
    /// # Errors
    /// `SUBSIDY_STATE`, `SUBSIDY_MAKER_IS_CHECKER`, `INVALID_REQUEST`, `FUND_INSUFFICIENT`, `SUBSIDY_DEADLINE_OVER`.
    pub fn preapproved(&self, wanted: Option<i64>, terms: &Terms, left: Left, by: &By<'_>) -> Result<Self, Fault> {
        self.must_be(&[State::Requested], "pre-approved")?;
        self.another(&self.author, "asked for it", by)?;
        if wanted.is_some_and(|wanted| wanted <= 0) {
            return Err(Fault::invalid_field("amount", "is not above 0; reject what is not approved"));
        }
        let last = self.end_day.plus_days(terms.claim_days.into());
        let lapse = by.today.plus_days(terms.approval_days.into());
        let claim_end_day = if terms.approval_days == 0 { last } else { last.min(lapse) };
        if claim_end_day <= by.today {
            let message =
                format!("{} could be claimed until before {claim_end_day} only; today is {}", self.name(), by.today);
            return Err(self.refused(reasons::SUBSIDY_DEADLINE_OVER, message));
        }
        let approval = Payout::of(self.planned_cost, terms, left, 0, None).enough(self, wanted)?;
        let what = format!("pre-approved, {}", self.money(approval.amount));
        let next =
            Self { terms: terms.clone(), approval: Some(approval), claim_end_day: Some(claim_end_day), ..self.clone() };
        Ok(next.stepped(State::Approved, what, by))
    }

    /// Rejected before it was pre-approved.
    ///
    /// # Errors
    /// `SUBSIDY_STATE`.
    pub fn rejected(&self, by: &By<'_>) -> Result<Self, Fault> {
        self.must_be(&[State::Requested], "rejected")?;
        Ok(self.clone().stepped(State::Rejected, "rejected".to_owned(), by))
    }

    /// Taken back.
    ///
    /// # Errors
    /// `SUBSIDY_STATE`.
    pub fn withdrawn(&self, by: &By<'_>) -> Result<Self, Fault> {
        self.must_be(&[State::Requested, State::Approved, State::Claimed], "withdrawn")?;
        let next = self.decided(ClaimState::Withdrawn, None, by);
        let state = next.ended(State::Withdrawn);
        Ok(next.stepped(state, "withdrawn".to_owned(), by))
    }

    /// Claimed.
    ///
    /// # Errors
    /// `SUBSIDY_STATE`, `INVALID_REQUEST` with every violation, `FUND_FULL`.
    pub fn claimed(&self, cost: i64, proofs: Vec<Proof>, note: &str, by: &By<'_>) -> Result<Self, Fault> {
        self.must_be(&[State::Approved], "claimed")?;
        if self.claims.len() >= MOST_CLAIMS {
            let message = format!("{} has {MOST_CLAIMS} claims; ask for a new subsidy", self.name());
            return Err(self.refused(reasons::FUND_FULL, message));
        }
        let mut violations = Violations::new();
        check_cost(&mut violations, "cost", self.money(cost));
        check_proofs(&proofs, &mut violations);
        violations.into_result()?;
        let number = self.claims.last().map_or(0, |last| last.number).saturating_add(1);
        let mut next = self.clone();
        next.claims.push(Claim {
            number,
            cost,
            proofs,
            note: note.to_owned(),
            state: ClaimState::Filed,
            author: by.actor.to_owned(),
            create_time: by.now,
            payout: None,
            decider: String::new(),
            decision_reason: String::new(),
            end_time: None,
            payment: None,
        });
        Ok(next.stepped(State::Claimed, format!("claim {number} filed, {}", self.money(cost)), by))
    }

    /// With a claim accepted, by another than who filed it: all of its cost, or `eligible` of it. What is kept of the
    /// pre-approval can be claimed for [`MEND_DAYS`] at least, however late the decision came.
    ///
    /// # Errors
    /// `SUBSIDY_STATE`, `SUBSIDY_CLAIM_NOT_OPEN`, `SUBSIDY_MAKER_IS_CHECKER`, `INVALID_REQUEST`, `FUND_INSUFFICIENT`.
    pub fn accepted(
        &self,
        number: u32,
        eligible: Option<i64>,
        keep_rest: bool,
        left: Left,
        by: &By<'_>,
    ) -> Result<Self, Fault> {
        let claim = self.claim_to_decide(number, "accepted")?;
        self.another(&claim.author, "filed the claim", by)?;
        let eligible = eligible.unwrap_or(claim.cost);
        if eligible <= 0 || eligible > claim.cost {
            let (eligible, cost) = (self.money(eligible), self.money(claim.cost));
            let why = format!("{eligible} is not above 0 and at most the {cost} that were claimed");
            return Err(Fault::invalid_field("eligible_cost", why));
        }
        let payout = Payout::of(eligible, &self.terms, left, self.paid(), Some(self.committed())).enough(self, None)?;
        let what = format!("claim {number} accepted, {}", self.money(payout.amount));
        let next = self.decided(ClaimState::Accepted, Some(payout), by);
        if keep_rest && next.committed() > 0 {
            return Ok(next.claimable_from(by.today).stepped(State::Approved, what, by));
        }
        Ok(next.stepped(State::Settled, what, by))
    }

    /// With a claim given back to be mended. Only another than who filed it gives more time for that: nobody prolongs a
    /// deadline of their own.
    ///
    /// # Errors
    /// `SUBSIDY_STATE`, `SUBSIDY_CLAIM_NOT_OPEN`.
    pub fn returned(&self, number: u32, by: &By<'_>) -> Result<Self, Fault> {
        let own = self.claim_to_decide(number, "returned")?.author == by.actor;
        let next = self.decided(ClaimState::Returned, None, by);
        let next = if own { next } else { next.claimable_from(by.today) };
        Ok(next.stepped(State::Approved, format!("claim {number} returned"), by))
    }

    /// With a claim refused, which ends it.
    ///
    /// # Errors
    /// `SUBSIDY_STATE`, `SUBSIDY_CLAIM_NOT_OPEN`.
    pub fn refused_claim(&self, number: u32, by: &By<'_>) -> Result<Self, Fault> {
        self.claim_to_decide(number, "refused")?;
        let next = self.decided(ClaimState::Refused, None, by);
        let state = next.ended(State::Refused);
        Ok(next.stepped(state, format!("claim {number} refused"), by))
    }

    /// With the payment of an accepted claim, which was decided on a day; `None` when the same was confirmed already.
    ///
    /// # Errors
    /// `SUBSIDY_STATE`, `PAYMENT_DIFFERS`, `INVALID_REQUEST`.
    pub fn confirmed(
        &self,
        number: u32,
        payment: &Payment,
        decided_on: Date,
        by: &By<'_>,
    ) -> Result<Option<Self>, Fault> {
        let claim = self.accepted_claim(number)?;
        match &claim.payment {
            Some(known) if known == payment => return Ok(None),
            Some(Payment { reference, paid_on }) => {
                let message =
                    format!("claim {number} of {} is confirmed as paid on {paid_on} by {reference}", self.name());
                return Err(self.refused(reasons::PAYMENT_DIFFERS, message));
            }
            None => {}
        }
        let Payment { reference, paid_on } = payment;
        if *paid_on > by.today {
            let why = format!("{paid_on} is after today, {}; confirm a payment once it was made", by.today);
            return Err(Fault::invalid_field("paid_on", why));
        }
        if *paid_on < decided_on {
            let why = format!(
                "{paid_on} is before {decided_on}, when claim {number} was accepted; state the day of its payment"
            );
            return Err(Fault::invalid_field("paid_on", why));
        }
        let mut next = self.clone();
        for claim in next.claims.iter_mut().filter(|claim| claim.number == number) {
            claim.state = ClaimState::Paid;
            claim.payment = Some(payment.clone());
        }
        Ok(Some(next.stepped(self.state, format!("claim {number} paid on {paid_on} by {reference}"), by)))
    }

    /// With an accepted claim taken back, by another than who accepted it. Its payout is reserved again while something
    /// can be claimed, else free.
    ///
    /// # Errors
    /// `SUBSIDY_STATE`, `SUBSIDY_MAKER_IS_CHECKER`.
    pub fn reversed(&self, number: u32, by: &By<'_>) -> Result<Self, Fault> {
        let claim = self.accepted_claim(number)?;
        self.another(&claim.decider, "accepted the claim", by)?;
        let what = format!("claim {number} reversed, {}", self.money(self.amount(claim)?));
        let mut next = self.clone();
        for claim in next.claims.iter_mut().filter(|claim| claim.number == number) {
            claim.state = ClaimState::Reversed;
        }
        let state = if self.state == State::Settled { next.ended(State::Refused) } else { self.state };
        Ok(next.stepped(state, what, by))
    }

    /// As it stands on a day: a pre-approval that nobody claimed in time has lapsed.
    #[must_use]
    pub fn as_of(self, today: Date, now: Timestamp) -> Self {
        let Some(day) = self.lapse_day().filter(|day| *day <= today) else { return self };
        let state = self.ended(State::Expired);
        let by = By { actor: EXPIRY, now, today, reason: "" };
        self.stepped(state, format!("nothing could be claimed from {day} on"), &by)
    }

    /// Where it ends: what was paid in part is settled.
    fn ended(&self, state: State) -> State {
        if self.paid() > 0 { State::Settled } else { state }
    }

    fn must_be(&self, states: &[State], verb: &str) -> Result<(), Fault> {
        if states.contains(&self.state) {
            return Ok(());
        }
        let allowed: Vec<&str> = states.iter().map(|state| state.as_str()).collect();
        let message = format!(
            "{} is {}; it can be {verb} while it is {}",
            self.name(),
            self.state.as_str(),
            allowed.join(" or ")
        );
        Err(self.refused(reasons::SUBSIDY_STATE, message))
    }

    /// The claim that waits, if it is the one that somebody looked at: another one may have been filed since.
    fn claim_to_decide(&self, number: u32, verb: &str) -> Result<&Claim, Fault> {
        self.must_be(&[State::Claimed], verb)?;
        let waiting = self.waiting();
        let waiting = waiting.ok_or_else(|| Fault::internal(format!("{} is claimed without a claim", self.name())))?;
        if waiting.number == number {
            return Ok(waiting);
        }
        let stands = self.claim(number).map_or("was never filed", |claim| claim.state.words());
        let message = format!(
            "claim {number} of {} {stands}; claim {open} waits for its decision: look at it, and name it as number",
            self.name(),
            open = waiting.number
        );
        Err(self.refused(reasons::SUBSIDY_CLAIM_NOT_OPEN, message).with("claim", waiting.number.to_string()))
    }

    /// A claim whose payout stands.
    fn accepted_claim(&self, number: u32) -> Result<&Claim, Fault> {
        let claim = self.claim(number);
        claim.filter(|claim| claim.pays().is_some()).ok_or_else(|| {
            let stands = claim.map_or("was never filed", |claim| claim.state.words());
            let message = format!("{} has no accepted claim {number}; it {stands}", self.name());
            self.refused(reasons::SUBSIDY_STATE, message)
        })
    }

    /// With time for another claim, [`MEND_DAYS`] from a day on at least.
    fn claimable_from(self, today: Date) -> Self {
        let end = self.claim_end_day.map(|end| end.max(today.plus_days(MEND_DAYS)));
        Self { claim_end_day: end, ..self }
    }

    fn another(&self, maker: &str, did: &str, by: &By<'_>) -> Result<(), Fault> {
        if maker != by.actor {
            return Ok(());
        }
        let message = format!("{}: {maker} {did}; somebody else decides", self.name());
        Err(self.refused(reasons::SUBSIDY_MAKER_IS_CHECKER, message))
    }

    fn refused(&self, reason: Reason, message: String) -> Fault {
        Fault::new(reason, message).with("subsidy", self.name())
    }

    /// With the claim that waits decided, if one does.
    fn decided(&self, state: ClaimState, payout: Option<Payout>, by: &By<'_>) -> Self {
        let mut next = self.clone();
        for claim in next.claims.iter_mut().filter(|claim| claim.state == ClaimState::Filed) {
            claim.state = state;
            claim.payout.clone_from(&payout);
            by.actor.clone_into(&mut claim.decider);
            by.reason.clone_into(&mut claim.decision_reason);
            claim.end_time = Some(by.now);
        }
        next
    }

    fn stepped(self, state: State, what: String, by: &By<'_>) -> Self {
        let mut next = Self { state, revision: self.revision.saturating_add(1), ..self };
        let (actor, reason) = (by.actor.to_owned(), by.reason.to_owned());
        next.steps.push(Step { state, what, actor, time: by.now, reason });
        next
    }
}

/// Every proof on its own and all together: an invoice is named, and nothing proves twice.
fn check_proofs(proofs: &[Proof], violations: &mut Violations) {
    let mut seen = std::collections::BTreeSet::new();
    for (at, proof) in proofs.iter().enumerate() {
        let invoice = proof.kind == ProofKind::Invoice;
        for (field, value) in [("issuer", &proof.issuer), ("invoice_number", &proof.invoice_number)] {
            let blank = plain(value).is_empty();
            if invoice && blank {
                violations.add(format!("proofs[{at}].{field}"), "is empty; an invoice has an issuer and a number");
            } else if !invoice && !blank {
                violations.add(format!("proofs[{at}].{field}"), "is only for invoices");
            }
        }
        for key in proof.keys() {
            if !seen.insert(key.clone()) {
                violations.add(format!("proofs[{at}]"), format!("{key} is given twice"));
            }
        }
    }
    if !proofs.iter().any(|proof| proof.kind == ProofKind::Invoice) {
        violations.add("proofs", "has no invoice; at least one proves the cost");
    }
}
