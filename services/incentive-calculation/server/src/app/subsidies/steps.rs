//! What a step makes of a subsidy, by what its fund and the proofs of others say at that moment, and what it enters into the
//! ledger.

use std::collections::BTreeSet;

use incentive_calculation_domain::{
    fund::Terms,
    ledger::{NewTransaction, TransactionId},
    reasons,
    subsidy::{By, ClaimState, Left, Proof, Subsidy},
};
use tributary_core::{Fault, RequestContext, Role, TenantId, Violations};

use super::SubsidyStep;
use crate::{
    app::{App, funds, ledger::Writing},
    ports::{IncentiveTx, funds::KeptProof},
};

/// What a step enters into the ledger.
pub(super) enum Posted {
    /// A transaction.
    New(NewTransaction),
    /// The second takes the first back.
    Reversal(TransactionId, TransactionId),
}

impl App {
    /// The subsidy after a step; `None` when the step changes nothing.
    pub(super) async fn subsidy_after(
        &self,
        tx: &mut dyn IncentiveTx,
        caller: &RequestContext,
        known: &Subsidy,
        step: &SubsidyStep,
        by: &By<'_>,
    ) -> Result<Option<Subsidy>, Fault> {
        let next = match step {
            SubsidyStep::Approve(amount) => {
                may_decide(caller, known)?;
                let (terms, left) = left(tx, &caller.tenant, known).await?;
                known.preapproved(*amount, &terms, left, by)?
            }
            SubsidyStep::Reject => {
                may_decide(caller, known)?;
                known.rejected(by)?
            }
            SubsidyStep::Withdraw => known.withdrawn(by)?,
            SubsidyStep::Claim(cost, proofs, note) => {
                let next = known.claimed(*cost, proofs.clone(), note, by)?;
                unused(tx, &caller.tenant, proofs).await?;
                next
            }
            SubsidyStep::Accept(number, eligible, keep_rest) => {
                let (_, left) = left(tx, &caller.tenant, known).await?;
                known.accepted(*number, *eligible, *keep_rest, left, by)?
            }
            SubsidyStep::Return(number) => known.returned(*number, by)?,
            SubsidyStep::Refuse(number) => known.refused_claim(*number, by)?,
            SubsidyStep::Confirm(number, payment) => {
                let decided = known.claim(*number).and_then(|claim| claim.end_time).unwrap_or(by.now);
                return known.confirmed(*number, payment, self.zone.day_of(decided), by);
            }
            SubsidyStep::Reverse(number) => known.reversed(*number, by)?,
        };
        Ok(Some(next))
    }

    /// Enters into the ledger what a step comes to.
    pub(super) async fn post_step(
        &self,
        tx: &mut dyn IncentiveTx,
        writing: &mut Writing,
        subsidy: &Subsidy,
        posted: Posted,
        reason: &str,
    ) -> Result<(), Fault> {
        writing.load(tx, subsidy.accounts()?).await?;
        let codes = BTreeSet::from([subsidy.currency.code().to_owned()]);
        let scales = self.scales(writing.tenant(), codes).await?;
        match posted {
            Posted::New(transaction) => {
                writing.know(tx, std::slice::from_ref(&transaction.id)).await?;
                self.enter_once(writing, &transaction, &scales)
            }
            Posted::Reversal(of, by) => {
                writing.know(tx, &[of.clone(), by.clone()]).await?;
                if writing.known(&of).is_none_or(|known| known.reversed_by.is_some()) {
                    let name = of.name();
                    return Err(Fault::internal(format!("{name} of {} does not stand", subsidy.name())));
                }
                self.reverse_once(writing, (&of, by), reason, &scales)
            }
        }
    }
}

/// Refuses to let others than ADMIN and FINANCE decide on what is held back.
fn may_decide(caller: &RequestContext, subsidy: &Subsidy) -> Result<(), Fault> {
    if !subsidy.reserve || caller.has(Role::Admin) || caller.has(Role::Finance) {
        return Ok(());
    }
    let message =
        format!("{} draws on the reserve of funds/{}; ADMIN or FINANCE decides on it", subsidy.name(), subsidy.fund);
    Err(Fault::new(reasons::FUND_RESERVE_ROLE, message).with("subsidy", subsidy.name()))
}

/// The terms of a subsidy's fund, and what is left for it beside all others.
async fn left(tx: &mut dyn IncentiveTx, tenant: &TenantId, subsidy: &Subsidy) -> Result<(Terms, Left), Fault> {
    let fund = tx.fund_of(tenant, &subsidy.fund).await?.ok_or_else(|| funds::missing(&subsidy.fund))?;
    let used = tx.used_of_fund(tenant, &fund.id).await?;
    let used = used.get(&(subsidy.channel, subsidy.reserve)).copied().unwrap_or_default();
    let by_partner = tx.used_by_partner(tenant, &fund.id, &subsidy.partner, subsidy.year()).await?;
    let left = Left::of(&fund, subsidy, used, by_partner);
    Ok((fund.now.terms, left))
}

/// What a step enters into the ledger.
pub(super) fn posted(known: &Subsidy, next: &Subsidy, step: &SubsidyStep) -> Result<Option<Posted>, Fault> {
    let claim = |number: &u32| {
        let found = next.claim(*number);
        found.ok_or_else(|| Fault::internal(format!("{} has no claim {number} after its step", next.name())))
    };
    let posted = match step {
        SubsidyStep::Accept(number, ..) => Posted::New(next.crediting(claim(number)?)?),
        SubsidyStep::Confirm(number, payment) => Posted::New(next.paying(claim(number)?, payment)?),
        SubsidyStep::Reverse(number) => {
            let claim = claim(number)?;
            // What the bank has paid does not come back by itself.
            if known.claim(*number).is_some_and(|known| known.state == ClaimState::Paid) {
                Posted::New(next.claiming_back(claim)?)
            } else {
                Posted::Reversal(next.transaction_id(claim)?, next.reversal_id(claim)?)
            }
        }
        _ => return Ok(None),
    };
    Ok(Some(posted))
}

/// Refuses proofs that stand for other claims, all of which are named.
async fn unused(tx: &mut dyn IncentiveTx, tenant: &TenantId, proofs: &[Proof]) -> Result<(), Fault> {
    let keys: Vec<String> = proofs.iter().flat_map(Proof::keys).collect();
    let known = tx.proofs_of(tenant, &keys).await?;
    if known.is_empty() {
        return Ok(());
    }
    let mut violations = Violations::new();
    for (at, proof) in proofs.iter().enumerate() {
        let keys = proof.keys();
        for KeptProof { key, subsidy, claim } in known.iter().filter(|kept| keys.contains(&kept.key)) {
            violations.add(format!("proofs[{at}]"), format!("{key} proves claim {claim} of subsidies/{subsidy}"));
        }
    }
    let why: Vec<&str> = violations.as_slice().iter().map(|violation| violation.description.as_str()).collect();
    let message = why.join("; ");
    Err(Fault::new(reasons::SUBSIDY_PROOF_USED, message).with_violations(violations))
}
