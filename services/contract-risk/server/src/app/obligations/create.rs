//! Creates one obligation, or a series of them.

use contract_risk_domain::{
    Contract, Duty, DutyDraft, Obligation,
    obligation::{contract_not_found, obligation_exists, ref_taken, series},
};
use tributary_core::{Fault, RequestContext, ResourceId, Violations};
use tributary_sql::{RequestKey, answer, recall_answer};

use super::{Moment, Obligations, Seen, as_of_today};
use crate::ports::ObligationInserted;

/// The obligation to create.
#[derive(Debug, Clone)]
pub struct CreateObligation {
    /// What the annotations of the request refuse, told together with what the domain refuses.
    pub annotated: Violations,
    /// The contract's resource name, unchecked.
    pub parent: String,
    /// What it says, unchecked.
    pub draft: DutyDraft,
    /// Id as given, unchecked; generated when empty.
    pub obligation_id: String,
    /// Remembers the answer, `None` when the caller gave no `request_id`.
    pub key: Option<RequestKey>,
}

/// The series to create.
#[derive(Debug, Clone)]
pub struct ScheduleObligations {
    /// What the annotations of the request refuse, told together with what the domain refuses.
    pub annotated: Violations,
    /// The contract's resource name, unchecked.
    pub parent: String,
    /// The first one, unchecked.
    pub template: DutyDraft,
    /// Months from one to the next, unchecked.
    pub every_months: i32,
    /// How many, unchecked.
    pub count: i32,
    /// Beginning of the ids, unchecked; generated when empty.
    pub prefix: String,
    /// Remembers the answer, `None` when the caller gave no `request_id`.
    pub key: Option<RequestKey>,
}

impl Obligations {
    /// Creates an obligation; a repeat of the same request gets the first answer.
    ///
    /// # Errors
    /// `INVALID_REQUEST` with every violation, `CONTRACT_NOT_FOUND`, `CONTRACT_OVER`, `OBLIGATION_EXISTS`,
    /// `EXTERNAL_REF_TAKEN`, `REQUEST_ID_REUSED`.
    pub async fn create(&self, caller: &RequestContext, request: CreateObligation) -> Result<Seen, Fault> {
        let mut violations = Violations::new();
        let parent = violations.check("parent", ResourceId::from_name("contracts", &request.parent));
        let id = match request.obligation_id.as_str() {
            "" => Some(self.ids.resource_id('o')),
            given => violations.check("obligation_id", ResourceId::parse(given)),
        };
        let duty = request.draft.check().map_err(|v| violations.nest("obligation", v)).ok();
        let violations = request.annotated.joined(violations);
        let (Some(parent), Some(id), Some(duty), true) = (parent, id, duty, violations.is_empty()) else {
            return Err(Fault::invalid(violations));
        };
        let mut created = self.insert_all(caller, parent, vec![(id, duty)], request.key).await?;
        created.pop().ok_or_else(|| Fault::internal("nothing was created"))
    }

    /// Creates a series: all of them or none.
    ///
    /// # Errors
    /// As of [`create`](Self::create).
    pub async fn schedule(&self, caller: &RequestContext, request: ScheduleObligations) -> Result<Vec<Seen>, Fault> {
        let mut violations = Violations::new();
        let parent = violations.check("parent", ResourceId::from_name("contracts", &request.parent));
        let prefix = match request.prefix.as_str() {
            "" => self.ids.resource_id('o').to_string(),
            given => given.to_owned(),
        };
        let mut duties = Vec::new();
        match request.template.check() {
            Ok(template) => match series(&template, request.every_months, request.count) {
                Ok(members) => duties = members,
                Err(found) => violations.extend(found),
            },
            Err(found) => violations.nest("template", found),
        }
        let mut members = Vec::with_capacity(duties.len());
        for (n, duty) in (1_u32..).zip(duties) {
            match ResourceId::parse(&format!("{prefix}-{n:03}")) {
                Ok(id) => members.push((id, duty)),
                Err(wrong) => {
                    violations.add("obligation_id_prefix", wrong);
                    break;
                }
            }
        }
        let violations = request.annotated.joined(violations);
        let (Some(parent), true) = (parent, violations.is_empty()) else { return Err(Fault::invalid(violations)) };
        self.insert_all(caller, parent, members, request.key).await
    }

    /// Inserts obligations of one contract, all or none.
    async fn insert_all(
        &self,
        caller: &RequestContext,
        parent: ResourceId,
        members: Vec<(ResourceId, Duty)>,
        key: Option<RequestKey>,
    ) -> Result<Vec<Seen>, Fault> {
        // Read before the transaction; a repeat gets its answer whatever became of the contract.
        let contract = self.contracts.contract(&caller.tenant, parent.as_str()).await?;
        let moment = self.moment();
        let mut tx = self.store.begin_obligations().await?;
        if let Some(key) = &key
            && let Some(first) = recall_answer(tx.recall(key, moment.now).await?)?
        {
            return Ok(first);
        }
        let contract = as_of_today(contract.ok_or_else(|| contract_not_found(&parent))?, moment);
        contract.takes_obligation(false)?;
        let mut created = Vec::with_capacity(members.len());
        for (id, duty) in members {
            let obligation = self.new_obligation(&contract, id, duty, moment);
            match tx.insert_obligation(&caller.tenant, &obligation).await? {
                ObligationInserted::Yes => {}
                ObligationInserted::IdTaken => return Err(obligation_exists(&obligation)),
                ObligationInserted::RefTaken(holder) => return Err(taken(&obligation, &holder)),
            }
            self.record(tx.as_mut(), caller, None, &obligation, "", moment.today).await?;
            created.push(Seen { obligation, today: moment.today });
        }
        if let Some(key) = &key {
            tx.remember(key, &answer(&created)?).await?;
        }
        tx.commit().await?;
        (self.wake)();
        Ok(created)
    }

    /// A new obligation of a contract.
    pub(super) fn new_obligation(&self, contract: &Contract, id: ResourceId, duty: Duty, moment: Moment) -> Obligation {
        let partner = contract.terms.partner.clone();
        Obligation::new(contract.id.clone(), partner, id, self.ids.uuid().to_string(), duty, moment.now)
    }
}

fn taken(obligation: &Obligation, holder: &str) -> Fault {
    match &obligation.duty.external_ref {
        Some(reference) => ref_taken(reference, holder),
        None => obligation_exists(obligation),
    }
}
