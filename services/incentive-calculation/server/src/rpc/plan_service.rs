//! `PlanService`.

use incentive_calculation_domain::{
    plan,
    plan_version::{PlanAction, PlanVersion},
    programme::Slot,
};
use prost::{Message, Name};
use tonic::{Request, Response, Status};
use tributary_core::{Fault, RequestContext, ResourceId, Violations};
use tributary_proto::tributary::incentive::v1::{
    self as pb, ChangePlanVersionStateRequest, CreatePlanVersionRequest, CreateProgrammeRequest, DescribePlanRequest,
    DiffPlanVersionsRequest, GetPlanVersionRequest, GetProgrammeRequest, ListPlanVersionsRequest,
    ListPlanVersionsResponse, ListProgrammesRequest, ListProgrammesResponse, PlanSpec, ValidatePlanRequest,
    ValidatePlanResponse, plan_service_server::PlanService,
};
use tributary_rpc::{convert::resource_id, page::PageRequest, validate};
use tributary_sql::RequestKey;

use super::{Rpc, description, request_key};
use crate::{
    app::{
        App,
        plans::{NewPlanVersion, PlanChange, check_spec},
        programmes::NewProgramme,
    },
    convert::{
        plan::{plan_spec, plan_version_to_proto, programme_to_proto},
        plan_description::{description_to_proto, diff_to_proto, language},
    },
};

#[tonic::async_trait]
impl PlanService for Rpc {
    async fn create_programme(
        &self,
        request: Request<CreateProgrammeRequest>,
    ) -> Result<Response<pb::Programme>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query| async move {
                let key = request_key(&caller, "CreateProgramme", &query.request_id, &query);
                let new = new_programme(query)?;
                Ok(programme_to_proto(&app.create_programme(&caller, new, key).await?))
            })
            .await
    }

    async fn get_programme(&self, request: Request<GetProgrammeRequest>) -> Result<Response<pb::Programme>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let id = resource_id("programmes", &query.name, "name")?;
                Ok(programme_to_proto(&self.app.programme(&caller, &id).await?))
            })
            .await
    }

    async fn list_programmes(
        &self,
        request: Request<ListProgrammesRequest>,
    ) -> Result<Response<ListProgrammesResponse>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let parts = ["ListProgrammes"];
                let page = PageRequest::read(&parts, query.page_size, &query.page_token)?;
                let after = page.cursor.clone().unwrap_or_default();
                let mut list = self.app.programmes(&caller, &after, page.limit()).await?;
                let next = page.cut(&mut list, &parts, |p| p.id.to_string());
                Ok(ListProgrammesResponse {
                    programmes: list.iter().map(programme_to_proto).collect(),
                    next_page_token: next,
                })
            })
            .await
    }

    async fn create_plan_version(
        &self,
        request: Request<CreatePlanVersionRequest>,
    ) -> Result<Response<pb::PlanVersion>, Status> {
        let app = self.app.clone();
        self.edge
            .write_unchecked(request, |caller, query: CreatePlanVersionRequest| async move {
                admit_with_plan(&query, query.spec.as_ref(), "spec")?;
                let key = request_key(&caller, "CreatePlanVersion", &query.request_id, &query);
                let new = NewPlanVersion {
                    plan: resource_id("plans", &query.plan, "plan")?,
                    programme: resource_id("programmes", &query.programme, "programme")?,
                    slot: ResourceId::parse(&query.slot).map_err(|e| Fault::invalid_field("slot", e))?,
                    spec: read_spec(query.spec.as_ref(), "spec")?,
                };
                Ok(plan_version_to_proto(&app.create_plan_version(&caller, new, key).await?))
            })
            .await
    }

    async fn validate_plan(
        &self,
        request: Request<ValidatePlanRequest>,
    ) -> Result<Response<ValidatePlanResponse>, Status> {
        // Changes nothing; unchecked, so that annotations and domain speak in one answer.
        self.edge
            .write_unchecked(request, |_, query: ValidatePlanRequest| async move {
                admit_with_plan(&query, query.spec.as_ref(), "spec")?;
                let spec = read_spec(query.spec.as_ref(), "spec")?;
                check_spec(&spec, "spec")?;
                Ok(ValidatePlanResponse {
                    spec_digest: plan::digest(&spec),
                    example_count: i32::try_from(spec.examples.len()).unwrap_or(i32::MAX),
                })
            })
            .await
    }

    async fn get_plan_version(
        &self,
        request: Request<GetPlanVersionRequest>,
    ) -> Result<Response<pb::PlanVersion>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let (plan, version) = version_of(&query.name)?;
                Ok(plan_version_to_proto(&self.app.plan_version(&caller, &plan, version).await?))
            })
            .await
    }

    async fn list_plan_versions(
        &self,
        request: Request<ListPlanVersionsRequest>,
    ) -> Result<Response<ListPlanVersionsResponse>, Status> {
        self.edge.read(request, |caller, query| async move { list(&self.app, &caller, query).await }).await
    }

    async fn describe_plan(
        &self,
        request: Request<DescribePlanRequest>,
    ) -> Result<Response<pb::PlanDescription>, Status> {
        let app = self.app.clone();
        // Changes nothing; unchecked, so that annotations and reader speak in one answer.
        self.edge
            .write_unchecked(request, |caller, query: DescribePlanRequest| async move {
                description::admit(&query, &[("plan", query.plan.as_ref())])?;
                let language = language(query.language());
                let spec = description::spec(&app, &caller, query.plan, "plan").await?;
                Ok(description_to_proto(&spec, language))
            })
            .await
    }

    async fn diff_plan_versions(
        &self,
        request: Request<DiffPlanVersionsRequest>,
    ) -> Result<Response<pb::PlanDiff>, Status> {
        let app = self.app.clone();
        self.edge
            .write_unchecked(request, |caller, query: DiffPlanVersionsRequest| async move {
                description::admit(&query, &[("before", query.before.as_ref()), ("after", query.after.as_ref())])?;
                let language = language(query.language());
                let before = description::spec(&app, &caller, query.before, "before").await?;
                let after = description::spec(&app, &caller, query.after, "after").await?;
                Ok(diff_to_proto(&before, &after, language))
            })
            .await
    }

    async fn approve_plan_version(
        &self,
        request: Request<ChangePlanVersionStateRequest>,
    ) -> Result<Response<pb::PlanVersion>, Status> {
        self.change(request, PlanAction::Approve, "ApprovePlanVersion").await
    }

    async fn activate_plan_version(
        &self,
        request: Request<ChangePlanVersionStateRequest>,
    ) -> Result<Response<pb::PlanVersion>, Status> {
        self.change(request, PlanAction::Activate, "ActivatePlanVersion").await
    }

    async fn retire_plan_version(
        &self,
        request: Request<ChangePlanVersionStateRequest>,
    ) -> Result<Response<pb::PlanVersion>, Status> {
        self.change(request, PlanAction::Retire, "RetirePlanVersion").await
    }
}

