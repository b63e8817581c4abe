//! The evidence log and verifiable statements through their RPCs. The tree over what ListEvidence tells is built by the
//! definition of RFC 6962 in tributary-evidence, whose vectors are those of certificate-transparency; amounts by hand.

mod kept;
mod mutations;

use std::sync::Arc;

use incentive_calculation_domain::evidence::{self, Bundle, Recomputed, Report, Text};
use incentive_calculation_server::{
    app::evidence::{EvidenceLog, keep_key},
    store,
};
use tonic::Code;
use tributary_evidence::{Checkpoint, Hash, LogKey, LogSigner, Note, Tree, leaf, verify_consistency, verify_inclusion};
use tributary_proto::{
    google::{longrunning::operation::Result as Outcome, r#type::Decimal},
    tributary::incentive::v1::{
        AccrueRunRequest, CreateTransactionRequest, EvidenceEntry, ExportStatementBundleRequest,
        GetConsistencyProofRequest, GetInclusionProofRequest, GetSignedHeadRequest, LedgerTransaction, Limits,
        ListEvidenceRequest, PlanSpec, Posting, Proration, Rule, Run, SalesFact, SettlementTerms, Statement,
        VoidTransactionRequest, assignment::Target,
    },
};
use tributary_sql::PoolOptions;
use tributary_testkit::Engine;

use crate::support::{
    Caller, World, ada, answer, fang, final_run, growth, marginal, mei, paying, plan, preview, reason, refused, rule,
    sale, world, worlds,
};

const ORIGIN: &str = "tributary/incentive/default";

/// 15 % up to 1,000,000, 20 % above; 3 % of the growth from 20 % on; 1 %, but no more than 1,000.00 a year.
fn terms() -> PlanSpec {
    let capped = Rule {
        limits: Some(Limits { year_cap: Some(Decimal { value: "1000".to_owned() }), ..Limits::default() }),
        ..rule("capped", marginal(&[("0", "0.01")]))
    };
    plan(vec![
        rule("tiers", marginal(&[("0", "0.15"), ("1000000", "0.20")])),
        rule("growth", growth(&[("0", "0.01"), ("0.2", "0.03")])),
        capped,
    ])
}

/// August 2012 of two dealers, closed: Anqing sold 1,000,000.00 and 700,000.00, of which 100,000.00 came back in September;
/// a year before it had sold 1,000,000.00. Bengbu sold 100.00. What the run states is accrued before it is locked.
async fn august(world: &World) -> Run {
    world.dealers(&mei(), &["anqing", "bengbu"]).await;
    let back = SalesFact {
        kind: tributary_proto::tributary::incentive::v1::FactKind::Return.into(),
        original_source_id: "F-2".to_owned(),
        ..sale("F-3", "anqing", "2012-09-03", "-100000.00")
    };
    let facts = vec![
        sale("F-0", "anqing", "2011-08-15", "1000000.00"),
        sale("F-1", "anqing", "2012-08-10", "1000000.00"),
        sale("F-2", "anqing", "2012-08-11", "700000.00"),
        back,
        sale("F-4", "bengbu", "2012-08-12", "100.00"),
        sale("F-5", "anqing", "2012-09-12", "5.00"),
    ];
    world.record(&mei(), facts).await;
    world.programme(&fang(), "dealers", &["rebate"]).await;
    world.active((&mei(), &fang()), "p", ("dealers", "rebate"), terms()).await;
    let run = world.run(&fang(), final_run("dealers", "2012-08", "one")).await;
    world.accrue(&run).await;
    let request = world.locking(&ada(), "dealers", "2012-08").await;
    answer(world.closing().lock_period(ada().ask(request)).await).expect("locked");
    run
}

fn key() -> LogKey {
    LogSigner::from_seed(&[7; 32]).key(ORIGIN)
}

impl World {
    async fn head(&self, caller: &Caller) -> Checkpoint {
        let told = answer(self.evidence().get_signed_head(caller.ask(GetSignedHeadRequest {})).await).expect("a head");
        let key = LogKey::parse(&told.key).expect("a key");
        let head = Note::read(&told.checkpoint).expect("a note").verified(&key).expect("signed").clone();
        assert_eq!((told.origin, told.root), (head.origin.clone(), head.root.to_vec()));
        assert_eq!(u64::try_from(told.size), Ok(head.size));
        head
    }

    /// Every entry, read in pages of three.
    async fn log(&self, caller: &Caller) -> Vec<EvidenceEntry> {
        let (mut all, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListEvidenceRequest { page_size: 3, page_token };
            let page = answer(self.evidence().list_evidence(caller.ask(request)).await).expect("entries");
            all.extend(page.entries);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return all;
            }
        }
    }

    async fn export(&self, statement: &Statement, without_facts: bool) -> String {
        let request = ExportStatementBundleRequest { name: statement.name.clone(), without_facts };
        let mut parts = answer(self.evidence().export_statement_bundle(fang().ask(request)).await).expect("a bundle");
        let mut file = Vec::new();
        while let Some(part) = parts.message().await.expect("a part") {
            file.extend(part.data);
        }
        String::from_utf8(file).expect("text")
    }

    /// Why a statement is not exported.
    async fn not_exported(&self, name: &str) -> (Code, String, String) {
        let request = ExportStatementBundleRequest { name: name.to_owned(), without_facts: false };
        let status =
            self.evidence().export_statement_bundle(fang().ask(request)).await.map(|_| ()).expect_err("refused");
        let why = refused::<()>(Err(status));
        (why.code, why.reason, why.message)
    }

    async fn accrue(&self, run: &Run) {
        let request = AccrueRunRequest { name: run.name.clone(), request_id: format!("accrue {}", run.name) };
        let asked = answer(self.settlements().accrue_run(fang().ask(request)).await).expect("an operation");
        let done = self.done(&fang(), &asked.name).await;
        assert!(matches!(done.result, Some(Outcome::Response(_))), "{done:?}");
    }

    async fn post(&self, id: &str, cause: &str, pending: bool) {
        let posting = Posting {
            debit: "ledgerAccounts/house.expense.CNY".to_owned(),
            credit: "ledgerAccounts/partner.anqing.accrued.CNY".to_owned(),
            amount: Some(Decimal { value: "1".to_owned() }),
            posted_amount: None,
        };
        let transaction = LedgerTransaction {
            postings: vec![posting],
            cause: cause.to_owned(),
            pending,
            ..LedgerTransaction::default()
        };
        let request = CreateTransactionRequest {
            transaction: Some(transaction),
            transaction_id: id.to_owned(),
            validate_only: false,
        };
        answer(self.ledger().create_transaction(fang().ask(request)).await).expect("posted");
    }

    async fn statement_of(&self, run: &Run, partner: &str) -> Statement {
        let statements = self.statements(&fang(), run).await;
        statements.into_iter().find(|s| s.partner == format!("partners/{partner}")).expect("a statement")
    }
}

