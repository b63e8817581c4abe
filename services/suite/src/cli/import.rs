//! `tributary import`.

mod summary;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicU64},
};

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use tokio::sync::mpsc;
use tributary_proto::tributary::{
    common::v1::ExternalRef, gateway::v1::GetCallerRequest, incentive::v1::GetFactRequest,
    partner::v1::LookupPartnerRequest,
};

use super::{ConnectArgs, Connection, Done, Failure};
use crate::{
    import::{
        Batches, Format, Ledger, RecordClient, RejectWriter, SourceFile, State, send_facts, send_partners, send_records,
    },
    mapping::{self, Mapping, Target},
    output::{self, Progress},
};

const EXAMPLES: &str = "\
Examples:
  tributary import partners resellers.csv.gz --mapping resellers
  tributary import facts orders.csv.gz --mapping order-lines
  tributary import facts invoices.jsonl --mapping my-mapping.yaml --rejects wrong.jsonl
  tributary import contracts register.csv --mapping contracts
  tributary import obligations duties.csv --mapping obligations
  tributary import journeys paths.csv.gz --mapping journeys --batch 1000
  tributary import figures quotas.csv --mapping quotas

Ready-made mappings (copy one from deploy/mappings to fit your own columns):
  order-lines                  order lines of an ERP, with line numbers
  resellers                    partners of an ERP or CRM
  invoices-with-credit-notes   invoice lines without line numbers, returns among them
  invoice-customers            the customers who occur in such invoices, as partners
  pos-export                   what partners sold, from their tills
  contracts                    a register of contracts, with their yearly commitment
  obligations                  what is owed under them by which day, done or not
  journeys                     the channels before a purchase, in one column
  touchpoints                  what customers did on a channel, one row each
  costs                        what channels cost
  quotas                       quotas and other figures of partners, by period
  rep-quotas                   quotas of sales representatives, by quarter
  fx-rates                     exchange rates by day
  stated                       lines that an older system stated

A row that does not fit goes into the reject file, with line, field, value, reason and remedy; all
others go in. Correct the reject file and import it with the same mapping. A row with too few or too
many cells has empty columns there and its whole line in reject_value; it stays out until they are
filled in. A file may be imported again at any time: what is there already counts as duplicate or
unchanged. An interrupted import goes on where it was durable.";

/// Arguments of `tributary import`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ImportArgs {
    /// What the rows are
    #[arg(value_parser = targets())]
    pub what: Target,
    /// CSV or JSON Lines file, plain or gzipped
    pub file: PathBuf,
    /// Mapping file, or the name of a ready-made mapping
    #[arg(long, value_name = "MAPPING")]
    pub mapping: String,
    /// Where rejected rows go [default: FILE.rejects.csv, or .jsonl for JSON Lines]
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
    /// Rows per batch
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub batch: u16,
    /// Begin at the first row, even if an interrupted import could go on
    #[arg(long)]
    pub restart: bool,
    /// Print rejects and summary as NDJSON
    #[arg(long)]
    pub json: bool,
}

/// The targets of this build by their names.
fn targets() -> impl TypedValueParser<Value = Target> {
    let names = PossibleValuesParser::new(Target::all().map(Target::as_str));
    names.try_map(|name| Target::by_name(&name).ok_or("no such target"))
}

/// Imports a file.
pub(super) async fn run(args: ImportArgs, connect: &ConnectArgs) -> Result<Done, Failure> {
    let mapping = mapping::load(&args.mapping)?;
    if mapping.target() != args.what {
        let (found, wanted) = (mapping.target().as_str(), args.what.as_str());
        return Err(Failure::usage(format!("the mapping {} is for {found}, not for {wanted}", mapping.name)));
    }
    let file = SourceFile::open(&args.file).map_err(Failure::Usage)?;
    let rows = file.rows(mapping.delimiter, Arc::default()).map_err(Failure::Usage)?;
    if let Some(header) = rows.header() {
        mapping.check_header(&file.path.display().to_string(), header)?;
    }
    drop(rows);
    let rejects = rejects_path(&args, file.format)?;
    let connection = Connection::open(connect).await?;
    let result = import(&args, mapping, &file, rejects, &connection).await;
    connection.close().await?;
    result
}

