//! Reads what there is of training.

use partner_registry_domain::training::{Item, TrainingName, TrainingRevision};
use tributary_core::{Fault, RequestContext};

use super::all;
use crate::{app::Registry, ports::TrainingQuery};

impl Registry {
    /// One resource.
    pub async fn training<T: Item>(&self, context: &RequestContext, name: &TrainingName) -> Result<T, Fault> {
        let found = self.store.training_source().training_item(&context.tenant, name).await?;
        found.and_then(T::from_item).ok_or_else(|| name.not_found())
    }

    /// A page; a partner that the query names has to be there.
    pub async fn list_training<T: Item>(
        &self,
        context: &RequestContext,
        query: &TrainingQuery,
    ) -> Result<Vec<T>, Fault> {
        if let Some(span) = &query.partners {
            self.require(context, &span.first).await?;
        }
        Ok(all(self.store.training_source().as_mut(), &context.tenant, query).await?)
    }

    /// Revisions before a number, newest first.
    pub async fn training_revisions(
        &self,
        context: &RequestContext,
        name: &TrainingName,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<TrainingRevision>, Fault> {
        Ok(self.store.training_revisions(&context.tenant, name, before, limit).await?)
    }
}
