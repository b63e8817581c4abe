//! Records rights, ends them, and tells them as they were known.

use async_trait::async_trait;
use partner_registry_domain::{
    faults::{TERRITORY_CONFLICT, TERRITORY_RIGHT_EXISTS, TERRITORY_RIGHT_NOT_FOUND, TERRITORY_UNDECIDED},
    partner::resource_name,
    territory::{Clash, Ending, Right, right::right_name},
    text,
};
use serde::{Deserialize, Serialize};
use tributary_core::{Date, Fault, Reason, RequestContext, ResourceId, Timestamp, Violations};
use uuid::Uuid;

use super::{terms::Proposal, weigh::weigh};
use crate::{
    app::{
        Registry,
        command::{Call, Command, Once, Refusal},
        record::publish,
        unique::partner_not_found,
    },
    convert,
    ports::{RegistryTx, RightQuery},
};

/// Most rights of a list in an answer.
pub(crate) const MOST_LISTED: usize = 1000;
/// Most bytes of names in a refusal. Whatever is longer is cut on its way into trailers, in the middle of a name.
const MOST_NAMES: usize = 400;
/// Rights that the message of a refusal explains.
const EXPLAINED: usize = 5;

/// The right to record.
#[derive(Debug, Serialize)]
pub(crate) struct RecordRight {
    pub proposal: Proposal,
    /// `None`: one is made.
    pub id: Option<ResourceId>,
    pub reason: String,
    pub refuse_undecided: bool,
}

/// A right that was recorded, with a warning where it has to be given.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Recorded {
    pub right: Right,
    /// The first undecided ones.
    pub undecided: Vec<(Right, Clash)>,
    pub undecided_count: usize,
}

/// The end to set.
#[derive(Debug, Serialize)]
pub(crate) struct EndRight {
    pub id: ResourceId,
    pub effective_to: Date,
    pub reason: String,
    /// Etag that must agree, empty for any.
    pub etag: String,
}

impl Registry {
    /// Records a right.
    pub async fn record_right(
        &self,
        context: &RequestContext,
        command: &RecordRight,
        request_id: &str,
    ) -> Result<Recorded, Fault> {
        self.execute(context, &Once::new("TerritoryService/RecordTerritoryRight", request_id, command)).await
    }

    /// Ends a right early.
    pub async fn end_right(
        &self,
        context: &RequestContext,
        command: &EndRight,
        request_id: &str,
    ) -> Result<Right, Fault> {
        self.execute(context, &Once::new("TerritoryService/EndTerritoryRight", request_id, command)).await
    }

    /// One right, as known at a moment (`None`: now).
    pub async fn right(
        &self,
        context: &RequestContext,
        id: &ResourceId,
        known_at: Option<Timestamp>,
    ) -> Result<Right, Fault> {
        let query = RightQuery { id: Some(id.clone()), known_at, ..RightQuery::default() };
        let mut found = self.store.territories().rights(&context.tenant, &query).await?;
        found.pop().ok_or_else(|| right_not_found(id, known_at))
    }

    /// A page of rights.
    pub async fn rights(&self, context: &RequestContext, query: &RightQuery) -> Result<Vec<Right>, Fault> {
        Ok(self.store.territories().rights(&context.tenant, query).await?)
    }
}

#[async_trait]
impl Command for &RecordRight {
    type Answer = Recorded;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<Recorded, Refusal> {
        let mut v = Violations::new();
        text::reason(&mut v, "reason", &self.reason);
        let partner = self.proposal.partner.as_ref();
        let partner = v.check("terms.partner", partner.ok_or("is required; give the partner whose right it is"));
        v.into_result()?;
        let partner_uid = uid(call, tx, partner).await?;
        // From here on all who change rights of the tenant stand in line: what is checked stays true.
        let record_time = tx.next_territory(call.tenant(), call.now).await?;
        let terms = self.proposal.terms(tx, call.tenant()).await?;
        let id = self.id.clone().unwrap_or_else(|| call.app.ids.resource_id('r'));
        if stored(call, tx, &id).await?.is_some() {
            let name = right_name(&id);
            let message = format!("{name} exists; choose another id");
            return Err(Fault::new(TERRITORY_RIGHT_EXISTS, message).with("right", name).into());
        }
        let weighed = weigh(tx, call.tenant(), &terms).await?;
        if !weighed.conflicts.is_empty() {
            return Err(in_the_way(TERRITORY_CONFLICT, "in the way", &weighed.conflicts).into());
        }
        if self.refuse_undecided && !weighed.undecided.is_empty() {
            return Err(in_the_way(TERRITORY_UNDECIDED, "perhaps in the way", &weighed.undecided).into());
        }
        let right = Right {
            id,
            uid: call.app.ids.uuid(),
            terms,
            reason: self.reason.clone(),
            actor: call.context.subject.clone(),
            record_time,
            ending: None,
            revision: 1,
        };
        tx.write_right(call.tenant(), &right).await?;
        let data = convert::right_recorded(&right, partner_uid);
        publish(call, tx, "tributary.partner.v1.TerritoryRightRecorded", right.name(), data).await?;
        let mut undecided = weighed.undecided;
        let undecided_count = undecided.len();
        undecided.truncate(MOST_LISTED);
        Ok(Recorded { right, undecided, undecided_count })
    }
}