async fn import(
    args: &ImportArgs,
    mapping: Mapping,
    file: &SourceFile,
    rejects: PathBuf,
    connection: &Connection,
) -> Result<Done, Failure> {
    let fresh = State {
        file_digest: file.digest.clone(),
        mapping_digest: mapping.digest.clone(),
        server: server_key(connection).await?,
        rejects: rejects.clone(),
        ..State::default()
    };
    let state_path = state_path(connection, file, &mapping);
    let saved = if args.restart { None } else { State::load(&state_path, &fresh) };
    let state = match saved {
        Some(state) if is_there(connection, args.what, &state).await? => {
            output::note(&format!("going on after row {}, as far as it was durable", state.rows));
            state
        }
        _ => fresh,
    };

    let read = Arc::new(AtomicU64::new(0));
    let (what, skip) = (format!("importing {}", mapping.target().as_str()), state.rows);
    let mut progress = Progress::of_file(&what, file.size, Arc::clone(&read));
    progress.begin_at(skip);
    let writer = RejectWriter::new(rejects, file.format, mapping.delimiter, state.rejects_length);
    let mut ledger = Ledger::new(state, Some(state_path), writer, progress, args.json);

    let mapping = Arc::new(mapping);
    let mut batches = read_batches(file.clone(), Arc::clone(&mapping), usize::from(args.batch), skip, read);
    match args.what {
        Target::Facts => send_facts(&mut connection.facts(), &mapping, &mut batches, &mut ledger).await?,
        Target::Partners => send_partners(&mut connection.partners(), &mapping, &mut batches, &mut ledger).await?,
        Target::Record(target) => {
            let mut client = RecordClient::new(connection.own(), target);
            send_records(&mut client, &mapping, &mut batches, &mut ledger).await?;
        }
    }
    let finished = ledger.finish();
    summary::print(args, &finished);
    Ok(if finished.counts.refused > 0 { Done::SomeRejected } else { Done::All })
}

/// Reads on a thread of its own; a few batches ahead at most.
fn read_batches(
    file: SourceFile,
    mapping: Arc<Mapping>,
    size: usize,
    skip: u64,
    read: Arc<AtomicU64>,
) -> mpsc::Receiver<std::io::Result<crate::import::Batch>> {
    let (ready, batches) = mpsc::channel(4);
    tokio::task::spawn_blocking(move || match Batches::open(&file, &mapping, size, skip, read) {
        // A receiver that is gone has failed already, and said why.
        Err(e) => drop(ready.blocking_send(Err(std::io::Error::other(e)))),
        Ok(all) => {
            for batch in all {
                if ready.blocking_send(batch).is_err() {
                    break;
                }
            }
        }
    });
    batches
}

fn rejects_path(args: &ImportArgs, format: Format) -> Result<PathBuf, Failure> {
    let path = args.rejects.clone().unwrap_or_else(|| {
        let mut name: OsString = args.file.clone().into_os_string();
        name.push(if format == Format::Csv { ".rejects.csv" } else { ".rejects.jsonl" });
        PathBuf::from(name)
    });
    let shown = path.display();
    if path == args.file {
        return Err(Failure::usage(format!(
            "{shown} would be overwritten while it is read; name another file with --rejects"
        )));
    }
    match Format::of(&path) {
        Ok(found) if found == format && path.extension().is_none_or(|e| e != "gz") => Ok(path),
        _ => {
            let wanted = if format == Format::Csv { ".csv" } else { ".jsonl" };
            Err(Failure::usage(format!("rejects have the format of the file; let {shown} end in {wanted}")))
        }
    }
}

/// Where the state is: in the data directory of an embedded suite, else beside the file.
fn state_path(connection: &Connection, file: &SourceFile, mapping: &Mapping) -> PathBuf {
    let short = |digest: &str| digest.get(..16).unwrap_or_default().to_owned();
    match &connection.embedded {
        Some(data) => data.join(format!("import-{}-{}.state", short(&file.digest), short(&mapping.digest))),
        None => {
            let mut name = file.path.clone().into_os_string();
            name.push(".import-state");
            PathBuf::from(name)
        }
    }
}

/// Which server and tenant this is. A state of another one says nothing here.
async fn server_key(connection: &Connection) -> Result<String, Failure> {
    if let Some(data) = &connection.embedded {
        return Ok(Path::canonicalize(data)?.display().to_string());
    }
    let caller = connection.keys().get_caller(GetCallerRequest {}).await?.into_inner();
    Ok(format!("{} {}", connection.endpoint, caller.tenant))
}

/// Whether the server still has what it is said to have: it may have been set up anew under the same address.
async fn is_there(connection: &Connection, what: Target, state: &State) -> Result<bool, Failure> {
    let Some((system, id)) = state.witness.clone() else { return Ok(false) };
    let found = match what {
        Target::Facts => {
            let request = GetFactRequest { source_system: system, source_id: id };
            connection.facts().get_fact(request).await.map(|_| ())
        }
        Target::Partners => {
            let request = LookupPartnerRequest { external_ref: Some(ExternalRef { system, id }) };
            connection.partners().lookup_partner(request).await.map(|_| ())
        }
        Target::Record(target) => return RecordClient::new(connection.own(), target).has(&(system, id)).await,
    };
    match found {
        Ok(()) => Ok(true),
        Err(status) if status.code() == tonic::Code::NotFound => Ok(false),
        Err(status) => Err(status.into()),
    }
}
