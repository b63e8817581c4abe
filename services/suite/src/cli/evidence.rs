//! `tributary evidence`: the evidence log's head, whether it still begins with an earlier one, and bundles of statements.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use tributary_evidence::{Checkpoint, LogKey, Note, verify_consistency};
use tributary_proto::tributary::incentive::v1::{
    ExportStatementBundleRequest, GetConsistencyProofRequest, GetSignedHeadRequest,
    evidence_service_client::EvidenceServiceClient,
};

use super::{ConnectArgs, Done, Failure, Keyed, calculate::resource, look};
use crate::output::{self, message_json};

const EXAMPLES: &str = "\
Examples:
  tributary evidence head --out head.txt                  the signed head, to be kept outside
  tributary evidence check head.txt                       whether today's log begins with the one of that head
  tributary evidence export s0192f7c4 --out march.bundle  a statement for its partner
  tributary verify march.bundle                           what the partner does with it, without a server";

/// Commands about the evidence log.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum EvidenceCommand {
    /// Print the signed head of the log
    Head(HeadArgs),
    /// Check that the log still begins with the log of an earlier head; exit code 1 when it does not
    Check(CheckArgs),
    /// Export a statement of a final run as a bundle that can be verified offline
    Export(ExportArgs),
}

/// Arguments of `tributary evidence head`.
#[derive(Debug, Args)]
pub struct HeadArgs {
    /// Write the head to this file, too
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Print head and key as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `tributary evidence check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// File with an earlier head
    pub file: PathBuf,
    /// The key that you trust, NAME+ID+KEY, or a file that holds it [default: the one the server names]
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
}

/// Arguments of `tributary evidence export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The statement: resource name or its last part
    pub statement: String,
    /// Write the bundle to this file instead of stdout
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Leave the facts out: all is proven, but the amounts cannot be computed anew from the file
    #[arg(long)]
    pub without_facts: bool,
}

/// Looks at the log.
pub(super) async fn run(command: EvidenceCommand, connect: &ConnectArgs) -> Result<Done, Failure> {
    look::with(connect, async |connection| {
        let client = EvidenceServiceClient::new(connection.own());
        match command {
            EvidenceCommand::Head(args) => head(client, args).await,
            EvidenceCommand::Check(args) => check(client, args).await,
            EvidenceCommand::Export(args) => export(client, args).await,
        }
    })
    .await
}

type Client = EvidenceServiceClient<Keyed>;

async fn head(mut client: Client, args: HeadArgs) -> Result<Done, Failure> {
    let head = client.get_signed_head(GetSignedHeadRequest {}).await?.into_inner();
    if let Some(file) = &args.out {
        write(file, head.checkpoint.as_bytes())?;
    }
    if args.json {
        output::json_line(&message_json(&head));
    } else {
        output::line(head.checkpoint.trim_end());
        output::note(&format!("{} entries; verified by the key {}", head.size, head.key));
    }
    Ok(Done::All)
}

async fn check(mut client: Client, args: CheckArgs) -> Result<Done, Failure> {
    let now = client.get_signed_head(GetSignedHeadRequest {}).await?.into_inner();
    let key = match &args.key {
        Some(key) => trusted(key)?,
        None => LogKey::parse(&now.key).map_err(|why| Failure::server(format!("the server's key {why}")))?,
    };
    let file = read(&args.file)?;
    let earlier = believed(&file, &key).map_err(|why| Failure::usage(format!("{}: {why}", args.file.display())))?;
    let head = believed(&now.checkpoint, &key).map_err(|why| Failure::server(format!("the server's head {why}")))?;
    match compare(&mut client, &earlier, &head).await? {
        Ok(()) => {
            output::line(&format!(
                "sound: {} has {} entries and begins with the {} of {}",
                head.origin,
                head.size,
                earlier.size,
                args.file.display()
            ));
            Ok(Done::All)
        }
        Err(why) => {
            output::line(&format!("NOT SOUND: the past of {} was changed: {why}", head.origin));
            Ok(Done::Differs)
        }
    }
}

/// Whether a log begins with an earlier one.
async fn compare(client: &mut Client, earlier: &Checkpoint, head: &Checkpoint) -> Result<Result<(), String>, Failure> {
    if earlier.size > head.size {
        return Ok(Err(format!("it had {} entries and has {} now", earlier.size, head.size)));
    }
    let number = |size| i64::try_from(size).map_err(|_| Failure::usage("a head of more than 63 bits"));
    let mut path = Vec::new();
    if earlier.size > 0 {
        let request = GetConsistencyProofRequest { from_size: number(earlier.size)?, to_size: number(head.size)? };
        for hash in client.get_consistency_proof(request).await?.into_inner().path {
            let hash = hash.try_into().map_err(|_| Failure::server("the server's proof is not made of hashes"))?;
            path.push(hash);
        }
    }
    let (before, after) = ((earlier.size, &earlier.root), (head.size, &head.root));
    Ok(verify_consistency(before, after, &path).map_err(|why| why.to_string()))
}

async fn export(mut client: Client, args: ExportArgs) -> Result<Done, Failure> {
    let name = resource("statements", &args.statement);
    let request = ExportStatementBundleRequest { name: name.clone(), without_facts: args.without_facts };
    let mut parts = client.export_statement_bundle(request).await?.into_inner();
    let mut file = Vec::new();
    while let Some(part) = parts.message().await? {
        file.extend(part.data);
    }
    match &args.out {
        Some(out) => {
            write(out, &file)?;
            output::note(&format!("{name}: {} bytes in {}", file.len(), out.display()));
        }
        None => output::line(String::from_utf8_lossy(&file).trim_end()),
    }
    Ok(Done::All)
}

/// A key as it is typed: itself, or the name of a file that holds it.
pub(super) fn trusted(key: &str) -> Result<LogKey, Failure> {
    let text = if key.contains('+') && !Path::new(key).exists() { key.to_owned() } else { read(Path::new(key))? };
    LogKey::parse(text.trim()).map_err(|why| Failure::usage(format!("{key:?} {why}")))
}

fn believed(text: &str, key: &LogKey) -> Result<Checkpoint, String> {
    let note = Note::read(text).map_err(|why| why.to_string())?;
    note.verified(key).cloned().map_err(|why| why.to_string())
}

/// Reads a file whole.
pub(super) fn read(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|why| Failure::usage(format!("{} cannot be read: {why}", file.display())))
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(file, bytes).map_err(|why| Failure::usage(format!("{} cannot be written: {why}", file.display())))
}