impl Rpc {
    async fn change(
        &self,
        request: Request<ChangePlanVersionStateRequest>,
        action: PlanAction,
        method: &'static str,
    ) -> Result<Response<pb::PlanVersion>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, move |caller, query| async move {
                let key: Option<RequestKey> = request_key(&caller, method, &query.request_id, &query);
                let (plan, version) = version_of(&query.name)?;
                let change = PlanChange {
                    plan,
                    version,
                    action,
                    etag: query.etag,
                    reason: query.reason,
                    validate_only: query.validate_only,
                };
                Ok(plan_version_to_proto(&app.change_plan_version(&caller, change, key).await?))
            })
            .await
    }
}

/// Reads a plan out of a request; violations get the prefix `field`.
pub(super) fn read_spec(spec: Option<&PlanSpec>, field: &str) -> Result<plan::PlanSpec, Fault> {
    plan_spec(spec.unwrap_or(&PlanSpec::default())).map_err(|faults| {
        let mut violations = Violations::new();
        violations.nest(field, faults);
        Fault::invalid(violations)
    })
}

/// Refuses a request that its annotations refuse, together with what the domain refuses in its plan, so that a caller
/// sees everything at once. Examples are left out then: a plan that lacks something earns something else.
pub(super) fn admit_with_plan<Q: Message + Name>(query: &Q, spec: Option<&PlanSpec>, field: &str) -> Result<(), Fault> {
    let Err(annotated) = validate::validate(query) else { return Ok(()) };
    let found = spec.map(plan_spec).map_or_else(Violations::new, |read| {
        read.map_or_else(|faults| faults, |spec| plan::validate(&plan::PlanSpec { examples: Vec::new(), ..spec }))
    });
    let mut own = Violations::new();
    own.nest(field, found);
    Err(Fault::invalid(annotated.joined(own)))
}

fn new_programme(query: CreateProgrammeRequest) -> Result<NewProgramme, Fault> {
    let mut violations = Violations::new();
    let id = (!query.programme_id.is_empty())
        .then(|| violations.check("programme_id", ResourceId::parse(&query.programme_id)))
        .flatten();
    let programme = query.programme.unwrap_or_default();
    let mut slots = Vec::with_capacity(programme.slots.len());
    for (i, slot) in programme.slots.into_iter().enumerate() {
        if let Some(id) = violations.check(&format!("programme.slots[{i}].id"), ResourceId::parse(&slot.id)) {
            slots.push(Slot { id, title: slot.title });
        }
    }
    violations.into_result()?;
    Ok(NewProgramme { id, display_name: programme.display_name, slots })
}

/// Plan and number in a version's name, which the annotations have checked already.
pub(super) fn version_of(name: &str) -> Result<(ResourceId, i64), Fault> {
    PlanVersion::parse_name(name).ok_or_else(|| {
        Fault::invalid_field("name", format!("{name:?} is not a resource name of the form \"plans/PLAN/versions/N\""))
    })
}

async fn list(
    app: &App,
    caller: &RequestContext,
    query: ListPlanVersionsRequest,
) -> Result<ListPlanVersionsResponse, Fault> {
    let parts = ["ListPlanVersions", &query.plan];
    let page = PageRequest::read(&parts, query.page_size, &query.page_token)?;
    let plan = query.plan.trim_start_matches("plans/");
    let cursor = page.cursor.clone().unwrap_or_default();
    let after = cursor.split_once('/').and_then(|(p, v)| Some((p, v.parse().ok()?))).unwrap_or(("", 0));
    let of = (plan != "-").then_some(plan);
    let mut list = app.plan_versions(caller, of, after, page.limit()).await?;
    let next = page.cut(&mut list, &parts, |v| format!("{}/{}", v.plan, v.version));
    Ok(ListPlanVersionsResponse {
        plan_versions: list.iter().map(plan_version_to_proto).collect(),
        next_page_token: next,
    })
}
