//! Persons who work for partners. Personal data can be erased; the id, days of work, results and certificates stay.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Fault, ResourceId, Timestamp, Violations, pseudonym::personal_row_id};

use super::{Collection, Stamp, TrainingName};
use crate::{
    ExternalRef,
    faults::{PERSON_ERASED, PERSON_NOT_ACTIVE},
    profile, text,
};

/// What is told of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonContent {
    /// Name.
    pub display_name: String,
    /// E-mail address.
    pub email: String,
    /// What the person does.
    pub role: String,
    /// Key in another system.
    pub external_ref: Option<ExternalRef>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// First day of work; `None` is refused.
    pub active_from: Option<Date>,
    /// Last day of work; `None`: open.
    pub active_until: Option<Date>,
}

/// A person at a revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// For whom the person works.
    pub partner: ResourceId,
    /// Id there.
    pub id: ResourceId,
    /// What is told.
    pub content: PersonContent,
    /// Whether personal data was erased.
    pub erased: bool,
    /// Its revision.
    pub stamp: Stamp,
}

impl PersonContent {
    /// Everything that is wrong with it.
    #[must_use]
    pub fn violations(&self) -> Violations {
        let mut v = Violations::new();
        text::required_line(&mut v, "display_name", &self.display_name, 200);
        text::line(&mut v, "email", &self.email, 254);
        let halves = self.email.split_once('@');
        if !self.email.is_empty() && !halves.is_some_and(|(a, b)| !a.trim().is_empty() && !b.trim().is_empty()) {
            v.add("email", format!("{:?} is not an e-mail address; write it like name@example.com", self.email));
        }
        text::line(&mut v, "role", &self.role, 100);
        if let Some(reference) = &self.external_ref {
            reference_violations(&mut v, "external_ref", reference);
        }
        profile::check_labels(&mut v, &self.labels);
        match (self.active_from, self.active_until) {
            (None, _) => v.add("active_from", "is required; give the first day of work"),
            (Some(from), Some(until)) if until < from => {
                v.add("active_until", format!("{until} is before active_from, {from}; give a later day or none"));
            }
            _ => {}
        }
        v
    }

    /// What is left once personal data is erased on a day.
    #[must_use]
    pub fn erased(&self, today: Date) -> Self {
        let last = self.active_until.map_or(today, |until| until.min(today));
        // Who has not begun never does.
        let last = self.active_from.map_or(last, |from| last.max(from));
        Self { active_until: Some(last), ..self.without_personal_data() }
    }

    /// What does not say who the person is.
    #[must_use]
    pub fn without_personal_data(&self) -> Self {
        Self {
            display_name: String::new(),
            email: String::new(),
            role: String::new(),
            external_ref: None,
            labels: BTreeMap::new(),
            active_from: self.active_from,
            active_until: self.active_until,
        }
    }
}

/// Refuses the id of a new person that says who it is: ids are never erased.
pub fn id_violations(v: &mut Violations, field: &str, id: &ResourceId) {
    if let Some(what) = personal_row_id(id.as_str()) {
        let what = what.shown();
        v.add(field, format!("looks like {what}, and ids are never erased; choose one that says nothing, or none"));
    }
}

/// Checks the key of another system.
pub(super) fn reference_violations(v: &mut Violations, field: &str, reference: &ExternalRef) {
    v.check(&format!("{field}.system"), ResourceId::parse(&reference.system));
    text::required_line(v, &format!("{field}.id"), &reference.id, 200);
}

impl Person {
    /// Whether the person works for the partner on a day.
    #[must_use]
    pub fn is_active(&self, day: Date) -> bool {
        let PersonContent { active_from, active_until, .. } = &self.content;
        active_from.is_none_or(|from| from <= day) && active_until.is_none_or(|until| day <= until)
    }

    /// Refuses a day on which the person does not work for the partner.
    ///
    /// # Errors
    /// `PERSON_NOT_ACTIVE`.
    pub fn require_active(&self, day: Date) -> Result<(), Fault> {
        if self.is_active(day) {
            return Ok(());
        }
        let name = self.own_name();
        let message = format!("{name} does not work for the partner on {day}; correct the day, or the person's days");
        Err(Fault::new(PERSON_NOT_ACTIVE, message).with("person", name).with("date", day.to_string()))
    }

    /// The person with another content; `None` when nothing differs.
    ///
    /// # Errors
    /// `PERSON_ERASED`.
    pub fn change(&self, content: PersonContent, now: Timestamp) -> Result<Option<Self>, Fault> {
        if self.erased {
            let name = self.own_name();
            let message = format!("{name} was erased; add the person anew");
            return Err(Fault::new(PERSON_ERASED, message).with("person", name));
        }
        Ok((content != self.content).then(|| Self { content, stamp: self.stamp.next(now), ..self.clone() }))
    }

    /// The person without personal data; `None` when that was done before.
    #[must_use]
    pub fn erase(&self, today: Date, now: Timestamp) -> Option<Self> {
        let content = self.content.erased(today);
        (!self.erased).then(|| Self { content, erased: true, stamp: self.stamp.next(now), ..self.clone() })
    }

    /// The same without personal data: for events and histories.
    #[must_use]
    pub fn without_personal_data(&self) -> Self {
        Self { content: self.content.without_personal_data(), ..self.clone() }
    }

    fn own_name(&self) -> String {
        TrainingName::at_partner(Collection::Person, &self.partner, &self.id).to_string()
    }
}
