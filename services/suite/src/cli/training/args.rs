//! What `tributary training` is told.

use clap::{Args, Subcommand};
use tributary_proto::{
    google::r#type::{Date, Decimal},
    tributary::{common::v1::ExternalRef, partner::v1::CourseKind},
};

use crate::cli::look::{ListArgs, day, decimal, value_of};

const EXAMPLES: &str = "\
Examples:
  tributary training add-course online --title 'Online exam' --kind online --passing 80
  tributary training add-course live --title 'Live simulation' --kind live-simulation --passing 75.5 --after online
  tributary training add-certificate live-host --title 'Live host' --course online --course live --months 12 --renewal 30
  tributary training add-person alpine/e-1042 --name 李娜 --from 2026-01-01
  tributary training schedule shanghai-0915 live 2026-09-15 --place 'Shanghai, studio 2' --capacity 12
  tributary training enrol alpine/e-1042 shanghai-0915
  tributary training record alpine/e-1042 online 87.25 --on 2026-09-01 --source lms:4711
  tributary training check alpine/e-1042 live-host --on 2026-11-11
  tributary training qualified alpine live-host --minimum 2
  tributary training certificates --filter 'expires_on < 2026-12-31 AND state = ISSUED'
  tributary training history partners/alpine/examResults/r1

Persons, results and certificates are named by their resource names, or by PARTNER/ID.";

/// Commands about training.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum TrainingCommand {
    /// List courses
    Courses(FilterArgs),
    /// Create a course
    AddCourse(CourseArgs),
    /// List certificate definitions
    Definitions(FilterArgs),
    /// Create a certificate definition
    AddCertificate(DefinitionArgs),
    /// Retire a course (courses/ID) or a certificate definition (certificateDefinitions/ID)
    Retire(ReasonArgs),
    /// List sessions
    Sessions(FilterArgs),
    /// Schedule a session of a course
    Schedule(ScheduleArgs),
    /// Cancel a session
    Cancel(ReasonArgs),
    /// List persons
    Persons(AtPartnerArgs),
    /// Add a person to a partner
    AddPerson(PersonArgs),
    /// Erase what says who a person is
    Erase(ReasonArgs),
    /// List enrolments
    Enrolments(AtPartnerArgs),
    /// Give a person a place in a session
    Enrol(PlaceArgs),
    /// Give up the place of a person in a session
    Leave(PlaceArgs),
    /// Record that a person was in a session, or was not
    Attend(AttendArgs),
    /// List exam results
    Results(AtPartnerArgs),
    /// Record an exam result
    Record(RecordArgs),
    /// Correct an exam result, or take it back
    Correct(CorrectArgs),
    /// List certificates
    Certificates(AtPartnerArgs),
    /// Revoke a certificate
    Revoke(ReasonArgs),
    /// Issue what the people of a partner have earned by the definitions as they are now
    Refresh(RefreshArgs),
    /// Tell whether a person may do duty; exit code 1 when not
    Check(CheckArgs),
    /// Tell whether enough people of a partner hold a certificate; exit code 1 when not
    Qualified(QualifiedArgs),
    /// Tell the same of all partners, or for all certificates
    Qualifications(QualificationsArgs),
    /// Show who did what to something, when and why
    History(HistoryArgs),
}

fn kind(text: &str) -> Result<CourseKind, String> {
    let known = ["online", "classroom", "live-simulation"];
    value_of(text, "kind of course", &known, "COURSE_KIND_", CourseKind::from_str_name)
}

fn reference(text: &str) -> Result<ExternalRef, String> {
    let (system, id) = text.split_once(':').ok_or_else(|| format!("{text:?} is not of the form SYSTEM:ID"))?;
    Ok(ExternalRef { system: system.to_owned(), id: id.to_owned() })
}