fn hashes(bytes: Vec<Vec<u8>>) -> Vec<Hash> {
    bytes.into_iter().map(|hash| hash.try_into().expect("32 bytes")).collect()
}

fn sound(bundle: &str) -> Report {
    evidence::verify(bundle, Some(&key())).expect("sound")
}

fn lines(report: &Report) -> Vec<String> {
    let line = |line: &evidence::LineReport| {
        let how = if line.recomputed == Recomputed::Equal { "recomputed" } else { "proven" };
        format!("{} {} {how}", line.id, line.amount)
    };
    report.lines.iter().map(line).collect()
}

#[tokio::test]
async fn a_statement_is_verified_without_us() {
    for world in worlds().await {
        let run = august(&world).await;
        let statement = world.statement_of(&run, "anqing").await;
        world.post("other", "runs/r1", false).await;
        let bundle = world.export(&statement, false).await;
        let report = sound(&bundle);
        // 150,000 + 600,000 × 20 %; 600,000 × 3 %; 1,600,000 × 1 %, capped.
        assert_eq!(
            lines(&report),
            [
                "rebate.tiers CNY 270000.00 recomputed",
                "rebate.growth CNY 18000.00 recomputed",
                "rebate.capped CNY 1000.00 proven",
            ]
        );
        assert_eq!((report.total.as_str(), report.facts, report.postings), ("CNY 289000.00", Some(4), 1));
        assert_eq!((report.run, report.partner.as_str()), (run.name.clone(), "partners/anqing"));
        let said: Vec<&str> = report.said.iter().map(String::as_str).collect();
        assert_eq!(
            said,
            [
                "plans/p/versions/1 became DRAFT by mei",
                "plans/p/versions/1 became APPROVED by fang",
                "plans/p/versions/1 became ACTIVE by fang",
                "programmes/dealers/periods/2012-08 was locked on this run by ada",
            ]
        );
        assert_eq!(report.version, "1");
        assert!(!bundle.contains("bengbu") && !bundle.contains("F-5"), "nothing of others, nothing that did not count");

        let lean = world.export(&statement, true).await;
        let report = sound(&lean);
        assert_eq!((report.facts, report.total.as_str()), (None, "CNY 289000.00"));
        assert_eq!(lines(&report)[0], "rebate.tiers CNY 270000.00 proven");
        let other = LogSigner::from_seed(&[8; 32]).key(ORIGIN);
        assert!(evidence::verify(&bundle, Some(&other)).is_err(), "signed by a key that is not trusted");
        assert!(!evidence::verify(&bundle, None).expect("sound in itself").trusted);
    }
}

