//! What persons may do and partners hold on a day.

use std::collections::BTreeMap;

use partner_registry_domain::training::{
    Certificate, CertificateDefinition, Collection, DefinitionState, ExamResult, Holding, Item, Ledger, Person,
    PersonFinding, Qualified, TrainingName, check,
};
use tributary_core::{Date, Fault, RequestContext, ResourceId};

use super::{all, courses};
use crate::{
    app::Registry,
    ports::{Condition, Span, TrainingColumn, TrainingQuery, TrainingTest},
};

/// Whether a person may do duty.
#[derive(Debug)]
pub(crate) struct CheckedPerson {
    pub person: TrainingName,
    pub definition: ResourceId,
    pub day: Date,
    pub finding: PersonFinding,
}

/// Whether a partner holds a certificate.
#[derive(Debug)]
pub(crate) struct PartnerQualification {
    pub partner: ResourceId,
    pub definition: ResourceId,
    pub day: Date,
    pub found: Qualified,
}

/// What is asked about partners.
#[derive(Debug)]
pub(crate) struct QualificationsAsked {
    /// One partner; `None`: a page of all.
    pub partner: Option<ResourceId>,
    /// What is asked for; `None`: every active definition.
    pub definition: Option<ResourceId>,
    pub minimum: usize,
    /// `None`: today.
    pub day: Option<Date>,
    /// Only partners after this one.
    pub after: Option<ResourceId>,
    /// At most so many partners.
    pub size: u32,
}

fn is(column: TrainingColumn, id: &ResourceId) -> TrainingTest {
    TrainingTest::Is(column, id.to_string())
}

impl Registry {
    /// Whether a person may do duty on a day (`None`: today).
    pub async fn check_person(
        &self,
        context: &RequestContext,
        name: &TrainingName,
        definition: &ResourceId,
        day: Option<Date>,
    ) -> Result<CheckedPerson, Fault> {
        let day = day.unwrap_or_else(|| self.today());
        let person: Person = self.training(context, name).await?;
        let asked: CertificateDefinition =
            self.training(context, &TrainingName::of_tenant(Collection::Definition, definition)).await?;
        let tenant = &context.tenant;
        let mut source = self.store.training_source();
        let of_person = is(TrainingColumn::Person, &person.id);
        let tests = vec![of_person.clone(), is(TrainingColumn::Definition, definition)];
        let query = TrainingQuery::at(Certificate::COLLECTION, &person.partner, tests);
        let certificates = all(source.as_mut(), tenant, &query).await?;
        let query = TrainingQuery::at(ExamResult::COLLECTION, &person.partner, vec![of_person]);
        let results: Vec<ExamResult> = all(source.as_mut(), tenant, &query).await?;
        let courses = courses(source.as_mut(), tenant).await?;
        let ledger = Ledger { courses: &courses, results: &results };
        let finding = Holding { person, certificates }.check(&asked, &ledger, day);
        Ok(CheckedPerson { person: name.clone(), definition: definition.clone(), day, finding })
    }

    /// What partners hold on a day, and the last partner of the page when there may be more.
    pub async fn qualifications(
        &self,
        context: &RequestContext,
        asked: &QualificationsAsked,
    ) -> Result<(Vec<PartnerQualification>, Option<ResourceId>), Fault> {
        let (day, tenant) = (asked.day.unwrap_or_else(|| self.today()), &context.tenant);
        let mut next = None;
        let partners: Vec<ResourceId> = match &asked.partner {
            Some(partner) => {
                self.require(context, partner).await?;
                vec![partner.clone()]
            }
            None => {
                let size = usize::try_from(asked.size).unwrap_or(usize::MAX);
                let limit = asked.size.saturating_add(1);
                let page = self.store.evaluated_partners(tenant, asked.after.as_ref(), limit).await?;
                let mut page: Vec<ResourceId> = page.into_iter().map(|(partner, _)| partner).collect();
                if page.len() > size {
                    page.truncate(size);
                    next = page.last().cloned();
                }
                page
            }
        };
        let definitions: Vec<ResourceId> = match &asked.definition {
            Some(id) => {
                let name = TrainingName::of_tenant(Collection::Definition, id);
                vec![self.training::<CertificateDefinition>(context, &name).await?.id]
            }
            None => {
                let query = TrainingQuery::all(Collection::Definition);
                let all: Vec<CertificateDefinition> = self.list_training(context, &query).await?;
                all.into_iter().filter(|d| d.state == DefinitionState::Active).map(|d| d.id).collect()
            }
        };
        let (Some(first), Some(last)) = (partners.first(), partners.last()) else { return Ok((Vec::new(), None)) };
        let span = Some(Span { first: first.clone(), last: last.clone() });
        let mut source = self.store.training_source();
        let query = TrainingQuery { partners: span.clone(), ..TrainingQuery::all(Person::COLLECTION) };
        let mut persons: BTreeMap<ResourceId, Vec<Person>> = BTreeMap::new();
        for person in all::<Person, _>(source.as_mut(), tenant, &query).await? {
            persons.entry(person.partner.clone()).or_default().push(person);
        }
        let condition = asked.definition.as_ref().map(|id| Condition::Is(is(TrainingColumn::Definition, id)));
        let query = TrainingQuery { partners: span, condition, ..TrainingQuery::all(Certificate::COLLECTION) };
        type Key = (ResourceId, ResourceId, ResourceId);
        let mut certificates: BTreeMap<Key, Vec<Certificate>> = BTreeMap::new();
        for found in all::<Certificate, _>(source.as_mut(), tenant, &query).await? {
            let key = (found.partner.clone(), found.definition.clone(), found.person.clone());
            certificates.entry(key).or_default().push(found);
        }
        let mut answer = Vec::new();
        for partner in partners {
            let people = persons.remove(&partner).unwrap_or_default();
            for definition in &definitions {
                let holding = |person: &Person| {
                    let key = (partner.clone(), definition.clone(), person.id.clone());
                    let certificates = certificates.remove(&key).unwrap_or_default();
                    Holding { person: person.clone(), certificates }
                };
                let holdings: Vec<Holding> = people.iter().map(holding).collect();
                let found = check::qualified(&holdings, asked.minimum, day);
                let (partner, definition) = (partner.clone(), definition.clone());
                answer.push(PartnerQualification { partner, definition, day, found });
            }
        }
        Ok((answer, next))
    }
}
