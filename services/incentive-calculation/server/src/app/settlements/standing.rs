//! Where partners stand, as the registry says now: who is frozen, or not known to it, is not paid and nothing is credited to
//! it. The registry is asked outside the transaction; without its answer nothing is paid.

use std::collections::{BTreeMap, BTreeSet};

use incentive_calculation_domain::{
    reasons,
    settlement::{Settlement, State},
};
use tributary_core::{Fault, RequestContext};

use crate::{app::App, ports::PartnerRef};

/// The status in which a partner is not paid.
const FROZEN: &str = "FROZEN";

/// What the registry said, by partner.
#[derive(Debug, Default)]
pub(super) struct Standings(BTreeMap<String, String>);

impl Standings {
    /// Why a partner is not paid; `None`: it is.
    pub(super) fn against(&self, partner: &str) -> Option<&'static str> {
        match self.0.get(partner).map(String::as_str) {
            Some(FROZEN) => Some("the partner is frozen"),
            Some("") => Some("the registry does not say where the partner stands"),
            Some(_) => None,
            None => Some("the registry does not know the partner"),
        }
    }

    /// Refuses a settlement whose partner is not paid.
    pub(super) fn check(&self, settlement: &Settlement) -> Result<(), Fault> {
        let Some(why) = self.against(&settlement.partner) else { return Ok(()) };
        let message = format!(
            "{} credits {} to partners/{}: {why}; lock it once that is mended",
            settlement.name(),
            settlement.money(settlement.amounts.payable),
            settlement.partner
        );
        Err(Fault::new(reasons::PARTNER_NOT_PAYABLE, message).with("settlement", settlement.name()))
    }
}

impl App {
    /// Where the partners of settlements stand.
    pub(super) async fn standings(
        &self,
        caller: &RequestContext,
        settlements: impl IntoIterator<Item = &Settlement>,
    ) -> Result<Standings, Fault> {
        let partners: BTreeSet<&str> = settlements.into_iter().map(|settlement| settlement.partner.as_str()).collect();
        self.standings_of(caller, partners).await
    }

    async fn standings_of(&self, caller: &RequestContext, partners: BTreeSet<&str>) -> Result<Standings, Fault> {
        if partners.is_empty() {
            return Ok(Standings::default());
        }
        let partners: Vec<PartnerRef> = partners.into_iter().map(|id| PartnerRef::Id(id.to_owned())).collect();
        let told = self.registry.partners(caller, &partners).await?;
        Ok(Standings(told.into_iter().map(|partner| (partner.partner_id, partner.status)).collect()))
    }

    /// Refuses a payout to a partner who is not paid.
    pub(in crate::app) async fn check_payable(
        &self,
        caller: &RequestContext,
        name: &str,
        partner: &str,
    ) -> Result<(), Fault> {
        let standings = self.standings_of(caller, BTreeSet::from([partner])).await?;
        let Some(why) = standings.against(partner) else { return Ok(()) };
        let message = format!("{name} is paid to partners/{partner}: {why}; accept its claim once that is mended");
        Err(Fault::new(reasons::PARTNER_NOT_PAYABLE, message).with("partner", partner))
    }

    /// Where the partners stand to whom locking some settlements would credit something; nobody else is asked for.
    pub(super) async fn before_crediting(
        &self,
        caller: &RequestContext,
        settlements: &[Settlement],
    ) -> Result<Standings, Fault> {
        let open = |settlement: &&Settlement| settlement.is_credited() && settlement.state != State::Paid;
        self.standings(caller, settlements.iter().filter(open)).await
    }
}
