//! Takes in what came of payables. Each confirmation stands for itself.

use std::collections::{BTreeMap, BTreeSet};

use incentive_calculation_domain::settlement::{Confirmation, Outcome, Settlement, State};
use tributary_core::{Fault, RequestContext};

use super::{missing, prepare};
use crate::app::{
    App,
    ledger::{Scales, Writing},
};

/// What became of a confirmation.
#[derive(Debug)]
pub struct ConfirmationAnswer {
    /// The settlement, last part of its name.
    pub settlement: String,
    /// Where it stands and whether that was known before, or why it was refused.
    pub result: Result<(State, bool), Fault>,
}

impl App {
    /// Takes confirmations in.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`; what is wrong with one confirmation is in its answer.
    pub async fn confirm_payments(
        &self,
        caller: &RequestContext,
        confirmations: Vec<Confirmation>,
    ) -> Result<Vec<ConfirmationAnswer>, Fault> {
        let (tenant, now) = (&caller.tenant, self.clock.now());
        let ids: BTreeSet<String> = confirmations.iter().map(|one| one.settlement.clone()).collect();
        let ids: Vec<String> = ids.into_iter().collect();
        let mut tx = self.store.begin().await?;
        let mut writing = Writing::begin(tx.as_mut(), tenant, &caller.subject, now).await?;
        let known = tx.settlements_of(tenant, &ids).await?;
        prepare(tx.as_mut(), &mut writing, &known.iter().collect::<Vec<_>>(), "paid").await?;
        let codes: BTreeSet<String> = known.iter().map(|settlement| settlement.currency.code().to_owned()).collect();
        let scales = self.scales(tenant, codes).await?;
        let mut known: BTreeMap<String, Settlement> = known.into_iter().map(|s| (s.id.clone(), s)).collect();
        let mut answers = Vec::with_capacity(confirmations.len());
        let (mut moved, mut changed) = (Vec::new(), false);
        for confirmation in confirmations {
            let confirmed = match known.get(&confirmation.settlement) {
                Some(settlement) => self.confirmed(&mut writing, settlement, &confirmation, &scales),
                None => Err(missing(&confirmation.settlement)),
            };
            let result = match confirmed {
                Ok(Some(next)) => {
                    // One that failed and was paid after all in the same call is kept step by step.
                    if moved.iter().any(|moved: &Settlement| moved.id == next.id) {
                        self.keep_settlements(tx.as_mut(), tenant, &std::mem::take(&mut moved), now).await?;
                    }
                    let state = next.state;
                    known.insert(next.id.clone(), next.clone());
                    moved.push(next);
                    changed = true;
                    Ok((state, false))
                }
                Ok(None) => {
                    let state = known.get(&confirmation.settlement).map_or(State::Exported, |known| known.state);
                    Ok((state, true))
                }
                Err(fault) => Err(fault),
            };
            answers.push(ConfirmationAnswer { settlement: confirmation.settlement, result });
        }
        if changed {
            self.keep_settlements(tx.as_mut(), tenant, &moved, now).await?;
            self.keep(tx, writing).await?;
        }
        Ok(answers)
    }

    /// A settlement once a confirmation is in, with what it moves entered; `None`: it was in before.
    fn confirmed(
        &self,
        writing: &mut Writing,
        settlement: &Settlement,
        confirmation: &Confirmation,
        scales: &Scales,
    ) -> Result<Option<Settlement>, Fault> {
        let outcome = confirmation.outcome().map_err(Fault::invalid)?;
        let actor = writing.author().to_owned();
        let (now, today) = (writing.now(), self.zone.day_of(writing.now()));
        let next = settlement.confirmed(&confirmation.export, &outcome, (&actor, now, today))?;
        if let (Some(next), Outcome::Paid { paid_on, .. }) = (&next, &outcome)
            && let Some(paying) = next.paying(*paid_on)?
        {
            self.enter_once(writing, &paying, scales)?;
        }
        Ok(next)
    }
}
