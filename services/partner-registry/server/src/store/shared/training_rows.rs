//! Between rows and resources of training: every table has a key, columns that are searched, and the whole as JSON.

use partner_registry_domain::{
    ExternalRef,
    duplicates::folded,
    training::{Collection, TrainingItem, TrainingName, TrainingRevision},
};
use sqlx::{QueryBuilder, query_builder::Separated};
use tributary_core::{Date, ResourceId, TenantId, Timestamp};
use tributary_sql::StoreError;

use super::{
    Db, Tx,
    rows::{json, to_json},
};
use crate::ports::TrainingColumn;

/// The table of a collection.
pub(super) fn table(collection: Collection) -> &'static str {
    match collection {
        Collection::Course => "courses",
        Collection::Definition => "certificate_definitions",
        Collection::Session => "training_sessions",
        Collection::Person => "persons",
        Collection::Result => "exam_results",
        Collection::Certificate => "certificates",
        Collection::Enrolment => "enrolments",
    }
}

/// The key of a name below the tenant, in the order of the primary key.
pub(super) fn key(name: &TrainingName) -> Vec<(&'static str, String)> {
    let partner = name.partner.as_ref().map(|id| ("partner_id", id.to_string()));
    let person = name.person.as_ref().map(|id| ("person_id", id.to_string()));
    partner.into_iter().chain(person).chain([("id", name.id.to_string())]).collect()
}

/// The columns of the key of a collection.
pub(super) fn key_columns(collection: Collection) -> &'static str {
    match collection {
        Collection::Course | Collection::Definition | Collection::Session => "id",
        Collection::Person | Collection::Result | Collection::Certificate => "partner_id, id",
        Collection::Enrolment => "partner_id, person_id, id",
    }
}

/// The column of what is asked, and whether it is kept folded.
pub(super) fn column(collection: Collection, asked: TrainingColumn) -> (&'static str, bool) {
    match asked {
        TrainingColumn::Name => ("name_folded", true),
        TrainingColumn::Place => ("place_folded", true),
        TrainingColumn::Role => ("role_folded", true),
        TrainingColumn::Kind => ("kind", false),
        TrainingColumn::State => ("state", false),
        TrainingColumn::Course => ("course_id", false),
        TrainingColumn::Session if collection == Collection::Enrolment => ("id", false),
        TrainingColumn::Session => ("session_id", false),
        TrainingColumn::Person => ("person_id", false),
        TrainingColumn::Definition => ("definition_id", false),
        TrainingColumn::Reference => ("reference", false),
        TrainingColumn::Passed => ("passed", false),
        TrainingColumn::Day => ("day", false),
        TrainingColumn::TakenOn => ("taken_on", false),
        TrainingColumn::ValidFrom => ("valid_from", false),
        TrainingColumn::ExpiresOn => ("expires_on", false),
        TrainingColumn::RevokedFrom => ("revoked_from", false),
        TrainingColumn::ActiveFrom => ("active_from", false),
        TrainingColumn::ActiveUntil => ("active_until", false),
    }
}

/// A value of a column.
enum Cell {
    Text(String),
    MaybeText(Option<String>),
    Number(i64),
    MaybeNumber(Option<i64>),
}

impl Cell {
    fn text(text: impl ToString) -> Self {
        Self::Text(text.to_string())
    }

    fn reference(reference: Option<&ExternalRef>) -> Self {
        Self::MaybeText(reference.map(|ExternalRef { system, id }| format!("{system}:{id}")))
    }

    fn day(day: Option<Date>) -> Self {
        Self::MaybeNumber(day.map(Date::days))
    }

    fn push(self, row: &mut Separated<'_, Db, &'static str>) {
        match self {
            Self::Text(text) => row.push_bind(text),
            Self::MaybeText(text) => row.push_bind(text),
            Self::Number(number) => row.push_bind(number),
            Self::MaybeNumber(number) => row.push_bind(number),
        };
    }

    fn assign(self, column: &str, row: &mut Separated<'_, Db, &'static str>) {
        row.push(column).push_unseparated(" = ");
        match self {
            Self::Text(text) => row.push_bind_unseparated(text),
            Self::MaybeText(text) => row.push_bind_unseparated(text),
            Self::Number(number) => row.push_bind_unseparated(number),
            Self::MaybeNumber(number) => row.push_bind_unseparated(number),
        };
    }
}

/// The columns that are searched or decide.
fn cells(item: &TrainingItem) -> Vec<(&'static str, Cell)> {
    match item {
        TrainingItem::Course(course) => vec![
            ("name_folded", Cell::text(folded(&course.content.display_name))),
            ("kind", Cell::MaybeText(course.content.kind.map(|kind| kind.as_str().to_owned()))),
            ("state", Cell::text(course.state())),
        ],
        TrainingItem::Definition(definition) => vec![
            ("name_folded", Cell::text(folded(&definition.content.display_name))),
            ("state", Cell::text(definition.state)),
        ],
        TrainingItem::Session(session) => vec![
            ("course_id", Cell::text(&session.content.course)),
            ("day", Cell::day(session.content.date)),
            ("place_folded", Cell::text(folded(&session.content.place))),
            ("state", Cell::text(session.state)),
            ("capacity", Cell::Number(session.content.capacity.into())),
        ],
        TrainingItem::Person(person) => vec![
            ("name_folded", Cell::text(folded(&person.content.display_name))),
            ("role_folded", Cell::text(folded(&person.content.role))),
            ("reference", Cell::reference(person.content.external_ref.as_ref())),
            ("active_from", Cell::day(person.content.active_from)),
            ("active_until", Cell::day(person.content.active_until)),
        ],
        TrainingItem::Result(result) => vec![
            ("person_id", Cell::text(&result.person)),
            ("course_id", Cell::text(&result.course)),
            ("session_id", Cell::MaybeText(result.session.as_ref().map(ResourceId::to_string))),
            ("reference", Cell::reference(result.source.as_ref())),
            ("passed", Cell::Number(result.passed().into())),
            ("taken_on", Cell::Number(result.taken_on.days())),
        ],
        TrainingItem::Certificate(certificate) => vec![
            ("person_id", Cell::text(&certificate.person)),
            ("definition_id", Cell::text(&certificate.definition)),
            ("state", Cell::text(certificate.state)),
            ("valid_from", Cell::Number(certificate.valid_from.days())),
            ("expires_on", Cell::day(certificate.expires_on)),
            ("revoked_from", Cell::day(certificate.revoked_from)),
        ],
        TrainingItem::Enrolment(enrolment) => vec![("state", Cell::text(enrolment.state))],
    }
}

