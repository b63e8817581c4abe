//! The redline between two revisions, as lines with - and +.

use clap::Args;
use tributary_proto::tributary::contract::v1::{
    CompareContractRevisionsRequest, CompareContractRevisionsResponse, Contract, RedlineKind, RedlinePiece, TermChange,
};

use crate::{
    cli::{Connection, Failure},
    output::{self, Ink, is_coloured, message_json},
};

/// Which contract, and which revisions of it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tributary contracts compare dealer-2026-gz             the last change
  tributary contracts compare dealer-2026-gz --from 1 --to 4")]
pub struct CompareArgs {
    /// Resource name, id, or a key of another system as SYSTEM:ID
    pub name: String,
    /// The older revision [default: the one before the newer]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub from: i32,
    /// The newer revision [default: the current one]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub to: i32,
    /// Print the differences as JSON
    #[arg(long)]
    pub json: bool,
}

/// Prints it.
pub(super) async fn run(connection: &Connection, args: &CompareArgs) -> Result<(), Failure> {
    let Contract { name, revision, .. } = super::find(connection, &args.name).await?;
    if args.from == 0 && (args.to == 1 || revision == 1) {
        return Err(Failure::usage(format!("{name}: there is no revision before the first one to compare with")));
    }
    let request =
        CompareContractRevisionsRequest { name: name.clone(), from_revision: args.from, to_revision: args.to };
    let answer = connection.contracts().compare_contract_revisions(request).await?.into_inner();
    if args.json {
        output::json_line(&message_json(&answer));
    } else {
        output::line(&text(&name, &answer, is_coloured()));
    }
    Ok(())
}

fn text(name: &str, answer: &CompareContractRevisionsResponse, coloured: bool) -> String {
    let mut lines = vec![format!("{name}, revision {} to {}", answer.from_revision, answer.to_revision)];
    if answer.changes.is_empty() {
        lines.push("nothing differs".to_owned());
    }
    for change in &answer.changes {
        lines.push(String::new());
        lines.push(Ink::Head.on(&change.field, coloured));
        lines.extend(differences(change).into_iter().map(|(ink, text)| {
            let sign = if ink == Ink::Gone { "-" } else { "+" };
            ink.on(&format!("{sign} {text}"), coloured)
        }));
    }
    lines.join("\n")
}

/// The lines that are gone and those that are new, in their order.
fn differences(change: &TermChange) -> Vec<(Ink, String)> {
    if change.redline.is_empty() {
        let gone = change.before.lines().map(|line| (Ink::Gone, line.to_owned()));
        let new = change.after.lines().map(|line| (Ink::New, line.to_owned()));
        return gone.chain(new).collect();
    }
    let mut lines = Lines::default();
    change.redline.iter().for_each(|piece| lines.take(piece));
    lines.end();
    lines.all
}

/// Puts the pieces of a redline together to lines, and keeps those that differ.
#[derive(Default)]
struct Lines {
    all: Vec<(Ink, String)>,
    gone: String,
    new: String,
    differs: bool,
}

impl Lines {
    fn take(&mut self, piece: &RedlinePiece) {
        match piece.kind() {
            RedlineKind::Deleted => {
                self.gone.push_str(&piece.text);
                self.differs = true;
            }
            RedlineKind::Inserted => {
                self.new.push_str(&piece.text);
                self.differs = true;
            }
            RedlineKind::Kept | RedlineKind::Unspecified => {
                for part in piece.text.split_inclusive('\n') {
                    let line = part.trim_end_matches('\n');
                    self.gone.push_str(line);
                    self.new.push_str(line);
                    // Only a break that both texts have ends a line of both.
                    if part.ends_with('\n') {
                        self.end();
                    }
                }
            }
        }
    }

    fn end(&mut self) {
        let (gone, new) = (std::mem::take(&mut self.gone), std::mem::take(&mut self.new));
        if std::mem::take(&mut self.differs) {
            let (gone, new): (Vec<_>, Vec<_>) = (gone.lines().collect(), new.lines().collect());
            // What was put in before a line is not a change of that line.
            let same = gone.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
            let cut = |lines: Vec<&str>, ink| {
                let kept = lines.len().saturating_sub(same);
                lines.into_iter().take(kept).map(move |line| (ink, line.to_owned())).collect::<Vec<_>>()
            };
            self.all.extend(cut(gone, Ink::Gone));
            self.all.extend(cut(new, Ink::New));
        }
    }
}

#[cfg(test)]
mod tests {
    use tributary_proto::tributary::contract::v1::{
        CompareContractRevisionsResponse, RedlineKind, RedlinePiece, TermChange,
    };

    use super::text;

    #[test]
    fn lines_that_differ_are_shown() {
        let piece = |kind: RedlineKind, text: &str| RedlinePiece { kind: kind.into(), text: text.to_owned() };
        let redline = vec![
            piece(RedlineKind::Kept, "One.\nPayment is due in "),
            piece(RedlineKind::Deleted, "30"),
            piece(RedlineKind::Inserted, "45"),
            piece(RedlineKind::Kept, " days.\nThree.\n"),
            piece(RedlineKind::Inserted, "Four.\nFive.\n"),
            piece(RedlineKind::Kept, "Six."),
        ];
        let value = |field: &str, before: &str, after: &str| TermChange {
            field: field.to_owned(),
            before: before.to_owned(),
            after: after.to_owned(),
            redline: Vec::new(),
        };
        let changes = vec![
            value("payment.payment_days", "30", "45"),
            TermChange { redline, ..value("clauses[payment].text", "not read", "not read") },
            value("owner", "", "li.wei"),
        ];
        let answer = CompareContractRevisionsResponse { from_revision: 1, to_revision: 2, changes };
        let expected = "contracts/a, revision 1 to 2

payment.payment_days
- 30
+ 45

clauses[payment].text
- Payment is due in 30 days.
+ Payment is due in 45 days.
+ Four.
+ Five.

owner
+ li.wei";
        assert_eq!(text("contracts/a", &answer, false), expected);
        let coloured = text("contracts/a", &answer, true);
        assert!(coloured.contains("\u{1b}[31m- 30\u{1b}[0m\n\u{1b}[32m+ 45\u{1b}[0m"), "{coloured}");
        let same = CompareContractRevisionsResponse { from_revision: 1, to_revision: 2, changes: Vec::new() };
        assert!(text("contracts/a", &same, false).ends_with("\nnothing differs"));
    }
}
