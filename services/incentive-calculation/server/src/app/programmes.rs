//! Programmes: create, get, list.

use incentive_calculation_domain::{
    programme::{Programme, Slot, check_slots},
    reasons,
};
use tributary_core::{Fault, RequestContext, ResourceId, Violations};
use tributary_sql::{RequestKey, StoreError};

use super::{App, recall, remember};

/// What a caller says of a new programme.
#[derive(Debug, Clone)]
pub struct NewProgramme {
    /// Id, generated when `None`.
    pub id: Option<ResourceId>,
    /// Name for people.
    pub display_name: String,
    /// The slots.
    pub slots: Vec<Slot>,
    /// The calendar of its years and grace days.
    pub calendar: Option<ResourceId>,
}

impl App {
    /// Creates a programme.
    ///
    /// # Errors
    /// `INVALID_REQUEST`, `CALENDAR_NOT_FOUND`, `PROGRAMME_EXISTS`.
    pub async fn create_programme(
        &self,
        caller: &RequestContext,
        new: NewProgramme,
        key: Option<RequestKey>,
    ) -> Result<Programme, Fault> {
        let mut violations = Violations::new();
        violations.nest("programme", check_slots(&new.slots));
        violations.into_result()?;
        if let Some(id) = &new.calendar {
            self.calendar(caller, id).await?;
        }

        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        if let Some(first) = recall(tx.as_mut(), key.as_ref(), now).await? {
            return Ok(first);
        }
        let programme = Programme {
            id: new.id.unwrap_or_else(|| self.ids.resource_id('g')),
            uid: self.ids.uuid().to_string(),
            display_name: new.display_name,
            slots: new.slots,
            create_time: now,
            revision: 1,
            calendar: new.calendar,
        };
        match tx.insert_programme(&caller.tenant, &programme).await {
            Err(StoreError::AlreadyExists(_)) => {
                return Err(Fault::new(
                    reasons::PROGRAMME_EXISTS,
                    format!("{} exists; choose another programme_id", programme.name()),
                )
                .with("programme", programme.name()));
            }
            other => other?,
        }
        remember(tx.as_mut(), key.as_ref(), &programme).await?;
        self.commit(tx).await?;
        Ok(programme)
    }

    /// One programme.
    ///
    /// # Errors
    /// `PROGRAMME_NOT_FOUND`.
    pub async fn programme(&self, caller: &RequestContext, id: &ResourceId) -> Result<Programme, Fault> {
        self.store.programme(&caller.tenant, id.as_str()).await?.ok_or_else(|| {
            Fault::new(reasons::PROGRAMME_NOT_FOUND, format!("programmes/{id} does not exist"))
                .with("programme", format!("programmes/{id}"))
        })
    }

    /// Programmes in the order of ids.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn programmes(&self, caller: &RequestContext, after: &str, limit: u32) -> Result<Vec<Programme>, Fault> {
        Ok(self.store.programmes(&caller.tenant, after, limit).await?)
    }
}
