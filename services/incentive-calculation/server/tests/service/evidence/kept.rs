//! The store behind the log is changed by SQL, as its operator can: whoever kept a head notices.

use sqlx::{Connection as _, PgConnection, SqliteConnection};
use tributary_evidence::{Frontier, Recount, leaf, verify_consistency, verify_inclusion};
use tributary_proto::tributary::incentive::v1::{GetConsistencyProofRequest, GetInclusionProofRequest};
use tributary_testkit::Engine;

use super::{august, hashes, mutations::Random};
use crate::support::{World, ada, answer, fang, world, worlds};

/// A connection past the service.
pub enum Raw {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Raw {
    /// Runs a statement, which changes something.
    pub async fn run(&mut self, text: &str) {
        let text = sqlx::AssertSqlSafe(text.to_owned());
        let changed = match self {
            Self::Sqlite(own) => sqlx::query(text).execute(own).await.expect("changed").rows_affected(),
            Self::Postgres(own) => sqlx::query(text).execute(own).await.expect("changed").rows_affected(),
        };
        assert_ne!(changed, 0);
    }

    /// Changes the definition of the store.
    pub async fn define(&mut self, text: &str) {
        let text = sqlx::AssertSqlSafe(text.to_owned());
        match self {
            Self::Sqlite(own) => drop(sqlx::query(text).execute(own).await.expect("defined")),
            Self::Postgres(own) => drop(sqlx::query(text).execute(own).await.expect("defined")),
        }
    }

    /// Copies a table beside itself.
    async fn copy(&mut self, table: &str) {
        let Self::Sqlite(own) = self else { panic!("only of SQLite") };
        let text = sqlx::AssertSqlSafe(format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}"));
        sqlx::query(text).execute(own).await.expect("copied");
    }

    /// Bytes as the engine writes them.
    fn bytes(&self, bytes: &[u8]) -> String {
        match self {
            Self::Sqlite(_) => format!("x'{}'", hex::encode(bytes)),
            Self::Postgres(_) => format!("'\\x{}'", hex::encode(bytes)),
        }
    }
}

impl World {
    pub async fn raw(&self) -> Raw {
        match self.database.engine() {
            Engine::Sqlite => Raw::Sqlite(SqliteConnection::connect(self.database.url()).await.expect("connected")),
            Engine::Postgres => Raw::Postgres(PgConnection::connect(self.database.url()).await.expect("connected")),
        }
    }

    /// Loses the own copy of a partner.
    pub async fn forget(&self, partner: &str) {
        let mut raw = self.raw().await;
        for table in ["partner_external_refs", "partner_revisions", "partners"] {
            raw.run(&format!("DELETE FROM {table} WHERE partner_id = '{partner}'")).await;
        }
    }

    /// Whether the entries are those of a head, as `tributary evidence check` reads them.
    async fn recounted(&self, (size, root): (u64, [u8; 32])) -> bool {
        let mut recount = Recount::new([(size, root)]);
        let entries = self.log(&ada()).await;
        let same = entries.iter().all(|entry| {
            let position = u64::try_from(entry.position).expect("a place");
            recount.push(position, entry.content.as_bytes()).is_ok()
        });
        same && recount.finish().is_ok()
    }

    /// Whether the nodes prove a head, and every entry to be in it.
    async fn proven(&self, (size, root): (u64, [u8; 32])) -> bool {
        for entry in self.log(&ada()).await {
            let request = GetInclusionProofRequest { position: entry.position, size: 0 };
            let Ok(proof) = answer(self.evidence().get_inclusion_proof(fang().ask(request)).await) else {
                return false;
            };
            let place = u64::try_from(entry.position).expect("a place");
            let own = leaf(entry.content.as_bytes());
            let told = proof.entry_hash == own;
            if !told || verify_inclusion(&own, (place, size), &hashes(proof.path), &root).is_err() {
                return false;
            }
        }
        let told = self.head(&fang()).await;
        (told.size, told.root) == (size, root)
    }

