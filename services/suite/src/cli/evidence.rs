//! `tributary evidence`: the evidence log's head, whether it still begins with an earlier one, and bundles of statements.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use tonic::Code;
use tributary_evidence::{Checkpoint, LogKey, Note, Recount, verify_consistency};
use tributary_proto::tributary::incentive::v1::{
    ExportStatementBundleRequest, GetConsistencyProofRequest, GetSignedHeadRequest, ListEvidenceRequest,
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

/// Entries read at once.
const PAGE: i32 = 1_000;

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
    /// The key that signed the earlier head, when it is another one than today's
    #[arg(long, value_name = "KEY")]
    pub earlier_key: Option<String>,
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
    let then = args.earlier_key.as_deref().map(trusted).transpose()?;
    let earlier = believed(&file, then.as_ref().unwrap_or(&key))
        .map_err(|why| Failure::usage(format!("{}: {why}", args.file.display())))?;
    let head = believed(&now.checkpoint, &key).map_err(|why| Failure::server(format!("the server's head {why}")))?;
    let found = match compare(&mut client, &earlier, &head).await? {
        Ok(()) => recount(&mut client, [&earlier, &head]).await?,
        Err(why) => Err(why),
    };
    let Checkpoint { origin, size, .. } = &head;
    match found {
        Ok(seen) => {
            let (earlier, file) = (earlier.size, args.file.display());
            output::line(&format!("sound: {origin} has {size} entries and begins with the {earlier} of {file}"));
            if seen == Seen::Nodes {
                output::note(
                    "only the nodes were checked: who may list the entries (auditors) checks their texts, too",
                );
            }
            Ok(Done::All)
        }
        Err(why) => {
            output::line(&format!("NOT SOUND: the past of {origin} was changed: {why}"));
            Ok(Done::Differs)
        }
    }
}

/// What was read of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// The proof that it begins with the earlier one.
    Nodes,
    /// All of its texts, too.
    Texts,
}

/// Whether the texts that the log lists are those of two heads. The nodes of a proof do not know them.
async fn recount(client: &mut Client, heads: [&Checkpoint; 2]) -> Result<Result<Seen, String>, Failure> {
    let mut recount = Recount::new(heads.map(|head| (head.size, head.root)));
    let mut page_token = String::new();
    while !recount.is_done() {
        let request = ListEvidenceRequest { page_size: PAGE, page_token };
        let page = match client.list_evidence(request).await {
            Ok(page) => page.into_inner(),
            Err(status) if status.code() == Code::PermissionDenied => return Ok(Ok(Seen::Nodes)),
            Err(status) => return Err(status.into()),
        };
        for entry in page.entries {
            if recount.is_done() {
                break;
            }
            let place = u64::try_from(entry.position).unwrap_or(u64::MAX);
            if let Err(why) = recount.push(place, entry.content.as_bytes()) {
                return Ok(Err(format!("at entry {place}: {why}")));
            }
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    Ok(recount.finish().map(|()| Seen::Texts).map_err(|why| why.to_string()))
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
