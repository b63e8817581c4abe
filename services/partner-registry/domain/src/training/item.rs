//! What all resources of training have in common: a name, a revision, a history.

use std::fmt;

use serde::{Deserialize, Serialize};
use tributary_core::{Fault, ResourceId, Timestamp};
use uuid::Uuid;

use super::{Certificate, CertificateDefinition, Course, Enrolment, ExamResult, Person, TrainingSession};
use crate::{
    etag,
    faults::{
        CERTIFICATE_DEFINITION_NOT_FOUND, CERTIFICATE_NOT_FOUND, COURSE_NOT_FOUND, ENROLMENT_NOT_FOUND,
        EXAM_RESULT_NOT_FOUND, PERSON_NOT_FOUND, TRAINING_SESSION_NOT_FOUND,
    },
    partner::resource_name,
};

/// Where a resource is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Collection {
    /// Courses of the tenant.
    Course,
    /// Certificate definitions of the tenant.
    Definition,
    /// Training sessions of the tenant.
    Session,
    /// Persons of a partner.
    Person,
    /// Exam results at a partner.
    Result,
    /// Certificates at a partner.
    Certificate,
    /// Enrolments of a person.
    Enrolment,
}

impl Collection {
    /// Every collection.
    pub const ALL: [Self; 7] =
        [Self::Course, Self::Definition, Self::Session, Self::Person, Self::Result, Self::Certificate, Self::Enrolment];

    /// As names write it. Example: "courses".
    #[must_use]
    pub fn plural(self) -> &'static str {
        match self {
            Self::Course => "courses",
            Self::Definition => "certificateDefinitions",
            Self::Session => "trainingSessions",
            Self::Person => "persons",
            Self::Result => "examResults",
            Self::Certificate => "certificates",
            Self::Enrolment => "enrolments",
        }
    }

    /// As the metadata of faults name one. Example: "exam_result".
    #[must_use]
    pub fn singular(self) -> &'static str {
        match self {
            Self::Course => "course",
            Self::Definition => "certificate_definition",
            Self::Session => "training_session",
            Self::Person => "person",
            Self::Result => "exam_result",
            Self::Certificate => "certificate",
            Self::Enrolment => "enrolment",
        }
    }

    /// Whether the tenant has it, and no partner.
    #[must_use]
    pub fn is_of_tenant(self) -> bool {
        matches!(self, Self::Course | Self::Definition | Self::Session)
    }
}

/// The name of a resource of training.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TrainingName {
    /// Where it is kept.
    pub collection: Collection,
    /// The partner; `None` for what the tenant has.
    pub partner: Option<ResourceId>,
    /// The person, for enrolments.
    pub person: Option<ResourceId>,
    /// Id there.
    pub id: ResourceId,
}

impl TrainingName {
    /// The name of what a tenant has.
    #[must_use]
    pub fn of_tenant(collection: Collection, id: &ResourceId) -> Self {
        Self { collection, partner: None, person: None, id: id.clone() }
    }

    /// The name of what is at a partner.
    #[must_use]
    pub fn at_partner(collection: Collection, partner: &ResourceId, id: &ResourceId) -> Self {
        Self { collection, partner: Some(partner.clone()), person: None, id: id.clone() }
    }

    /// The name of the enrolment of a person in a session.
    #[must_use]
    pub fn enrolment(partner: &ResourceId, person: &ResourceId, session: &ResourceId) -> Self {
        let (partner, person) = (Some(partner.clone()), Some(person.clone()));
        Self { collection: Collection::Enrolment, partner, person, id: session.clone() }
    }

    /// Reads a resource name of a collection. Example: "partners/x/persons/y".
    ///
    /// # Errors
    /// A sentence with the value and the form.
    pub fn parse(collection: Collection, name: &str) -> Result<Self, String> {
        let plural = collection.plural();
        if collection.is_of_tenant() {
            return ResourceId::from_name(plural, name).map(|id| Self::of_tenant(collection, &id));
        }
        let middle = if collection == Collection::Enrolment { "persons/ID/" } else { "" };
        let form = || format!("{name:?} is not a resource name of the form \"partners/ID/{middle}{plural}/ID\"");
        let (above, id) = name.rsplit_once(&format!("/{plural}/")).ok_or_else(form)?;
        let id = ResourceId::parse(id)?;
        if collection == Collection::Enrolment {
            let (partner, person) = above.split_once("/persons/").ok_or_else(form)?;
            let (partner, person) = (ResourceId::from_name("partners", partner)?, ResourceId::parse(person)?);
            return Ok(Self::enrolment(&partner, &person, &id));
        }
        ResourceId::from_name("partners", above).map(|partner| Self::at_partner(collection, &partner, &id))
    }

    /// Reads a resource name of any collection.
    ///
    /// # Errors
    /// A sentence with the value.
    pub fn parse_any(name: &str) -> Result<Self, String> {
        let read = |collection| Self::parse(collection, name).ok();
        let found = Collection::ALL.into_iter().find_map(read);
        found.ok_or_else(|| {
            format!("{name:?} is no resource name of training; write it like \"partners/alpine/persons/li-na\"")
        })
    }

