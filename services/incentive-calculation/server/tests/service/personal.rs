//! Personal data never enters: a row whose customer key is no pseudonym is refused, and its key is neither told nor kept.

use prost::Message as _;
use sqlx::{Connection as _, PgConnection};
use tonic::Code;
use tributary_proto::tributary::incentive::v1::{
    BatchRecordFactsResponse, FactOutcome, RecordFactRequest, SalesFact, StreamFactsRequest,
};
use tributary_rpc::status::{Described, describe, to_tonic};
use tributary_testkit::Engine;

use crate::support::{World, answer, batch, mei, refused, sale, worlds};

const KEYS: [(&str, &str); 3] = [
    ("13800138000", "a phone number"),
    ("110101199003078515", "a national id"),
    ("li.wei@example.com", "an e-mail address"),
];

fn keyed(id: &str, customer_key: &str) -> SalesFact {
    SalesFact { customer_key: customer_key.to_owned(), ..sale(id, "anqing", "2012-07-05", "1.00") }
}

fn why(answered: &BatchRecordFactsResponse, row: usize) -> Described {
    describe(&to_tonic(answered.results[row].error.as_ref().expect("a refused row")))
}

fn assert_silent(text: &str, place: &str) {
    for (key, _) in KEYS {
        assert!(!text.contains(key) && !text.contains(&hex::encode(key)), "{place} tells {key}");
    }
}

/// Everything the database holds, as text, bytes in hex where the engine writes them so.
async fn stored(world: &World) -> String {
    match world.engine {
        Engine::Sqlite => {
            let place = world.database.place();
            let files = [place.to_owned(), format!("{place}-wal")];
            let read = files.iter().map(|file| std::fs::read(file).unwrap_or_default());
            read.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect()
        }
        Engine::Postgres => {
            let mut connection = PgConnection::connect(world.database.url()).await.expect("connected");
            let tables = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'";
            let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut connection).await.expect("tables");
            let mut all = String::new();
            for table in tables {
                let rows = sqlx::AssertSqlSafe(format!("SELECT row_text::text FROM \"{table}\" row_text"));
                let rows: Vec<String> = sqlx::query_scalar(rows).fetch_all(&mut connection).await.expect("rows");
                all.push_str(&rows.join("\n"));
            }
            all
        }
    }
}

#[tokio::test]
async fn a_key_that_is_personal_data_is_refused_and_leaves_no_trace() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        for (key, what) in KEYS {
            let request = RecordFactRequest { fact: Some(keyed("K-1", key)) };
            let why = refused(world.facts().record_fact(mei().ask(request)).await);
            assert_eq!((why.code, why.reason.as_str()), (Code::InvalidArgument, "PERSONAL_DATA"));
            let remedy = format!("looks like {what}; send a pseudonym such as a keyed hash instead");
            assert_eq!(why.message, format!("customer_key {remedy}"));
            assert_eq!(why.metadata.get("looks_like").map(String::as_str), Some(what));
            let told: Vec<_> = why.violations.iter().map(|v| (v.field.as_str(), v.description.as_str())).collect();
            assert_eq!(told, [("fact.customer_key", remedy.as_str())]);
            assert_silent(&format!("{why:?}"), "the answer");
        }

        // In a batch the others go in; a row tells all its faults, that of its partner too.
        let mut rows: Vec<_> = KEYS.iter().map(|(key, _)| keyed("K-2", key)).collect();
        rows[1].net = None;
        rows[2].partner_ref = None;
        rows.push(keyed("K-good", "c-9f86d081884c7d65"));
        let answered =
            answer(world.facts().batch_record_facts(mei().ask(batch(rows.clone()))).await).expect("a result");
        assert_eq!((answered.recorded_count, answered.refused_count), (1, 3));
        let fields = |row| why(&answered, row).violations.into_iter().map(|v| v.field).collect::<Vec<_>>();
        assert_eq!(fields(0), ["customer_key"]);
        assert_eq!(fields(1), ["customer_key", "net"]);
        assert_eq!(fields(2), ["partner", "customer_key"]);
        assert!((0..3).all(|row| why(&answered, row).reason == "PERSONAL_DATA"), "{answered:?}");
        assert_silent(&String::from_utf8_lossy(&answered.encode_to_vec()), "the answer to the batch");

        let parts = mei().ask(tokio_stream::iter([StreamFactsRequest { facts: rows, position: 4 }]));
        let mut answers = world.facts().stream_facts(parts).await.expect("a stream").into_inner();
        let durable = answers.message().await.expect("an answer").expect("an answer").batch.expect("a result");
        assert_eq!((durable.duplicate_count, durable.refused_count), (1, 3));
        assert!(durable.results.iter().all(|r| r.outcome() == FactOutcome::Refused));
        assert_silent(&String::from_utf8_lossy(&durable.encode_to_vec()), "the answer to the stream");

        let kept = stored(&world).await;
        assert!(kept.contains("K-good") && kept.contains("c-9f86d081884c7d65"), "the dump shows what is kept");
        assert_silent(&kept, "the store");

        // With a pseudonym the row goes in.
        world.record(&mei(), vec![keyed("K-1", "c-1")]).await;
        assert_eq!(world.known_facts(&mei()).await, ["K-1", "K-good"]);
    }
}
