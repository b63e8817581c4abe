//! `tributary plan`.

mod description;

use clap::{Args, Subcommand};
use tributary_core::{IdSource as _, SystemIds};
use tributary_proto::tributary::incentive::v1::{
    ChangePlanVersionStateRequest, CreatePlanVersionRequest, CreateProgrammeRequest, GetPlanVersionRequest,
    GetProgrammeRequest, ListPlanVersionsRequest, PlanVersion, Programme, Slot, ValidatePlanRequest,
};

use description::{DescribeArgs, DiffArgs};

use super::{
    ConnectArgs, Connection, Failure, PlanClient,
    calculate::resource,
    look::{self, left},
};
use crate::{
    output::{self, message_json},
    planfile,
};

/// The commands for plans.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:
  tributary plan validate my-plan.yaml
  tributary plan describe my-plan.yaml --language zh
  tributary plan diff plans/dealer-commission/versions/1 my-plan.yaml
  tributary plan programme dealers-2026 --slot sales-commission --slot growth
  tributary plan publish my-plan.yaml --plan dealer-commission --programme dealers-2026 --slot sales-commission
  tributary plan approve plans/dealer-commission/versions/1 --api-key KEY-OF-ANOTHER-SUBJECT
  tributary plan activate plans/dealer-commission/versions/1")]
pub enum PlanCommand {
    /// Check a plan file and run its examples; keeps nothing
    Validate(FileArgs),
    /// Say a plan in sentences, and draw its tables
    Describe(DescribeArgs),
    /// Say what changed between two plans
    Diff(DiffArgs),
    /// Print the JSON Schema of plan files
    Schema,
    /// Create a programme with its slots
    Programme(ProgrammeArgs),
    /// Publish a plan file as the next version of a plan, as a draft
    Publish(PublishArgs),
    /// Approve a version; not as its author
    Approve(VersionArgs),
    /// Let an approved version pay from now on
    Activate(VersionArgs),
    /// Let a version pay no longer
    Retire(VersionArgs),
    /// List the versions of a plan, or of all plans
    List(ListArgs),
}