    /// Whether the nodes prove that the log still begins with a head.
    async fn begins_with(&self, (size, root): (u64, [u8; 32])) -> bool {
        let now = self.head(&fang()).await;
        let request = GetConsistencyProofRequest { from_size: i64::try_from(size).expect("small"), to_size: 0 };
        let proof = answer(self.evidence().get_consistency_proof(fang().ask(request)).await).expect("a proof");
        verify_consistency((size, &root), (now.size, &now.root), &hashes(proof.path)).is_ok()
    }
}

#[tokio::test]
async fn a_past_that_is_written_anew_is_noticed_by_whoever_kept_a_head() {
    for world in worlds().await {
        august(&world).await;
        let head = world.head(&fang()).await;
        let kept = (head.size, head.root);
        assert!(world.recounted(kept).await && world.begins_with(kept).await && world.proven(kept).await);

        // Somebody else approved the plan, it says now; the nodes stay as they were, and prove what they did before.
        let mut raw = world.raw().await;
        raw.run("UPDATE evidence SET content = replace(content, 'fang', 'feng') WHERE position = 1").await;
        assert!(world.begins_with(kept).await, "the nodes do not know the texts");
        assert!(!world.recounted(kept).await);

        // The nodes are made to fit: now the log is whole in itself, and another one.
        let mut end = Frontier::default();
        for entry in world.log(&ada()).await {
            for (id, hash) in end.push(leaf(entry.content.as_bytes())) {
                let hash = raw.bytes(&hash);
                let of = format!("level = {} AND place = {}", id.level, id.index);
                raw.run(&format!("UPDATE evidence_nodes SET hash = {hash} WHERE {of}")).await;
            }
        }
        let peaks = raw.bytes(&end.peaks().concat());
        raw.run(&format!("UPDATE evidence_heads SET peaks = {peaks}")).await;
        let forged = (end.size(), end.root());
        assert!(world.recounted(forged).await && world.proven(forged).await, "the forged log is whole");
        assert!(!world.recounted(kept).await && !world.begins_with(kept).await);
    }
}

/// Whatever single row of the log is changed: texts, nodes, the end.
#[tokio::test]
async fn every_change_of_a_row_is_noticed() {
    let world = world(Engine::Sqlite).await;
    world.start();
    august(&world).await;
    let head = world.head(&fang()).await;
    let kept = (head.size, head.root);
    let entries = world.log(&ada()).await;
    let mut raw = world.raw().await;
    for table in ["evidence", "evidence_nodes", "evidence_heads"] {
        raw.copy(table).await;
    }
    let mut random = Random::of(20_121_007);
    for number in 0..200 {
        let at = random.below(entries.len());
        let (table, change) = match random.below(5) {
            0 => {
                let text = random.text(&entries[at].content);
                if text == entries[at].content {
                    continue;
                }
                let text = hex::encode(text);
                ("evidence", format!("UPDATE evidence SET content = CAST(x'{text}' AS TEXT) WHERE position = {at}"))
            }
            1 => ("evidence", format!("DELETE FROM evidence WHERE position = {at}")),
            2 => ("evidence_nodes", format!("DELETE FROM evidence_nodes WHERE level = 0 AND place = {at}")),
            3 => {
                let nodes = "(SELECT level, place FROM evidence_nodes ORDER BY random() LIMIT 1)";
                let change = format!("UPDATE evidence_nodes SET hash = randomblob(32) WHERE (level, place) = {nodes}");
                ("evidence_nodes", change)
            }
            _ => ("evidence_heads", "UPDATE evidence_heads SET peaks = randomblob(length(peaks))".to_owned()),
        };
        raw.run(&change).await;
        let noticed = !world.recounted(kept).await || !world.proven(kept).await;
        assert!(noticed, "change {number} goes unnoticed: {change}");
        raw.run(&format!("DELETE FROM {table}")).await;
        raw.run(&format!("INSERT INTO {table} SELECT * FROM kept_{table}")).await;
    }
    assert!(world.recounted(kept).await && world.proven(kept).await, "put back");
}
