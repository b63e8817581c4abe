//! Exam results: recorded, corrected. Certificates follow at once.

use async_trait::async_trait;
use partner_registry_domain::{
    ExternalRef,
    faults::EXAM_RESULT_EXISTS,
    training::{
        Correction, Course, ExamResult, Item, Person, ResultContent, Score, Stamp, TrainingName, TrainingSession,
    },
};
use serde::Serialize;
use tributary_core::{Fault, RequestContext, ResourceId, Violations};

use super::{
    all,
    catalogue::{check_reason, runs},
    in_field, record,
    settle::Ground,
    stored,
};
use crate::{
    app::{
        Registry,
        command::{Call, Command, Once, Refusal},
        update::lock,
    },
    ports::{Condition, RegistryTx, TrainingColumn, TrainingQuery, TrainingTest},
};

/// A result to be recorded.
#[derive(Debug, Serialize)]
pub(crate) struct RecordResult {
    pub partner: ResourceId,
    pub content: ResultContent,
    /// Its id; `None`: a generated one.
    pub id: Option<ResourceId>,
    pub reason: String,
}

/// A correction of a result.
#[derive(Debug, Serialize)]
pub(crate) struct CorrectResult {
    pub partner: ResourceId,
    pub id: ResourceId,
    pub correction: Correction,
    pub reason: String,
    pub etag: String,
}

runs! {
    record_result RecordResult -> ExamResult "CertificationService/RecordExamResult";
    correct_result CorrectResult -> ExamResult "CertificationService/CorrectExamResult";
}

impl Registry {
    /// What is wrong with a result, as fields of the request.
    pub fn result_violations(&self, content: &ResultContent) -> Violations {
        in_field("exam_result", content.violations(self.today()))
    }
}

/// Gives back a result that is there already when it says the same.
fn known(there: ExamResult, told: &ResultContent) -> Result<ExamResult, Fault> {
    if there.says(told) {
        return Ok(there);
    }
    let name = there.name().to_string();
    let message = format!("{name} is there and says something else; correct it, or choose another id or source");
    Err(Fault::new(EXAM_RESULT_EXISTS, message).with("exam_result", name))
}

impl RecordResult {
    /// The result that is there already by id or source, if it says the same.
    async fn repeated(
        &self,
        call: &Call<'_>,
        tx: &mut dyn RegistryTx,
        name: &TrainingName,
    ) -> Result<Option<ExamResult>, Refusal> {
        if let Some(there) = tx.training_item(call.tenant(), name).await?.and_then(ExamResult::from_item) {
            return Ok(Some(known(there, &self.content)?));
        }
        let Some(ExternalRef { system, id }) = &self.content.source else { return Ok(None) };
        let test = TrainingTest::Is(TrainingColumn::Reference, format!("{system}:{id}"));
        let query =
            TrainingQuery { condition: Some(Condition::Is(test)), ..TrainingQuery::all(ExamResult::COLLECTION) };
        let there: Vec<ExamResult> = all(tx, call.tenant(), &query).await?;
        match there.into_iter().next() {
            Some(there) if there.partner == self.partner => Ok(Some(known(there, &self.content)?)),
            Some(there) => {
                let name = there.name().to_string();
                let message = format!("{name} comes from {system} {id:?}; correct the source");
                Err(Fault::new(EXAM_RESULT_EXISTS, message).with("exam_result", name).into())
            }
            None => Ok(None),
        }
    }

    async fn attempt(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<i32, Refusal> {
        let is = |column, id: &ResourceId| TrainingTest::Is(column, id.to_string());
        let tests =
            vec![is(TrainingColumn::Person, &self.content.person), is(TrainingColumn::Course, &self.content.course)];
        let before = tx
            .training_items(call.tenant(), &TrainingQuery::at(ExamResult::COLLECTION, &self.partner, tests))
            .await?
            .len();
        Ok(i32::try_from(before).unwrap_or(i32::MAX).saturating_add(1))
    }
}

#[async_trait]
impl Command for &RecordResult {
    type Answer = ExamResult;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<ExamResult, Refusal> {
        let ResultContent { person, course, score, taken_on, session, source } = self.content.clone();
        let (Some(score), Some(taken_on)) = (score, taken_on) else {
            return Err(Fault::invalid(in_field("exam_result", self.content.violations(call.today))).into());
        };
        let partner = lock(call, tx, &self.partner).await?.partner;
        let id = self.id.clone().unwrap_or_else(|| call.app.ids.resource_id('r'));
        let name = TrainingName::at_partner(ExamResult::COLLECTION, &self.partner, &id);
        if let Some(there) = self.repeated(call, tx, &name).await? {
            return Ok(there);
        }
        // Only a new one is compared with today: a repeat gets the first answer.
        in_field("exam_result", self.content.violations(call.today)).into_result()?;
        let who: Person =
            stored(call, tx, &TrainingName::at_partner(Person::COLLECTION, &self.partner, &person)).await?;
        let of: Course = stored(call, tx, &TrainingName::of_tenant(Course::COLLECTION, &course)).await?;
        if let Some(session) = &session {
            let held: TrainingSession =
                stored(call, tx, &TrainingName::of_tenant(TrainingSession::COLLECTION, session)).await?;
            if held.content.course != course {
                let message = format!("{} is of another course, {}", held.name(), held.content.course);
                return Err(Fault::invalid_field("exam_result.session", message).into());
            }
        }
        of.require_given(Some(taken_on))?;
        who.require_active(taken_on)?;
        let result = ExamResult {
            partner: self.partner.clone(),
            id,
            course,
            score,
            taken_on,
            session,
            source,
            // A course that was checked has one.
            passing_score: of.content.passing_score.unwrap_or(Score::MOST),
            attempt: self.attempt(call, tx).await?,
            voided: false,
            maker: call.context.subject.clone(),
            stamp: Stamp::new(call.app.ids.uuid(), call.now),
            person: person.clone(),
        };
        record(call, tx, Some(partner.uid), result.clone().into_item(), ("RECORDED", &self.reason)).await?;
        let ground = Ground::read(call, tx, &self.partner, Some(&person)).await?;
        ground.settle(call, tx, partner.uid, (&self.partner, &person)).await?;
        Ok(result)
    }
}

#[async_trait]
impl Command for &CorrectResult {
    type Answer = ExamResult;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<ExamResult, Refusal> {
        check_reason(&self.reason)?;
        let partner = lock(call, tx, &self.partner).await?.partner;
        let name = TrainingName::at_partner(ExamResult::COLLECTION, &self.partner, &self.id);
        let before: ExamResult = stored(call, tx, &name).await?;
        before.check_etag(&self.etag)?;
        let of: Course = stored(call, tx, &TrainingName::of_tenant(Course::COLLECTION, &before.course)).await?;
        let Some(after) = before.correct(&self.correction, &of, call.today, call.now)? else { return Ok(before) };
        if after.taken_on != before.taken_on {
            let name = TrainingName::at_partner(Person::COLLECTION, &self.partner, &before.person);
            let who: Person = stored(call, tx, &name).await?;
            who.require_active(after.taken_on)?;
        }
        record(call, tx, Some(partner.uid), after.clone().into_item(), ("CORRECTED", &self.reason)).await?;
        let ground = Ground::read(call, tx, &self.partner, Some(&after.person)).await?;
        ground.settle(call, tx, partner.uid, (&self.partner, &after.person)).await?;
        Ok(after)
    }
}