#[tokio::test]
async fn the_log_is_a_tree_of_its_entries_and_only_grows() {
    for world in worlds().await {
        assert_eq!(world.head(&fang()).await.size, 0);
        let run = august(&world).await;
        let entries = world.log(&ada()).await;
        let subjects: Vec<&str> = entries.iter().map(|e| e.subject.as_str()).collect();
        let version = "plans/p/versions/1";
        let (one, two) = ("journalEntries/1", "journalEntries/2");
        let period = "programmes/dealers/periods/2012-08";
        assert_eq!(subjects, [version, version, version, &*run.name, one, two, period]);
        let told = Text::read(&entries[3].content).expect("canonical");
        assert_eq!((told.one("digest"), told.one("statement_count")), (run.digest.as_str(), "2"));
        let head = world.head(&fang()).await;
        let tree = Tree::of_entries(entries.iter().map(|e| e.content.as_bytes()));
        assert_eq!((head.origin.as_str(), head.size, head.root), (ORIGIN, 7, tree.root()));

        for (position, entry) in (0_i64..).zip(&entries) {
            let request = GetInclusionProofRequest { position, size: 0 };
            let proof = answer(world.evidence().get_inclusion_proof(fang().ask(request)).await).expect("a proof");
            assert_eq!(proof.entry_hash, leaf(entry.content.as_bytes()));
            let place = (u64::try_from(position).expect("small"), head.size);
            let path = hashes(proof.path);
            assert_eq!(verify_inclusion(&leaf(entry.content.as_bytes()), place, &path, &head.root), Ok(()));
        }
        // A second run: the log grows, and begins with the one before.
        world.run(&fang(), final_run("dealers", "2012-07", "two")).await;
        let later = world.head(&fang()).await;
        assert_eq!(later.size, 8);
        let request = GetConsistencyProofRequest { from_size: 7, to_size: 0 };
        let proof = answer(world.evidence().get_consistency_proof(fang().ask(request)).await).expect("a proof");
        let path = hashes(proof.path);
        assert_eq!(verify_consistency((7, &head.root), (8, &later.root), &path), Ok(()));
        // A proof for the earlier log is still to be had.
        let request = GetInclusionProofRequest { position: 4, size: 7 };
        let proof = answer(world.evidence().get_inclusion_proof(fang().ask(request)).await).expect("a proof");
        let entry = leaf(entries[4].content.as_bytes());
        assert_eq!(verify_inclusion(&entry, (4, 7), &hashes(proof.path), &head.root), Ok(()));

        let beyond = GetInclusionProofRequest { position: 8, size: 0 };
        assert_eq!(reason(world.evidence().get_inclusion_proof(fang().ask(beyond)).await), "EVIDENCE_NOT_FOUND");
        for (from_size, to_size) in [(1, 9), (9, 0), (9, 8)] {
            let beyond = GetConsistencyProofRequest { from_size, to_size };
            assert_eq!(reason(world.evidence().get_consistency_proof(fang().ask(beyond)).await), "EVIDENCE_NOT_FOUND");
        }
        let turned = GetConsistencyProofRequest { from_size: 6, to_size: 5 };
        let why = refused(world.evidence().get_consistency_proof(fang().ask(turned)).await);
        assert_eq!((why.code, why.violations[0].field.as_str()), (Code::InvalidArgument, "from_size"));
        let none = Caller::new("another", "fang", tributary_core::Role::Finance);
        assert_eq!(world.head(&none).await.size, 0, "each tenant has its own log");
    }
}