/// How a change is sent, and its answer shown.
#[derive(Debug, Args)]
pub struct ChangeArgs {
    /// Makes the command safe to repeat [default: a new one]
    #[arg(long, value_name = "ID")]
    pub request_id: Option<String>,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// A list of what the tenant has.
#[derive(Debug, Args)]
pub struct FilterArgs {
    /// Which ones: AIP-160, see the guide for the fields
    #[arg(long, default_value = "")]
    pub filter: String,
    /// How it is shown.
    #[command(flatten)]
    pub list: ListArgs,
}

/// A list of what is at partners.
#[derive(Debug, Args)]
pub struct AtPartnerArgs {
    /// At which partner: resource name, id, or SYSTEM:ID [default: all]
    #[arg(long)]
    pub partner: Option<String>,
    /// Which ones: AIP-160, see the guide for the fields
    #[arg(long, default_value = "")]
    pub filter: String,
    /// How it is shown.
    #[command(flatten)]
    pub list: ListArgs,
}

/// Arguments of `tributary training add-course`.
#[derive(Debug, Args)]
pub struct CourseArgs {
    /// Its id
    pub id: String,
    /// Title
    #[arg(long)]
    pub title: String,
    /// How it is held: online, classroom or live-simulation
    #[arg(long, value_parser = kind)]
    pub kind: CourseKind,
    /// Least score that is a pass, 0 to 100
    #[arg(long, value_name = "SCORE", value_parser = decimal)]
    pub passing: Decimal,
    /// Months for which a pass counts; 0: for ever
    #[arg(long, default_value_t = 0)]
    pub months: i32,
    /// A course that must be passed first; may be given several times
    #[arg(long, value_name = "COURSE")]
    pub after: Vec<String>,
    /// How it is sent.
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// Arguments of `tributary training add-certificate`.
#[derive(Debug, Args)]
pub struct DefinitionArgs {
    /// Its id
    pub id: String,
    /// Name for people
    #[arg(long)]
    pub title: String,
    /// A course that must be passed; may be given several times
    #[arg(long, value_name = "COURSE", required = true)]
    pub course: Vec<String>,
    /// Months for which it is valid; 0: it does not expire
    #[arg(long, default_value_t = 0)]
    pub months: i32,
    /// Last days in which new passes renew it
    #[arg(long, value_name = "DAYS", default_value_t = 0)]
    pub renewal: i32,
    /// How it is sent.
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// Something that ends, with a reason.
#[derive(Debug, Args)]
pub struct ReasonArgs {
    /// What: a resource name, or PARTNER/ID, or the id of a session
    pub name: String,
    /// Why
    #[arg(long)]
    pub reason: String,
    /// How it is sent.
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// Arguments of `tributary training schedule`.
#[derive(Debug, Args)]
pub struct ScheduleArgs {
    /// Its id
    pub id: String,
    /// The course
    pub course: String,
    /// The day
    #[arg(value_parser = day)]
    pub date: Date,
    /// Where
    #[arg(long)]
    pub place: String,
    /// Places
    #[arg(long)]
    pub capacity: i32,
    /// What the trainer should know
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub note: String,
    /// How it is sent.
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// Arguments of `tributary training add-person`.
#[derive(Debug, Args)]
pub struct PersonArgs {
    /// PARTNER/ID; the id is never erased, so it should say nothing
    pub person: String,
    /// Name
    #[arg(long)]
    pub name: String,
    /// E-mail address
    #[arg(long, default_value = "")]
    pub email: String,
    /// What the person does
    #[arg(long, default_value = "")]
    pub role: String,
    /// Key in another system
    #[arg(long = "ref", value_name = "SYSTEM:ID", value_parser = reference)]
    pub reference: Option<ExternalRef>,
    /// First day of work
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub from: Date,
    /// Last day of work
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub until: Option<Date>,
    /// How it is sent.
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// A person and a session.
#[derive(Debug, Args)]
pub struct PlaceArgs {
    /// Who: PARTNER/ID
    pub person: String,
    /// Id of the session
    pub session: String,
    /// How it is sent.
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// Arguments of `tributary training attend`.
#[derive(Debug, Args)]
pub struct AttendArgs {
    /// Who, and where.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// The person was not there
    #[arg(long)]
    pub absent: bool,
}

/// Arguments of `tributary training record`.
#[derive(Debug, Args)]
pub struct RecordArgs {
    /// Whose: PARTNER/ID
    pub person: String,
    /// Of which course
    pub course: String,
    /// 0 to 100
    #[arg(value_parser = decimal)]
    pub score: Decimal,
    /// Day of the exam
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub on: Date,
    /// Its id [default: a generated one]
    #[arg(long, default_value = "")]
    pub id: String,
    /// Key in the system it comes from
    #[arg(long, value_name = "SYSTEM:ID", value_parser = reference)]
    pub source: Option<ExternalRef>,
    /// Id of the session in which it was taken
    #[arg(long)]
    pub session: Option<String>,
    /// How it is sent.
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// Arguments of `tributary training correct`.
#[derive(Debug, Args)]
pub struct CorrectArgs {
    /// Which: resource name or PARTNER/ID
    pub result: String,
    /// The right score
    #[arg(long, value_parser = decimal)]
    pub score: Option<Decimal>,
    /// The right day
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub on: Option<Date>,
    /// Take it back
    #[arg(long)]
    pub void: bool,
    /// Why
    #[arg(long)]
    pub reason: String,
    /// How it is sent.
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// Arguments of `tributary training refresh`.
#[derive(Debug, Args)]
pub struct RefreshArgs {
    /// Which partner: resource name, id, or SYSTEM:ID
    pub partner: String,
    /// How it is sent.
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// Arguments of `tributary training check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Who: PARTNER/ID
    pub person: String,
    /// Id of the certificate definition
    pub certificate: String,
    /// The day [default: today]
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub on: Option<Date>,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `tributary training qualified`.
#[derive(Debug, Args)]
pub struct QualifiedArgs {
    /// Which partner: resource name, id, or SYSTEM:ID
    pub partner: String,
    /// Id of the certificate definition
    pub certificate: String,
    /// How many must hold it
    #[arg(long, default_value_t = 1)]
    pub minimum: i32,
    /// The day [default: today]
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub on: Option<Date>,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `tributary training qualifications`.
#[derive(Debug, Args)]
pub struct QualificationsArgs {
    /// Of which partner: resource name, id, or SYSTEM:ID [default: all]
    #[arg(long)]
    pub partner: Option<String>,
    /// Id of the certificate definition [default: every active one]
    #[arg(long)]
    pub certificate: Option<String>,
    /// How many must hold it
    #[arg(long, default_value_t = 1)]
    pub minimum: i32,
    /// The day [default: today]
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub on: Option<Date>,
    /// How it is shown.
    #[command(flatten)]
    pub list: ListArgs,
}

/// Arguments of `tributary training history`.
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// Of what: a resource name
    pub name: String,
    /// How it is shown.
    #[command(flatten)]
    pub list: ListArgs,
}
