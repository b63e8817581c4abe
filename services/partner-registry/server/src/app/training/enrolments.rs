//! Places of persons in sessions. The partner is locked before the session, by all.

use async_trait::async_trait;
use partner_registry_domain::{
    faults::PREREQUISITE_MISSING,
    training::{
        Course, Enrolment, EnrolmentState, ExamResult, Item, Ledger, Person, Stamp, TrainingName, TrainingSession,
    },
};
use serde::Serialize;
use tributary_core::{Date, Fault, RequestContext, ResourceId};

use super::{all, catalogue::runs, courses, record, sessions::locked, stored};
use crate::{
    app::{
        Registry,
        command::{Call, Command, Once, Refusal},
        update::lock,
    },
    ports::{RegistryTx, TrainingColumn, TrainingQuery, TrainingTest},
};

/// A person who is to have a place.
#[derive(Debug, Serialize)]
pub(crate) struct Enrol {
    pub partner: ResourceId,
    pub person: ResourceId,
    pub session: ResourceId,
}

/// An enrolment that is given up, or whose session was held.
#[derive(Debug, Serialize)]
pub(crate) struct ChangeEnrolment {
    pub partner: ResourceId,
    pub person: ResourceId,
    pub session: ResourceId,
    pub to: EnrolmentState,
    pub reason: String,
    pub etag: String,
}

runs! {
    enrol Enrol -> Enrolment "TrainingService/EnrolPerson";
}

impl Registry {
    /// Cancels an enrolment, or records who was there.
    pub async fn change_enrolment(
        &self,
        context: &RequestContext,
        command: &ChangeEnrolment,
        request_id: &str,
    ) -> Result<Enrolment, Fault> {
        let method = match command.to {
            EnrolmentState::Cancelled => "TrainingService/CancelEnrolment",
            _ => "TrainingService/RecordAttendance",
        };
        self.execute(context, &Once::new(method, request_id, command)).await
    }
}

/// Refuses a person who has not passed by the day of a session what has to be passed first.
async fn require_prerequisites(
    call: &Call<'_>,
    tx: &mut dyn RegistryTx,
    person: &Person,
    course: &ResourceId,
    day: Date,
) -> Result<(), Refusal> {
    let of: Course = stored(call, tx, &TrainingName::of_tenant(Course::COLLECTION, course)).await?;
    of.require_given(None)?;
    if of.content.prerequisites.is_empty() {
        return Ok(());
    }
    let tests = vec![TrainingTest::Is(TrainingColumn::Person, person.id.to_string())];
    let query = TrainingQuery::at(ExamResult::COLLECTION, &person.partner, tests);
    let results: Vec<ExamResult> = all(tx, call.tenant(), &query).await?;
    let courses = courses(tx, call.tenant()).await?;
    let ledger = Ledger { courses: &courses, results: &results };
    let missing = ledger.without_pass(&of.content.prerequisites, day);
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<String> =
        missing.into_iter().map(|id| TrainingName::of_tenant(Course::COLLECTION, id).to_string()).collect();
    let (person, names) = (person.name().to_string(), names.join(", "));
    let message = format!("{person} has to pass {names} first; record the results or enrol for those");
    Err(Fault::new(PREREQUISITE_MISSING, message).with("person", person).with("courses", names).into())
}

#[async_trait]
impl Command for &Enrol {
    type Answer = Enrolment;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<Enrolment, Refusal> {
        let partner = lock(call, tx, &self.partner).await?.partner;
        let name = TrainingName::at_partner(Person::COLLECTION, &self.partner, &self.person);
        let person: Person = stored(call, tx, &name).await?;
        let session: TrainingSession = locked(call, tx, &self.session).await?;
        let name = TrainingName::enrolment(&self.partner, &self.person, &self.session);
        let before = tx.training_item(call.tenant(), &name).await?.and_then(Enrolment::from_item);
        let after = match &before {
            None => Enrolment {
                partner: self.partner.clone(),
                person: self.person.clone(),
                session: self.session.clone(),
                state: EnrolmentState::Enrolled,
                stamp: Stamp::new(call.app.ids.uuid(), call.now),
            },
            Some(before) => match before.change(EnrolmentState::Enrolled, call.now)? {
                None => return Ok(before.clone()),
                Some(after) => after,
            },
        };
        session.require_scheduled()?;
        session.require_ahead(call.today)?;
        let day = session.content.date.unwrap_or(call.today);
        person.require_active(day)?;
        require_prerequisites(call, tx, &person, &session.content.course, day).await?;
        if !tx.take_places(call.tenant(), &self.session, 1).await? {
            return Err(session.full().into());
        }
        record(call, tx, Some(partner.uid), after.clone().into_item(), ("ENROLLED", "")).await?;
        Ok(after)
    }
}

#[async_trait]
impl Command for &ChangeEnrolment {
    type Answer = Enrolment;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<Enrolment, Refusal> {
        let partner = lock(call, tx, &self.partner).await?.partner;
        let name = TrainingName::enrolment(&self.partner, &self.person, &self.session);
        let before: Enrolment = stored(call, tx, &name).await?;
        before.check_etag(&self.etag)?;
        let session = locked(call, tx, &self.session).await?;
        let Some(after) = before.change(self.to, call.now)? else { return Ok(before) };
        if self.to == EnrolmentState::Cancelled {
            if !tx.take_places(call.tenant(), &self.session, -1).await? {
                return Err(Fault::internal("a place was given back that nobody had").into());
            }
        } else {
            session.require_scheduled()?;
            session.require_begun(call.today)?;
        }
        record(call, tx, Some(partner.uid), after.clone().into_item(), (self.to.as_str(), &self.reason)).await?;
        Ok(after)
    }
}