#[tokio::test]
async fn what_was_never_attested_is_not_exported() {
    for world in worlds().await {
        august(&world).await;
        let tried = world.run(&fang(), preview(terms(), "2012-08")).await;
        let statement = world.statement_of(&tried, "anqing").await;
        let (code, reason, message) = world.not_exported(&statement.name).await;
        assert_eq!((code, reason.as_str()), (Code::FailedPrecondition, "STATEMENT_NOT_ATTESTED"));
        assert!(message.contains(&statement.name) && message.contains("final run"), "{message}");
        assert_eq!(world.not_exported("statements/none").await.1, "STATEMENT_NOT_FOUND");
        assert_eq!(world.head(&fang()).await.size, 7, "a preview leaves no entry");
    }
}

/// What the suite posts of a statement is in its bundle: the accrual of its run, which a settlement takes back, and what the
/// settlement posts; and what people post for it, with what became of that.
#[tokio::test]
async fn postings_of_a_statement_go_with_it() {
    for world in worlds().await {
        let run = august(&world).await;
        let statement = world.statement_of(&run, "anqing").await;
        let posted = async |world: &World| {
            let bundle = Bundle::read(&world.export(&statement, false).await).expect("a bundle");
            let text = |posting: &String| Text::read(posting).map(|text| text.one("content").to_owned());
            bundle.postings.iter().map(|posting| text(posting).expect("canonical")).collect::<Vec<String>>()
        };
        let id = statement.name.trim_start_matches("statements/");
        let accrued = posted(&world).await;
        assert_eq!(accrued.len(), 1, "{accrued:?}");
        assert!(accrued[0].contains(&format!("\"accrual.{id}\"")) && accrued[0].contains("28900000"), "{accrued:?}");

        world.settle(SettlementTerms::default(), "settle").await;
        let settled = posted(&world).await;
        assert_eq!(settled.len(), 3, "{settled:?}");
        for own in [format!("\"accrual.{id}.back\""), format!("\"settlement.{id}.accrued\"")] {
            assert!(settled.iter().any(|content| content.contains(&own)), "{settled:?}");
        }
        world.post("held", &statement.name, true).await;
        assert_eq!(posted(&world).await.len(), 4);
        let void = VoidTransactionRequest { name: "ledgerTransactions/held".to_owned(), reason: "a trial".to_owned() };
        answer(world.ledger().void_transaction(fang().ask(void)).await).expect("voided");
        let all = posted(&world).await;
        assert_eq!(all.len(), 5, "{all:?}");
        assert!(all[4].contains("voided") && all[4].contains("a trial"), "{all:?}");

        let mut tx = world.raw().await;
        tx.run("DELETE FROM evidence WHERE subject = 'journalEntries/1'").await;
        tx.run("DELETE FROM evidence WHERE subject = 'journalEntries/2'").await;
        let (code, reason, message) = world.not_exported(&statement.name).await;
        assert_eq!((code, reason.as_str()), (Code::FailedPrecondition, "EVIDENCE_DIFFERS"), "{message}");
        assert!(message.contains("is not in the evidence log"), "{message}");
    }
}

/// A statement of a run that a later one replaced is sound, and says of which run it is.
#[tokio::test]
async fn a_statement_says_whether_the_period_was_locked_on_its_run() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        world.record(&mei(), vec![sale("F-1", "anqing", "2012-08-10", "1000.00")]).await;
        world.programme(&fang(), "dealers", &["rebate"]).await;
        world.active((&mei(), &fang()), "p", ("dealers", "rebate"), terms()).await;
        let first = world.run(&fang(), final_run("dealers", "2012-08", "one")).await;
        let statement = world.statement_of(&first, "anqing").await;
        let said = sound(&world.export(&statement, false).await).said;
        assert_eq!(said[3..], ["the period was not locked on this run when the file was issued"]);
        let second = world.close("dealers", "2012-08", "two").await;
        let report = sound(&world.export(&statement, false).await);
        let locked = format!("programmes/dealers/periods/2012-08 was locked on {}, not on this run", second.name);
        assert_eq!((report.version.as_str(), &report.said[3..]), ("1", [locked].as_slice()));
    }
}

