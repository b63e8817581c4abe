//! `DescribePlan` and `DiffPlanVersions`: where their plans come from, and what is refused.

use incentive_calculation_domain::plan;
use prost::{Message, Name};
use tributary_core::{Fault, RequestContext, Violations};
use tributary_proto::tributary::incentive::v1::{PlanSource, plan_source::Source};
use tributary_rpc::validate;

use super::plan_service::{read_spec, version_of};
use crate::{app::App, convert::plan::plan_spec};

/// Refuses what the annotations refuse, together with what cannot be read in the specs, so that a caller sees everything
/// at once. Whether a spec could be published does not matter: people look at drafts.
pub(super) fn admit<Q: Message + Name>(query: &Q, sources: &[(&str, Option<&PlanSource>)]) -> Result<(), Fault> {
    let annotated = validate::validate(query).err();
    let mut own = Violations::new();
    for (field, source) in sources {
        if let Some(Source::Spec(spec)) = source.and_then(|s| s.source.as_ref())
            && let Err(faults) = plan_spec(spec)
        {
            own.nest(&format!("{field}.spec"), faults);
        }
    }
    match annotated {
        Some(annotated) => Err(Fault::invalid(annotated.joined(own))),
        None => own.into_result(),
    }
}

/// The plan that a source names or says.
pub(super) async fn spec(
    app: &App,
    caller: &RequestContext,
    source: Option<PlanSource>,
    field: &str,
) -> Result<plan::PlanSpec, Fault> {
    match source.and_then(|s| s.source) {
        Some(Source::Name(name)) => {
            let (plan, version) = version_of(&name)?;
            Ok(app.plan_version(caller, &plan, version).await?.spec)
        }
        Some(Source::Spec(spec)) => read_spec(Some(&spec), &format!("{field}.spec")),
        // The annotations refuse it.
        None => Err(Fault::invalid_field(field, "is missing; name a version or give a spec")),
    }
}