    /// There is no such resource.
    #[must_use]
    pub fn not_found(&self) -> Fault {
        let reason = match self.collection {
            Collection::Course => COURSE_NOT_FOUND,
            Collection::Definition => CERTIFICATE_DEFINITION_NOT_FOUND,
            Collection::Session => TRAINING_SESSION_NOT_FOUND,
            Collection::Person => PERSON_NOT_FOUND,
            Collection::Result => EXAM_RESULT_NOT_FOUND,
            Collection::Certificate => CERTIFICATE_NOT_FOUND,
            Collection::Enrolment => ENROLMENT_NOT_FOUND,
        };
        let message = format!("there is no {self}; list the {} or correct the name", self.collection.plural());
        Fault::new(reason, message).with(self.collection.singular(), self.to_string())
    }
}

impl fmt::Display for TrainingName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(partner) = &self.partner {
            write!(f, "{}/", resource_name(partner))?;
        }
        if let Some(person) = &self.person {
            write!(f, "persons/{person}/")?;
        }
        write!(f, "{}/{}", self.collection.plural(), self.id)
    }
}

/// What tells the revisions of a resource apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// UUIDv7, stable for ever.
    pub uid: Uuid,
    /// Counts changes, from 1.
    pub revision: i64,
    /// When it was made.
    pub create_time: Timestamp,
    /// When it last changed.
    pub update_time: Timestamp,
}

impl Stamp {
    /// Of a new resource.
    #[must_use]
    pub fn new(uid: Uuid, now: Timestamp) -> Self {
        Self { uid, revision: 1, create_time: now, update_time: now }
    }

    /// Of the next revision; a clock that was set back never makes it older than the one before.
    #[must_use]
    pub fn next(&self, now: Timestamp) -> Self {
        let (revision, update_time) = (self.revision.saturating_add(1), now.max(self.update_time));
        Self { revision, update_time, ..self.clone() }
    }

    /// Fingerprint of this revision.
    #[must_use]
    pub fn etag(&self) -> String {
        etag::of(self.revision)
    }
}

/// Any resource of training.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrainingItem {
    /// A course.
    Course(Course),
    /// A definition.
    Definition(CertificateDefinition),
    /// A session.
    Session(TrainingSession),
    /// A person.
    Person(Person),
    /// A result.
    Result(ExamResult),
    /// A certificate.
    Certificate(Certificate),
    /// An enrolment.
    Enrolment(Enrolment),
}

/// One of the resources of training.
pub trait Item: Clone + Send + Sync + Sized {
    /// Where it is kept.
    const COLLECTION: Collection;

    /// Its name.
    fn name(&self) -> TrainingName;

    /// What tells its revisions apart.
    fn stamp(&self) -> &Stamp;

    /// As one of all.
    fn into_item(self) -> TrainingItem;

    /// Out of one of all; `None` for another one.
    fn from_item(item: TrainingItem) -> Option<Self>;

    /// Checks the etag a caller sends; an empty one agrees with every revision.
    ///
    /// # Errors
    /// `ETAG_MISMATCH`.
    fn check_etag(&self, etag: &str) -> Result<(), Fault> {
        etag::check(etag, self.stamp().revision, Self::COLLECTION.singular(), self.name().to_string())
    }
}

macro_rules! items {
    ($($variant:ident $type:ident: |$own:ident| $name:expr),+ $(,)?) => {
        $(impl Item for $type {
            const COLLECTION: Collection = Collection::$variant;

            fn name(&self) -> TrainingName {
                let $own = self;
                $name
            }

            fn stamp(&self) -> &Stamp {
                &self.stamp
            }

            fn into_item(self) -> TrainingItem {
                TrainingItem::$variant(self)
            }

            fn from_item(item: TrainingItem) -> Option<Self> {
                match item {
                    TrainingItem::$variant(found) => Some(found),
                    _ => None,
                }
            }
        })+

        impl TrainingItem {
            /// Its name.
            #[must_use]
            pub fn name(&self) -> TrainingName {
                match self { $(Self::$variant(item) => item.name(),)+ }
            }

            /// What tells its revisions apart.
            #[must_use]
            pub fn stamp(&self) -> &Stamp {
                match self { $(Self::$variant(item) => item.stamp(),)+ }
            }
        }
    };
}

items! {
    Course Course: |own| TrainingName::of_tenant(Collection::Course, &own.id),
    Definition CertificateDefinition: |own| TrainingName::of_tenant(Collection::Definition, &own.id),
    Session TrainingSession: |own| TrainingName::of_tenant(Collection::Session, &own.id),
    Person Person: |own| TrainingName::at_partner(Collection::Person, &own.partner, &own.id),
    Result ExamResult: |own| TrainingName::at_partner(Collection::Result, &own.partner, &own.id),
    Certificate Certificate: |own| TrainingName::at_partner(Collection::Certificate, &own.partner, &own.id),
    Enrolment Enrolment: |own| TrainingName::enrolment(&own.partner, &own.person, &own.session),
}

/// One revision: who did what, when, why, and what it was afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainingRevision {
    /// The resource after the change.
    pub item: TrainingItem,
    /// What was done. Example: "CREATED".
    pub action: String,
    /// Subject of the caller.
    pub actor: String,
    /// Why; may be empty.
    pub reason: String,
    /// When it was recorded.
    pub record_time: Timestamp,
}