fn body(item: &TrainingItem) -> Result<String, StoreError> {
    match item {
        TrainingItem::Course(item) => to_json(item),
        TrainingItem::Definition(item) => to_json(item),
        TrainingItem::Session(item) => to_json(item),
        TrainingItem::Person(item) => to_json(item),
        TrainingItem::Result(item) => to_json(item),
        TrainingItem::Certificate(item) => to_json(item),
        TrainingItem::Enrolment(item) => to_json(item),
    }
}

/// A row of any collection: the whole, and the places of a session that are taken.
#[derive(sqlx::FromRow)]
pub(super) struct ItemRow {
    body: String,
    enrolled: i64,
}

impl ItemRow {
    pub(super) fn read(self, collection: Collection) -> Result<TrainingItem, StoreError> {
        Ok(match collection {
            Collection::Course => TrainingItem::Course(json(&self.body)?),
            Collection::Definition => TrainingItem::Definition(json(&self.body)?),
            Collection::Session => {
                let mut session: partner_registry_domain::training::TrainingSession = json(&self.body)?;
                session.enrolled = i32::try_from(self.enrolled).unwrap_or(i32::MAX);
                TrainingItem::Session(session)
            }
            Collection::Person => TrainingItem::Person(json(&self.body)?),
            Collection::Result => TrainingItem::Result(json(&self.body)?),
            Collection::Certificate => TrainingItem::Certificate(json(&self.body)?),
            Collection::Enrolment => TrainingItem::Enrolment(json(&self.body)?),
        })
    }
}

/// The beginning of every query for resources, up to the condition on the tenant.
pub(super) fn select(collection: Collection, tenant: &TenantId) -> QueryBuilder<Db> {
    let places = if collection == Collection::Session { "enrolled" } else { "CAST(0 AS BIGINT) AS enrolled" };
    let mut query = QueryBuilder::new("SELECT body, ");
    query.push(places).push(" FROM ").push(table(collection)).push(" WHERE tenant = ").push_bind(tenant.as_str());
    query
}

/// Pushes that it is this one.
pub(super) fn push_is(query: &mut QueryBuilder<Db>, name: &TrainingName) {
    for (column, value) in key(name) {
        query.push(" AND ").push(column).push(" = ").push_bind(value);
    }
}

/// Inserts a new resource.
pub(super) async fn insert(tx: &mut Tx, tenant: &TenantId, item: &TrainingItem) -> Result<(), StoreError> {
    let (name, cells) = (item.name(), cells(item));
    let mut query = QueryBuilder::<Db>::new("INSERT INTO ");
    query.push(table(name.collection)).push(" (tenant, ").push(key_columns(name.collection)).push(", uid, ");
    for (column, _) in &cells {
        query.push(column).push(", ");
    }
    query.push("body, revision) VALUES (");
    let mut row = query.separated(", ");
    row.push_bind(tenant.as_str());
    for (_, value) in key(&name) {
        row.push_bind(value);
    }
    row.push_bind(item.stamp().uid);
    for (_, cell) in cells {
        cell.push(&mut row);
    }
    row.push_bind(body(item)?).push_bind(item.stamp().revision);
    query.push(")").build().execute(tx.conn()).await?;
    Ok(())
}

/// Updates a resource at the revision before only.
pub(super) async fn update(tx: &mut Tx, tenant: &TenantId, item: &TrainingItem) -> Result<(), StoreError> {
    let name = item.name();
    let mut query = QueryBuilder::<Db>::new("UPDATE ");
    query.push(table(name.collection)).push(" SET ");
    let mut row = query.separated(", ");
    for (column, cell) in cells(item) {
        cell.assign(column, &mut row);
    }
    Cell::Text(body(item)?).assign("body", &mut row);
    Cell::Number(item.stamp().revision).assign("revision", &mut row);
    query.push(" WHERE tenant = ").push_bind(tenant.as_str());
    push_is(&mut query, &name);
    query.push(" AND revision = ").push_bind(item.stamp().revision.saturating_sub(1));
    let done = query.build().execute(tx.conn()).await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

#[derive(sqlx::FromRow)]
pub(super) struct TrainingRevisionRow {
    action: String,
    actor: String,
    reason: String,
    record_time: i64,
    snapshot: String,
}

impl TrainingRevisionRow {
    pub(super) fn read(self) -> Result<TrainingRevision, StoreError> {
        Ok(TrainingRevision {
            item: json(&self.snapshot)?,
            action: self.action,
            actor: self.actor,
            reason: self.reason,
            record_time: Timestamp(self.record_time),
        })
    }
}