/// A plan file.
#[derive(Debug, Args)]
pub struct FileArgs {
    /// Plan file, or the name of a ready-made plan
    pub file: String,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// A new programme.
#[derive(Debug, Args)]
pub struct ProgrammeArgs {
    /// Its id
    pub id: String,
    /// Its slots, one flag each
    #[arg(long = "slot", required = true)]
    pub slots: Vec<String>,
    /// Its name for people [default: the id]
    #[arg(long)]
    pub title: Option<String>,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// A plan file and where it goes.
#[derive(Debug, Args)]
pub struct PublishArgs {
    /// Plan file, or the name of a ready-made plan
    pub file: String,
    /// The plan; its first version creates it
    #[arg(long, value_name = "ID")]
    pub plan: String,
    /// The programme
    #[arg(long, value_name = "NAME")]
    pub programme: String,
    /// The slot it fills
    #[arg(long)]
    pub slot: String,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// A plan version.
#[derive(Debug, Args)]
pub struct VersionArgs {
    /// Resource name. Example: plans/dealer-commission/versions/2
    pub name: String,
    /// Why; kept in the event
    #[arg(long, default_value = "")]
    pub reason: String,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// Which plans.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// The plan [default: all]
    #[arg(default_value = "-")]
    pub plan: String,
    /// Print each version as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// The verbs that change the state of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verbs {
    Approve,
    Activate,
    Retire,
}

impl Verbs {
    /// Applies the verb to the version as it is now.
    pub(crate) async fn apply(self, plans: &mut PlanClient, name: &str, reason: &str) -> Result<PlanVersion, Failure> {
        let version = plans.get_plan_version(GetPlanVersionRequest { name: name.to_owned() }).await?.into_inner();
        let request = ChangePlanVersionStateRequest {
            name: name.to_owned(),
            etag: version.etag,
            reason: reason.to_owned(),
            request_id: SystemIds.uuid().to_string(),
            validate_only: false,
        };
        let answer = match self {
            Self::Approve => plans.approve_plan_version(request).await?,
            Self::Activate => plans.activate_plan_version(request).await?,
            Self::Retire => plans.retire_plan_version(request).await?,
        };
        Ok(answer.into_inner())
    }
}

/// Does one of the plan commands.
pub(super) async fn run(command: PlanCommand, connect: &ConnectArgs) -> Result<(), Failure> {
    if matches!(command, PlanCommand::Schema) {
        output::line(&format!("{:#}", planfile::schema()));
        return Ok(());
    }
    // Files first: a fault in one needs no server.
    let sources = match &command {
        PlanCommand::Describe(args) => vec![description::source(&args.plan)?],
        PlanCommand::Diff(args) => vec![description::source(&args.before)?, description::source(&args.after)?],
        _ => Vec::new(),
    };
    let mut sources = sources.into_iter();
    let spec = match &command {
        PlanCommand::Validate(FileArgs { file, .. }) | PlanCommand::Publish(PublishArgs { file, .. }) => {
            Some(planfile::load(file)?)
        }
        _ => None,
    };
    let connection = Connection::open(connect).await?;
    let mut plans = connection.plans();
    let result = match command {
        PlanCommand::Validate(args) => {
            let answer = plans.validate_plan(ValidatePlanRequest { spec }).await;
            answer.map_err(Failure::from).map(|answer| {
                let answer = answer.into_inner();
                let examples = match answer.example_count {
                    1 => "its example holds".to_owned(),
                    count => format!("{count} examples hold"),
                };
                let text = format!("valid; {examples}; digest {}", answer.spec_digest);
                show(args.json, &answer, &text);
            })
        }
        PlanCommand::Describe(args) => {
            description::describe(&mut plans, &args, sources.next().unwrap_or_default()).await
        }
        PlanCommand::Diff(args) => {
            let (before, after) = (sources.next().unwrap_or_default(), sources.next().unwrap_or_default());
            description::diff(&mut plans, &args, before, after).await
        }
        // Needs no connection; done above.
        PlanCommand::Schema => Ok(()),
        PlanCommand::Programme(args) => {
            programme(&mut plans, &args.id, args.title.as_deref(), &args.slots).await.map(|p| {
                show(args.json, &p, &format!("{} with slots {}", p.name, args.slots.join(", ")));
            })
        }
        PlanCommand::Publish(args) => {
            let request = CreatePlanVersionRequest {
                plan: resource("plans", &args.plan),
                programme: resource("programmes", &args.programme),
                slot: args.slot.clone(),
                spec,
                request_id: SystemIds.uuid().to_string(),
            };
            let answer = plans.create_plan_version(request).await;
            answer.map_err(Failure::from).map(|v| show_version(args.json, &v.into_inner()))
        }
        PlanCommand::Approve(args) => change(&mut plans, Verbs::Approve, &args).await,
        PlanCommand::Activate(args) => change(&mut plans, Verbs::Activate, &args).await,
        PlanCommand::Retire(args) => change(&mut plans, Verbs::Retire, &args).await,
        PlanCommand::List(args) => list(&connection, &args).await,
    };
    drop(plans);
    connection.close().await?;
    result
}

/// Creates a programme, or returns the one that is there.
pub(crate) async fn programme(
    plans: &mut PlanClient,
    id: &str,
    title: Option<&str>,
    slots: &[String],
) -> Result<Programme, Failure> {
    let slot = |id: &String| Slot { id: id.clone(), title: String::new() };
    let programme = Programme {
        display_name: title.unwrap_or(id).to_owned(),
        slots: slots.iter().map(slot).collect(),
        ..Programme::default()
    };
    let request = CreateProgrammeRequest {
        programme: Some(programme),
        programme_id: id.to_owned(),
        request_id: SystemIds.uuid().to_string(),
    };
    match plans.create_programme(request).await {
        Ok(answer) => Ok(answer.into_inner()),
        Err(status) if status.code() == tonic::Code::AlreadyExists => {
            let request = GetProgrammeRequest { name: resource("programmes", id) };
            Ok(plans.get_programme(request).await?.into_inner())
        }
        Err(status) => Err(status.into()),
    }
}

async fn change(plans: &mut PlanClient, verb: Verbs, args: &VersionArgs) -> Result<(), Failure> {
    let version = verb.apply(plans, &args.name, &args.reason).await?;
    show_version(args.json, &version);
    Ok(())
}

async fn list(connection: &Connection, args: &ListArgs) -> Result<(), Failure> {
    let page = async |page_size, page_token| {
        let request = ListPlanVersionsRequest { plan: resource("plans", &args.plan), page_size, page_token };
        let page = connection.plans().list_plan_versions(request).await?.into_inner();
        Ok((page.plan_versions, page.next_page_token))
    };
    let row = |version: &PlanVersion| {
        vec![
            version.name.clone(),
            state(version),
            version.programme.clone(),
            version.slot.clone(),
            version.author.clone(),
            version.approver.clone(),
        ]
    };
    let columns = left(["version", "state", "programme", "slot", "author", "approver"]);
    look::print((u32::MAX, args.json), &columns, row, page).await
}

fn state(version: &PlanVersion) -> String {
    version.state().as_str_name().trim_start_matches("PLAN_VERSION_STATE_").to_lowercase()
}

fn show_version(json: bool, version: &PlanVersion) {
    show(json, version, &format!("{} is {} (author {})", version.name, state(version), version.author));
}

/// What an argument names.
enum FileOrVersion {
    File,
    Version,
}

impl FileOrVersion {
    fn of(name: &str) -> Self {
        if name.starts_with("plans/") && name.contains("/versions/") { Self::Version } else { Self::File }
    }
}

fn show_json<M: prost::Message + prost::Name>(message: &M) {
    output::json_line(&message_json(message));
}

fn show<M: prost::Message + prost::Name>(json: bool, message: &M, text: &str) {
    if json { output::json_line(&message_json(message)) } else { output::line(text) }
}