#[async_trait]
impl Command for &EndRight {
    type Answer = Right;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<Right, Refusal> {
        let record_time = tx.next_territory(call.tenant(), call.now).await?;
        let before = stored(call, tx, &self.id).await?.ok_or_else(|| right_not_found(&self.id, None))?;
        before.check_etag(&self.etag)?;
        let ending = Ending { actor: call.context.subject.clone(), reason: self.reason.clone(), record_time };
        let right = before.end(self.effective_to, ending)?;
        tx.write_right(call.tenant(), &right).await?;
        let data = convert::right_ended(&right, uid(call, tx, right.terms.partner.as_ref()).await?);
        publish(call, tx, "tributary.partner.v1.TerritoryRightEnded", right.name(), data).await?;
        Ok(right)
    }
}

/// The UUID of the partner whose right it is.
async fn uid(call: &Call<'_>, tx: &mut dyn RegistryTx, partner: Option<&ResourceId>) -> Result<Uuid, Refusal> {
    let partner = partner.ok_or_else(|| Fault::internal("a right without a partner"))?;
    let uids = tx.uids(call.tenant(), std::slice::from_ref(partner)).await?;
    uids.get(partner).copied().ok_or_else(|| partner_not_found(partner).into())
}

async fn stored(call: &Call<'_>, tx: &mut dyn RegistryTx, id: &ResourceId) -> Result<Option<Right>, Refusal> {
    let query = RightQuery { id: Some(id.clone()), ..RightQuery::default() };
    Ok(tx.rights(call.tenant(), &query).await?.pop())
}

fn right_not_found(id: &ResourceId, known_at: Option<Timestamp>) -> Fault {
    let name = right_name(id);
    let message = match known_at {
        None => format!("there is no {name}; list the rights or correct the name"),
        Some(moment) => format!("{name} was not known at {moment}; ask for a later moment or correct the name"),
    };
    Fault::new(TERRITORY_RIGHT_NOT_FOUND, message).with("right", name)
}

/// Says which rights stand in the way: all by name, as far as they fit, and the first ones with the reason.
fn in_the_way(reason: Reason, how: &str, rights: &[(Right, Clash)]) -> Fault {
    let mut names = String::new();
    for (right, _) in rights {
        let separator = if names.is_empty() { "" } else { ", " };
        let name = format!("{separator}{}", right.name());
        if names.len().saturating_add(name.len()) > MOST_NAMES {
            break;
        }
        names.push_str(&name);
    }
    let explained: Vec<String> = rights.iter().take(EXPLAINED).map(|(right, clash)| explain(right, clash)).collect();
    let count = rights.len();
    let more = if count > EXPLAINED { " (CheckTerritory explains each)" } else { "" };
    let message = format!("rights of others {how}: {count}{more}. {}", explained.join("; "));
    Fault::new(reason, message).with("rights", names).with("count", count.to_string())
}

/// Example: "territoryRights/hefei of partners/alpine from 2026-01-01 to 2026-12-31 for bikes: cn-340111 lies in
/// cn-340100".
fn explain(right: &Right, clash: &Clash) -> String {
    let partner = right.terms.partner.as_ref().map(resource_name).unwrap_or_default();
    let end = clash.to.map_or_else(|| "on".to_owned(), |to| format!("to {}", to.plus_days(-1)));
    let lines: Vec<&str> = clash.product_lines.iter().map(String::as_str).take(EXPLAINED).collect();
    let lines = if lines.is_empty() { "all product lines".to_owned() } else { lines.join(", ") };
    format!("{} of {partner} from {} {end} for {lines}: {}", right.name(), clash.from, clash.explanation)
}
