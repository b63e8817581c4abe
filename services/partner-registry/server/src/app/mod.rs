//! The use cases. They know the domain and the ports, neither transport nor SQL.

mod benefits;
mod command;
mod create;
mod deals;
mod documents;
mod expire;
mod hierarchy;
mod purchases;
mod read;
mod record;
mod status;
mod territories;
mod tiers;
mod training;
mod unique;
mod update;
mod upsert;

use std::sync::Arc;

use partner_registry_domain::Draft;
use tributary_core::{Clock, Date, IdSource, Violations, Zone};
use tributary_sql::ArrivalStore;

use crate::ports::RegistryStore;

pub(crate) use benefits::{AgreeFactor, UseAllowance};
pub(crate) use create::CreatePartner;
pub(crate) use deals::{Asked, ChangePolicy, Holding, MoveDeal, RegisterDeal};
pub(crate) use documents::{ReviewDocument, SubmitDocument};
pub(crate) use hierarchy::SetParent;
pub(crate) use purchases::{CONSUMER, PurchaseCopy};
pub(crate) use status::ChangeStatus;
pub(crate) use territories::{
    Area, EndRight, Found, Holder, MOST_LISTED, Proposal, RecordRight, Recorded, RegionOutcome, Weighed,
};
pub(crate) use tiers::{
    ActivateProgramme, ApproveProgramme, AssignTier, DraftProgramme, EndOverride, EvaluateTiers, Evaluated, Previewed,
    Progress, RecordFigure,
};
pub(crate) use training::{
    CancelSession, ChangeEnrolment, CheckedPerson, CorrectResult, CreateCourse, CreateDefinition, CreatePerson,
    CreateSession, Enrol, ErasePerson, PartnerQualification, QualificationsAsked, RecordResult, Refresh, RetireCourse,
    RetireDefinition, RevokeCertificate, UpdateCourse, UpdateDefinition, UpdatePerson, UpdateSession,
};
pub(crate) use update::UpdatePartner;
pub(crate) use upsert::{UpsertItem, UpsertOutcome};

/// The partner registry.
pub(crate) struct Registry {
    pub store: Arc<dyn RegistryStore>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn IdSource>,
    /// The zone in which "today" is meant.
    pub zone: Zone,
    /// Which batches of facts are in.
    pub arrivals: Arc<dyn ArrivalStore>,
    /// How many levels a hierarchy may have below its top.
    pub max_depth: usize,
    /// Tells the relay that there are events.
    pub wake: Box<dyn Fn() + Send + Sync>,
}

impl Registry {
    /// Today.
    pub fn today(&self) -> Date {
        self.zone.day_of(self.clock.now())
    }

    /// What is wrong with a draft of a new partner.
    pub fn violations(&self, draft: &Draft) -> Violations {
        draft.clone().check(year(self.today())).err().unwrap_or_default()
    }
}

/// The year of a day.
fn year(day: Date) -> i32 {
    day.ymd().0
}