/// Gold from the 16th on: what pays by days pays of both plans, what does not pays of the second alone.
#[tokio::test]
async fn whoever_was_moved_to_another_plan_has_a_bundle() {
    let by_days = |rate: &str, other: &str| {
        let mut days = rule("days", marginal(&[("0", rate)]));
        days.proration = Proration::AssignmentDays.into();
        plan(vec![days, rule("all", marginal(&[("0", other)]))])
    };
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        world.tier(&mei(), "anqing", "gold", ("2012-08-16", None), "2012-08-20").await;
        world.record(&mei(), vec![sale("F-1", "anqing", "2012-08-10", "1000.00")]).await;
        world.programme(&fang(), "dealers", &["rebate"]).await;
        let gold = paying(by_days("0.04", "0.03"), Target::Tier("gold".to_owned()), 0);
        for (name, spec) in [("first", by_days("0.01", "0.02")), ("second", gold)] {
            world.active((&mei(), &fang()), name, ("dealers", "rebate"), spec).await;
        }
        let run = world.run(&fang(), final_run("dealers", "2012-08", "one")).await;
        let file = world.export(&world.statement_of(&run, "anqing").await, false).await;
        let lines = sound(&file).lines.into_iter().map(|line| (line.amount, line.recomputed == Recomputed::Equal));
        // 10.00 × 15 / 31, 40.00 × 16 / 31 and 3 % of 1,000.00.
        let expected = [("CNY 4.84", false), ("CNY 20.65", false), ("CNY 30.00", true)];
        assert_eq!(lines.collect::<Vec<_>>(), expected.map(|(amount, again)| (amount.to_owned(), again)));
    }
}

#[tokio::test]
async fn a_plan_that_nobody_approved_is_found() {
    let world = world(Engine::Sqlite).await;
    world.start();
    let run = august(&world).await;
    let file = world.export(&world.statement_of(&run, "anqing").await, false).await;
    // Who has the key leaves entries out.
    let without = |states: &[&str]| {
        let mut bundle = Bundle::read(&file).expect("a bundle");
        let left_out = |text: &str| Text::read(text).is_some_and(|text| states.contains(&text.one("state")));
        bundle.entries.retain(|entry| !left_out(&entry.text));
        bundle.issued = LogSigner::from_seed(&[7; 32]).sign_text(ORIGIN, &bundle.issued_text());
        evidence::verify(&bundle.write(), Some(&key()))
    };
    let nobody = "plans/p/versions/1 took part in the run, but nobody approved it";
    assert_eq!(without(&["APPROVED", "ACTIVE"]), Err(vec![nobody.to_owned()]));
    assert!(without(&["APPROVED"]).is_ok(), "the entry of the activation names the approver, too");
    let said = without(&["DRAFT", "APPROVED", "ACTIVE"]).expect("sound").said;
    assert_eq!(said[0], "the log says nothing of the approval of plans/p/versions/1");
}

#[tokio::test]
async fn heads_are_signed_by_one_key_until_a_person_says_otherwise() {
    for world in worlds().await {
        let url = world.database.url().parse().expect("a url");
        let opened = store::open(&url, PoolOptions::for_service("test")).await.expect("the store");
        let log =
            |seed| EvidenceLog { name: "tributary".to_owned(), signer: Arc::new(LogSigner::from_seed(&[seed; 32])) };
        let start = async |seed, change| keep_key(opened.store.as_ref(), &log(seed), change).await;
        start(7, false).await.expect("the key of the first start");
        // A replica whose disk was empty made a key of its own.
        let refused = start(8, false).await.expect_err("another key");
        let (own, known) = (log(8).signer.key("tributary").to_string(), log(7).signer.key("tributary").to_string());
        let why = &refused.violations()[0];
        assert!(
            why.field == "evidence" && why.description.contains(&own) && why.description.contains(&known),
            "{why:?}"
        );
        start(8, true).await.expect("meant");
        start(7, false).await.expect_err("the key of before");
        start(8, false).await.expect("the new one");
    }
}
