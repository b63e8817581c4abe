//! What the commands that look print, on a suite with a few records. Its clock shows noon of 2026-04-01 in Shanghai.

mod alerts;
mod attribution;
mod contracts;
mod deals;
mod events;
mod evidence;
mod figures;
mod obligations;
mod records;
mod territories;
mod tiers;
mod training;

use std::{
    future::Future,
    process::{Command, Output},
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;
use tributary::cli::Connection;
use tributary_core::{OffsetClock, Timestamp};
use tributary_proto::{
    google::r#type::{Date, Money},
    tributary::{
        common::v1::ExternalRef,
        incentive::v1::{
            BatchRecordFactsRequest, ChannelClass, FactKind, SalesFact, sales_fact::Occurred, sales_fact::PartnerRef,
        },
        partner::v1::{BatchUpsertPartnersRequest, Partner, PartnerKind, PartnerStatus, PartnerUpsert},
    },
};

/// Python: datetime(2026, 4, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp() == 1775016000.0
const NOON: i64 = 1_775_016_000;
/// How long events may take from one service to another.
const PATIENCE: Duration = Duration::from_secs(60);

/// A suite of this process, and the command that talks to it.
struct World {
    connection: Connection,
    directory: TempDir,
}

impl World {
    /// A suite without records.
    async fn start() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let connection = Self::open(&directory).await;
        Self { connection, directory }
    }

    async fn open(directory: &TempDir) -> Connection {
        let clock = OffsetClock::starting_at(Timestamp::from_seconds_nanos(NOON, 0));
        Connection::embedded_at(directory.path(), None, Arc::new(clock)).await.expect("it starts")
    }

    /// Stops, and starts again: what is done at a start is done now.
    async fn restart(self) -> Self {
        let Self { connection, directory } = self;
        connection.close().await.expect("stopped");
        let connection = Self::open(&directory).await;
        Self { connection, directory }
    }

    async fn stop(self) {
        self.connection.close().await.expect("stopped");
    }

    /// Runs the command.
    fn tributary(&self, arguments: &[&str]) -> Output {
        let key = std::fs::read_to_string(self.directory.path().join("bootstrap.key")).expect("a key");
        let mut command = Command::new(env!("CARGO_BIN_EXE_tributary"));
        command.args(arguments).env("TRIBUTARY_ENDPOINT", &self.connection.endpoint);
        command.env("TRIBUTARY_API_KEY", key.trim()).env_remove("TRIBUTARY_STORE");
        command.output().expect("it runs")
    }

    /// What the command prints when it does what it is asked.
    fn shown(&self, arguments: &[&str]) -> String {
        let output = self.tributary(arguments);
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {out}\n{err}");
        out.into_owned()
    }

    /// The rows of what it prints, headers too, as cells.
    fn table(&self, arguments: &[&str]) -> Vec<Vec<String>> {
        self.shown(arguments).lines().map(cells).filter(|row| !row.is_empty()).collect()
    }

    /// The lines of JSON that it prints.
    fn json(&self, arguments: &[&str]) -> Vec<Value> {
        self.shown(arguments).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// Refused with an exit code, and with this among the reasons.
    fn refused(&self, arguments: &[&str], code: i32, why: &str) {
        let output = self.tributary(arguments);
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {err}");
        assert!(err.contains(why), "{arguments:?}: {err}");
        assert!(output.stdout.is_empty(), "{arguments:?} prints what is no data");
    }

    /// Two active partners: "alpine" and "birch", with keys of "erp".
    async fn partners(&self) {
        let items = [("alpine", "D-1"), ("birch", "D-2")].map(|(id, key)| PartnerUpsert {
            partner: Some(Partner {
                display_name: id.to_owned(),
                kind: PartnerKind::Dealer.into(),
                external_refs: vec![reference(key)],
                ..Partner::default()
            }),
            partner_id: id.to_owned(),
            initial_status: PartnerStatus::Active.into(),
        });
        let request = BatchUpsertPartnersRequest { items: items.to_vec() };
        self.connection.partners().batch_upsert_partners(request).await.expect("there");
    }

    /// Three sales and a return, one batch:
    ///
    /// | day | partner | channel | net in CNY |
    /// |---|---|---|---|
    /// | 2026-01-10 | alpine | ONLINE | 1,000,000 |
    /// | 2026-02-10 | alpine | OFFLINE | 500,000 |
    /// | 2026-03-20 | birch | ONLINE | 300,000 |
    /// | 2026-03-05 | alpine | OFFLINE | −75,000 |
    async fn facts(&self) {
        use ChannelClass::{Offline, Online};
        let facts = vec![
            fact("1", "alpine", FactKind::SellIn, (1, 10), Online, 1_000_000),
            fact("2", "alpine", FactKind::SellIn, (2, 10), Offline, 500_000),
            fact("3", "birch", FactKind::SellIn, (3, 20), Online, 300_000),
            fact("4", "alpine", FactKind::Return, (3, 5), Offline, -75_000),
        ];
        // Partners come by event, too.
        until("the facts are taken", async || {
            let request = BatchRecordFactsRequest { facts: facts.clone() };
            let answer = self.connection.facts().batch_record_facts(request).await.expect("an answer").into_inner();
            answer.refused_count == 0
        })
        .await;
    }
}

/// Waits for something.
async fn until<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < PATIENCE, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn fact(
    id: &str,
    partner: &str,
    kind: FactKind,
    (month, day): (i32, i32),
    channel: ChannelClass,
    net: i64,
) -> SalesFact {
    SalesFact {
        source_system: "erp".to_owned(),
        source_id: id.to_owned(),
        partner_ref: Some(PartnerRef::Partner(format!("partners/{partner}"))),
        kind: kind.into(),
        occurred: Some(Occurred::OccurredOn(Date { year: 2026, month, day })),
        channel: channel.into(),
        net: Some(yuan(net)),
        order_id: format!("O-{id}"),
        ..SalesFact::default()
    }
}

fn yuan(units: i64) -> Money {
    Money { currency_code: "CNY".to_owned(), units, nanos: 0 }
}

fn reference(id: &str) -> ExternalRef {
    ExternalRef { system: "erp".to_owned(), id: id.to_owned() }
}

/// The cells of a line: two blanks are between any two.
fn cells(line: &str) -> Vec<String> {
    line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect()
}

/// The row that begins so.
fn row<'a>(rows: &'a [Vec<String>], first: &str) -> Vec<&'a str> {
    let found = rows.iter().find(|row| row.first().is_some_and(|cell| cell == first));
    found.unwrap_or_else(|| panic!("no row {first}: {rows:?}")).iter().map(String::as_str).collect()
}
