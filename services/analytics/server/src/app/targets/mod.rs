//! Targets (AN-03): set, changed and read ([`change`]), measured by the metric layer ([`measure`]) and watched, so that
//! whoever answers for one hears when it goes off track ([`watch`]).

mod change;
mod measure;
mod watch;

use std::sync::Arc;

use analytics_domain::{
    reasons::TARGET_NOT_FOUND,
    target::{Target, resource_name},
};
use tributary_core::{Clock, Fault, IdSource, RequestContext, ResourceId, Zone};

use super::metrics::Metrics;
use crate::ports::targets::{TargetCondition, TargetStore};

pub use change::{CreateTarget, DeleteTarget, Drafts, UpdateTarget};
pub use measure::{AsOf, Measurement};

/// What the use cases of targets work with.
pub struct Targets {
    /// Where targets are kept.
    pub store: Arc<dyn TargetStore>,
    /// Measures them.
    pub metrics: Arc<Metrics>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// The zone in which "today" is meant.
    pub zone: Arc<Zone>,
    /// Tells the relay that there are events.
    pub wake: Box<dyn Fn() + Send + Sync>,
}

impl Targets {
    /// One target.
    ///
    /// # Errors
    /// `TARGET_NOT_FOUND`.
    pub async fn target(&self, caller: &RequestContext, id: &ResourceId) -> Result<Target, Fault> {
        self.store.target(&caller.tenant, id).await?.ok_or_else(|| not_found(id))
    }

    /// Targets in the order of ids, after one.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn targets(
        &self,
        caller: &RequestContext,
        condition: Option<&TargetCondition>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Target>, Fault> {
        Ok(self.store.targets(&caller.tenant, condition, after, limit).await?)
    }
}

fn not_found(id: &ResourceId) -> Fault {
    let name = resource_name(id);
    Fault::new(TARGET_NOT_FOUND, format!("there is no {name}; set it or correct the name")).with("target", name)
}
