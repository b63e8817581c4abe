//! Persons who work for partners. What a call remembers of its answer is name and revision only, so that what is erased is
//! nowhere left.

use async_trait::async_trait;
use partner_registry_domain::{
    ExternalRef,
    faults::PERSON_EXISTS,
    training::{Item, Mask, Masked, Person, PersonContent, Stamp, TrainingName},
};
use serde::Serialize;
use tributary_core::{Fault, RequestContext, ResourceId};

use super::{all, catalogue::check_reason, in_field, record, stored};
use crate::{
    app::{
        Registry,
        command::{Call, Command, Once, Refusal},
        update::lock,
    },
    ports::{Condition, RegistryTx, TrainingColumn, TrainingQuery, TrainingTest},
};

/// A person to be added.
#[derive(Debug, Serialize)]
pub(crate) struct CreatePerson {
    pub partner: ResourceId,
    pub content: PersonContent,
    /// Its id; `None`: a generated one.
    pub id: Option<ResourceId>,
}

/// A change of a person.
#[derive(Debug, Serialize)]
pub(crate) struct UpdatePerson {
    pub partner: ResourceId,
    pub id: ResourceId,
    pub content: PersonContent,
    pub paths: Vec<String>,
    pub reason: String,
    pub etag: String,
}

/// What says who a person is has to go.
#[derive(Debug, Serialize)]
pub(crate) struct ErasePerson {
    pub partner: ResourceId,
    pub id: ResourceId,
    pub reason: String,
    pub etag: String,
}

/// Which revision of which person came of it.
type Made = (TrainingName, i64);

impl Registry {
    /// Adds a person.
    pub async fn create_person(
        &self,
        context: &RequestContext,
        command: &CreatePerson,
        request_id: &str,
    ) -> Result<Person, Fault> {
        let once = Once::new("CertificationService/CreatePerson", request_id, command);
        self.made(context, self.execute(context, &once).await?).await
    }

    /// Changes fields of a person.
    pub async fn update_person(
        &self,
        context: &RequestContext,
        command: &UpdatePerson,
        request_id: &str,
    ) -> Result<Person, Fault> {
        let once = Once::new("CertificationService/UpdatePerson", request_id, command);
        self.made(context, self.execute(context, &once).await?).await
    }

    /// Erases a person.
    pub async fn erase_person(
        &self,
        context: &RequestContext,
        command: &ErasePerson,
        request_id: &str,
    ) -> Result<Person, Fault> {
        let once = Once::new("CertificationService/ErasePerson", request_id, command);
        self.made(context, self.execute(context, &once).await?).await
    }

    /// The person as it was at a revision, but for what was erased since.
    async fn made(&self, context: &RequestContext, (name, revision): Made) -> Result<Person, Fault> {
        let mut source = self.store.training_source();
        let found = source.training_revision(&context.tenant, &name, revision).await?;
        found.and_then(|found| Person::from_item(found.item)).ok_or_else(|| name.not_found())
    }
}

fn of(person: &Person) -> Made {
    (person.name(), person.stamp.revision)
}

/// Refuses the key in another system that another person has.
async fn require_free(
    call: &Call<'_>,
    tx: &mut dyn RegistryTx,
    name: &TrainingName,
    reference: Option<&ExternalRef>,
) -> Result<(), Refusal> {
    let Some(ExternalRef { system, id }) = reference else { return Ok(()) };
    let test = TrainingTest::Is(TrainingColumn::Reference, format!("{system}:{id}"));
    let query = TrainingQuery { condition: Some(Condition::Is(test)), ..TrainingQuery::all(Person::COLLECTION) };
    let holders: Vec<Person> = all(tx, call.tenant(), &query).await?;
    let Some(holder) = holders.into_iter().map(|person| person.name()).find(|holder| holder != name) else {
        return Ok(());
    };
    // Another partner's person is not named: its own users could ask for it.
    let message = format!("another person has the external ref {system} {id:?}; correct the ref");
    let fault = Fault::new(PERSON_EXISTS, message).with("system", system).with("id", id);
    let is_own = holder.partner == name.partner;
    Err(if is_own { fault.with("person", holder.to_string()) } else { fault }.into())
}

#[async_trait]
impl Command for &CreatePerson {
    type Answer = Made;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<Made, Refusal> {
        in_field("person", self.content.violations()).into_result()?;
        let partner = lock(call, tx, &self.partner).await?.partner;
        let id = self.id.clone().unwrap_or_else(|| call.app.ids.resource_id('p'));
        let name = TrainingName::at_partner(Person::COLLECTION, &self.partner, &id);
        if let Some(there) = tx.training_item(call.tenant(), &name).await?.and_then(Person::from_item) {
            if there.content == self.content {
                return Ok(of(&there));
            }
            let message = format!("{name} exists and is another one; choose another id or update it");
            return Err(Fault::new(PERSON_EXISTS, message).with("person", name.to_string()).into());
        }
        require_free(call, tx, &name, self.content.external_ref.as_ref()).await?;
        let stamp = Stamp::new(call.app.ids.uuid(), call.now);
        let (partner_id, content) = (self.partner.clone(), self.content.clone());
        let person = Person { partner: partner_id, id, content, erased: false, stamp };
        record(call, tx, Some(partner.uid), person.clone().into_item(), ("CREATED", "")).await?;
        Ok(of(&person))
    }
}

#[async_trait]
impl Command for &UpdatePerson {
    type Answer = Made;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<Made, Refusal> {
        let mask = Mask(&self.paths);
        PersonContent::mask_violations(mask).into_result()?;
        let partner = lock(call, tx, &self.partner).await?.partner;
        let name = TrainingName::at_partner(Person::COLLECTION, &self.partner, &self.id);
        let before: Person = stored(call, tx, &name).await?;
        before.check_etag(&self.etag)?;
        let content = before.content.merged(&self.content, mask);
        let changed = before.change(content.clone(), call.now)?;
        in_field("person", content.violations()).into_result()?;
        let Some(after) = changed else { return Ok(of(&before)) };
        require_free(call, tx, &name, content.external_ref.as_ref()).await?;
        record(call, tx, Some(partner.uid), after.clone().into_item(), ("UPDATED", &self.reason)).await?;
        Ok(of(&after))
    }
}

#[async_trait]
impl Command for &ErasePerson {
    type Answer = Made;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<Made, Refusal> {
        check_reason(&self.reason)?;
        let partner = lock(call, tx, &self.partner).await?.partner;
        let name = TrainingName::at_partner(Person::COLLECTION, &self.partner, &self.id);
        let before: Person = stored(call, tx, &name).await?;
        before.check_etag(&self.etag)?;
        let Some(after) = before.erase(call.today, call.now) else { return Ok(of(&before)) };
        tx.erase_history(call.tenant(), &name).await?;
        record(call, tx, Some(partner.uid), after.clone().into_item(), ("ERASED", &self.reason)).await?;
        Ok(of(&after))
    }
}
