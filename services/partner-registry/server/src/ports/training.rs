//! What the use cases of training need from a store.

use async_trait::async_trait;
use partner_registry_domain::training::{CertificateName, Collection, TrainingItem, TrainingName, TrainingRevision};
use tributary_core::{Date, ResourceId, TenantId};
use tributary_sql::StoreError;
use uuid::Uuid;

use super::{Condition, Due, Span};

/// What can be asked of a resource of training; not every one has all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrainingColumn {
    /// Name for people.
    Name,
    /// Kind of a course.
    Kind,
    /// State.
    State,
    /// The course.
    Course,
    /// The session.
    Session,
    /// The person.
    Person,
    /// The definition.
    Definition,
    /// Place of a session.
    Place,
    /// Role of a person.
    Role,
    /// Key in another system, "system:id".
    Reference,
    /// Whether a result is a pass.
    Passed,
    /// Day of a session.
    Day,
    /// Day of an exam.
    TakenOn,
    /// First valid day.
    ValidFrom,
    /// Last valid day.
    ExpiresOn,
    /// First day on which it is not valid because it was revoked.
    RevokedFrom,
    /// First day of work.
    ActiveFrom,
    /// Last day of work.
    ActiveUntil,
}

/// A test of a resource of training. What is not there is neither this nor that, neither before nor after any day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrainingTest {
    /// The text is this; names, places and roles in any case.
    Is(TrainingColumn, String),
    /// The text contains this, in any case.
    Has(TrainingColumn, String),
    /// Yes or no.
    Flag(TrainingColumn, bool),
    /// The day is before this one.
    Before(TrainingColumn, Date),
    /// The day is this one.
    On(TrainingColumn, Date),
    /// The day is after this one.
    After(TrainingColumn, Date),
}

/// A page of a collection in the order of names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainingQuery {
    /// Which.
    pub collection: Collection,
    /// Of which partners; `None`: of all.
    pub partners: Option<Span>,
    /// Which of them; `None`: all.
    pub condition: Option<Condition<TrainingTest>>,
    /// Only names after this one.
    pub after: Option<TrainingName>,
    /// At most this many; `None`: every one.
    pub limit: Option<u32>,
}

impl TrainingQuery {
    /// All of a collection.
    #[must_use]
    pub fn all(collection: Collection) -> Self {
        Self { collection, partners: None, condition: None, after: None, limit: None }
    }

    /// All of a collection at a partner that pass tests.
    #[must_use]
    pub fn at(collection: Collection, partner: &ResourceId, tests: Vec<TrainingTest>) -> Self {
        let condition = Some(Condition::All(tests.into_iter().map(Condition::Is).collect()));
        Self { partners: Some(Span::of(partner)), condition, ..Self::all(collection) }
    }
}

/// Reads, in a transaction or outside of one.
#[async_trait]
pub trait TrainingSource: Send {
    /// One resource.
    async fn training_item(
        &mut self,
        tenant: &TenantId,
        name: &TrainingName,
    ) -> Result<Option<TrainingItem>, StoreError>;

    /// A page of a collection.
    async fn training_items(
        &mut self,
        tenant: &TenantId,
        query: &TrainingQuery,
    ) -> Result<Vec<TrainingItem>, StoreError>;

    /// One revision.
    async fn training_revision(
        &mut self,
        tenant: &TenantId,
        name: &TrainingName,
        revision: i64,
    ) -> Result<Option<TrainingRevision>, StoreError>;
}

/// Reads outside a transaction.
#[async_trait]
pub trait TrainingReads: Send + Sync {
    /// For what is read in a transaction as well.
    fn training_source(&self) -> Box<dyn TrainingSource>;

    /// Revisions before a number (`None`: all), newest first.
    async fn training_revisions(
        &self,
        tenant: &TenantId,
        name: &TrainingName,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<TrainingRevision>, StoreError>;

    /// Issued certificates of all tenants whose last valid day is before `today`, in the order of their uids, after one.
    async fn due_certificates(
        &self,
        today: Date,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<Due<CertificateName>>, StoreError>;
}

/// Writes. Whoever writes what is at a partner has locked the partner; whoever writes courses or definitions has locked the
/// catalogue.
#[async_trait]
pub trait TrainingTx: TrainingSource {
    /// Waits for others who change courses or definitions.
    async fn lock_catalogue(&mut self, tenant: &TenantId) -> Result<(), StoreError>;

    /// Takes places in a session, or gives some back, and holds the session until the end of the transaction; false, with
    /// nothing changed, when there is no such session or there are not so many places.
    async fn take_places(&mut self, tenant: &TenantId, session: &ResourceId, count: i32) -> Result<bool, StoreError>;

    /// Writes a resource, inserting revision 1 and making any later one of the revision before it. The places of a session
    /// that are taken stay.
    ///
    /// # Errors
    /// `AlreadyExists` when the name or the key in another system is taken, `Conflict` when the stored revision is not the
    /// one before.
    async fn write_training(&mut self, tenant: &TenantId, item: &TrainingItem) -> Result<(), StoreError>;

    /// Appends a revision to the history.
    async fn add_training_revision(&mut self, tenant: &TenantId, revision: &TrainingRevision)
    -> Result<(), StoreError>;

    /// Takes what says who a person is out of its whole history.
    async fn erase_history(&mut self, tenant: &TenantId, person: &TrainingName) -> Result<(), StoreError>;
}
