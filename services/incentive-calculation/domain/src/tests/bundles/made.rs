//! Bundles made of nothing but this text: partners, facts and keys that exist nowhere else.

use sha2::{Digest as _, Sha256};
use tributary_core::{MinorAmount, ResourceId, Timestamp};
use tributary_evidence::{Checkpoint, LogSigner, Tree, inclusion, path};

use crate::{
    assignment::Attributes,
    close::{Lock, ProgrammePeriod, Seen},
    engine::{Engine, Inputs, MeasuredFact, PlanInRun},
    evidence::{self, Bundle, BundleFact, BundlePlan, FORMAT, Proven, SettledRun},
    fact::{Fact, FactKind, amount_at_fact_scale, content_text},
    ledger::{AccountKey, Content, Entry, NewTransaction, Posting, TransactionId, journal::Head},
    plan::{EdgeSide, Limits, PlanSpec, Proration, Reward, Rule},
    plan_version::{PlanVersion, PlanVersionState},
    run::{Run, RunMode, RunState, Statement, StatementLine},
    tests::support::{currency, day, dec, growth, in_run, marginal, period, plan, rule, table},
};

/// The key of the log that these bundles are from; it signs nothing else.
pub const SEED: [u8; 32] = [28; 32];
pub const ORIGIN: &str = "example.com/incentive/default";

const PAYEE: &str = "anqing";
/// Noon of 1 April 2024.
const NOON: i64 = 1_711_972_800_000_000;

/// What a bundle is made of.
#[derive(Debug, Default)]
pub struct Case {
    pub currency: &'static str,
    /// What the log saw the plan become.
    pub states: &'static [&'static str],
    /// A period that was locked, and on which run.
    pub locked: Option<(&'static str, &'static str)>,
    /// Ids of transactions, each ended by the same id with a tilde; others than the statement's have another cause.
    pub posted: &'static [&'static str],
    /// How many of the last postings are left out, while the log names them.
    pub left_out: usize,
    pub without_facts: bool,
    /// Whether the plan has a rule by the days of its assignment, too.
    pub by_days: bool,
    /// Rules whose lines the statement does not have.
    pub unstated: &'static [&'static str],
    /// Whether the first line that is left states 10,000 more than was earned.
    pub overstated: bool,
}

fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).expect("an id")
}

fn at(seconds: i64) -> Timestamp {
    Timestamp(NOON + seconds * 1_000_000)
}

fn terms(case: &Case) -> PlanSpec {
    let one = |rate| table(&[("0", rate, "0")], EdgeSide::default());
    let tiers = table(&[("0", "0.15", "0"), ("1000000", "0.20", "0")], EdgeSide::default());
    let steps = table(&[("0", "0.01", "0"), ("0.2", "0.03", "0")], EdgeSide::default());
    let mut capped = rule("capped", marginal(one("0.01")));
    capped.limits = Limits { year_cap: Some(dec("1000")), ..Limits::default() };
    let mut rules = vec![rule("tiers", marginal(tiers)), rule("growth", Reward::Growth(growth(steps))), capped];
    if case.by_days {
        let by_days = rule("days", marginal(one("0.02")));
        rules.push(Rule { proration: Proration::AssignmentDays, ..by_days });
    }
    plan(rules)
}

/// Key, day, kind, net, the sale it takes back.
const FACTS: [(&str, &str, FactKind, &str, &str); 3] = [
    ("F-0", "2023-03-09", FactKind::SellIn, "1000000", ""),
    ("F-1", "2024-03-09", FactKind::SellIn, "1700000", ""),
    ("F-2", "2024-04-09", FactKind::Return, "-100000", "F-1"),
];

fn facts(case: &Case) -> Vec<(Fact, String)> {
    let currency = currency(case.currency);
    let amount = |net: &str| amount_at_fact_scale(currency, dec(net)).expect("an amount");
    let fact = |(key, on, kind, net, sale): (&str, &str, FactKind, &str, &str)| Fact {
        source_system: "erp".to_owned(),
        source_id: key.to_owned(),
        kind,
        occurred_on: day(on),
        sku: "SKU-1".to_owned(),
        product_line: "路由器".to_owned(),
        region: "cn/anhui".to_owned(),
        channel: None,
        sub_channel: String::new(),
        quantity: None,
        currency,
        gross: Some(amount(net)),
        net: amount(net),
        cost: None,
        original_source_id: sale.to_owned(),
        order_id: String::new(),
        customer_key: String::new(),
        labels: std::collections::BTreeMap::new(),
    };
    let with_content = |fact: Fact| {
        let content = content_text(&fact, PAYEE);
        (fact, content)
    };
    FACTS.map(fact).into_iter().map(with_content).collect()
}

/// The lines, as the engine gives them, but for what the case says.
fn lines(case: &Case, plan: &PlanInRun, facts: &[(Fact, String)]) -> Vec<StatementLine> {
    let mut engine = Engine::new(period("2024-03"), vec![plan.clone()]);
    for ((fact, content), own) in facts.iter().zip(FACTS) {
        let hash: [u8; 32] = Sha256::digest(content.as_bytes()).into();
        // A return counts on the day of its sale.
        let sale = FACTS.iter().find(|(key, ..)| *key == own.4).map_or(own.1, |(_, on, ..)| on);
        engine.absorb(&MeasuredFact { day: day(sale).days(), ..MeasuredFact::of(fact, 0, &hash) });
    }
    let payee = Attributes {
        partner: format!("partners/{PAYEE}"),
        business_key: PAYEE.to_owned(),
        display_name: "Anqing".to_owned(),
        revision: 3,
        ..Attributes::default()
    };
    let lines = engine.finish(&Inputs::of_payees([payee])).expect("lines");
    let mut lines: Vec<StatementLine> = lines.into_iter().map(StatementLine::from).collect();
    lines.retain(|line| !case.unstated.contains(&line.rule.as_str()));
    if case.overstated {
        lines[0].amount.value += 1_000_000;
    }
    lines
}

fn run(plan: &PlanInRun, lines: &[StatementLine]) -> Run {
    let results: Vec<_> = lines.iter().map(|line| line.clone().result(0, PAYEE.to_owned())).collect();
    Run {
        id: "r1".to_owned(),
        programme: Some(id("dealers")),
        period: "2024-03".to_owned(),
        mode: RunMode::Final,
        state: RunState::Succeeded,
        snapshot_batch: 4,
        snapshot_arrival: 2,
        plan_versions: vec![plan.version_name.clone()],
        plan: None,
        digest: crate::digest::run_digest(&results),
        fact_count: 3,
        statement_count: 3,
        line_count: 3,
        totals: vec![total(lines)],
        actor: "fang".to_owned(),
        create_time: at(0),
        end_time: Some(at(1)),
        failure: String::new(),
        named: None,
        year: None,
        version: 1,
        period_locked: false,
        closed: Vec::new(),
        stating_runs: Vec::new(),
        true_up_count: 0,
        release: "1.0.0".to_owned(),
        carried_from: String::new(),
    }
}

fn total(lines: &[StatementLine]) -> MinorAmount {
    let value = lines.iter().map(|line| line.amount.value).sum();
    MinorAmount { currency: lines[0].amount.currency, value }
}

/// The entries of the log about the plan.
fn approvals(case: &Case, plan: &PlanInRun) -> Vec<String> {
    let entry = |(revision, state): (i64, &&str)| {
        let state = match *state {
            "DRAFT" => PlanVersionState::Draft,
            "APPROVED" => PlanVersionState::Approved,
            _ => PlanVersionState::Active,
        };
        let draft = state == PlanVersionState::Draft;
        let version = PlanVersion {
            plan: id("p"),
            version: 1,
            uid: "018f0000-0000-7000-8000-000000000001".to_owned(),
            programme: id("dealers"),
            slot: id("rebate"),
            spec: plan.spec.clone(),
            spec_digest: plan.digest.clone(),
            state,
            author: "mei".to_owned(),
            approver: (!draft).then(|| "fang".to_owned()),
            create_time: at(-3),
            approve_time: None,
            activate_time: None,
            retire_time: None,
            replaced: false,
            revision,
        };
        evidence::plan_version(&version, if draft { "mei" } else { "fang" }, "", at(revision - 4))
    };
    (1..).zip(case.states).map(entry).collect()
}

/// The journal: each transaction is posted, or reserved and given back.
fn journal(case: &Case) -> Vec<(Entry, String)> {
    let (mut head, mut entries) = (Head::default(), Vec::new());
    for name in case.posted {
        let transaction = TransactionId::parse(name.trim_start_matches('~')).expect("an id");
        let key = |name: &str| AccountKey::parse(&format!("{name}.{}", case.currency)).expect("an account");
        let posting =
            Posting { debit: key("house.expense"), credit: key("partner.anqing.accrued"), amount: 28_900_000 };
        let cause = match transaction.as_str() {
            "accrual.s2" => "runs/r1",
            "held" => "statements/s2",
            "settlement.s2.accrued" => "settlements/s2",
            "taken-back" => "tickets/7",
            _ => "statements/s1",
        };
        let reversed = TransactionId::parse("settlement.s2.accrued").expect("an id");
        let reverses = (transaction.as_str() == "taken-back").then_some(reversed);
        let content = if name.starts_with('~') {
            Content::Voided { transaction, reason: "a trial".to_owned() }
        } else {
            Content::Recorded(NewTransaction {
                pending: transaction.as_str() == "held",
                id: transaction,
                postings: vec![posting],
                expire_time: None,
                cause: cause.to_owned(),
                memo: String::new(),
                effective_on: Some(day("2024-03-31")),
                reverses,
            })
        };
        let content = serde_json::to_string(&content).expect("JSON");
        let entry = Entry::after(&head, content, "fang", at(10 + head.position));
        let text = entry.text(&head.digest);
        head = entry.head();
        entries.push((entry, text));
    }
    entries
}

fn lock((period, run): (&str, &str)) -> String {
    let period = ProgrammePeriod {
        programme: id("dealers"),
        period: period.to_owned(),
        named: None,
        year: None,
        from: day("2024-03-01"),
        to: day("2024-04-01"),
        lockable_from: day("2024-04-01"),
        newest_run: run.to_owned(),
        newest_version: 1,
        lock: Some(Lock {
            run: run.to_owned(),
            version: 1,
            actor: "ada".to_owned(),
            time: at(30),
            reason: "month end".to_owned(),
            newer_facts: 0,
            locked: Seen::default(),
            seen: Seen::default(),
        }),
        revision: 2,
    };
    evidence::programme_period(&period).expect("locked")
}

/// Some places of a tree over texts, and its root.
fn proven<'a>(texts: &'a [String], of: impl Fn(&'a str) -> bool) -> (Vec<Proven>, [u8; 32]) {
    let tree = Tree::of_entries(texts);
    let prove = |(place, text): (u64, &'a String)| {
        let ranges = inclusion(place, tree.size()).expect("a place");
        Proven::new(place, text.clone(), &path(&ranges, |id| tree.node(id)).expect("a path"))
    };
    ((0..).zip(texts).filter(|(_, text)| of(text)).map(prove).collect(), tree.root())
}

/// The file of a case.
pub fn made(case: &Case) -> String {
    let plan = PlanInRun { slot: "rebate".to_owned(), ..in_run("p", terms(case)) };
    let facts = facts(case);
    let lines = lines(case, &plan, &facts);
    let run = run(&plan, &lines);
    let statement = Statement {
        id: "s2".to_owned(),
        run: run.id.clone(),
        partner: format!("partners/{PAYEE}"),
        partner_display_name: "Anqing \"One\" \u{5b89}\u{5e86}".to_owned(),
        partner_business_key: PAYEE.to_owned(),
        partner_external_refs: vec!["sap:4711".to_owned()],
        period: run.period.clone(),
        total: total(&lines),
    };
    let own = evidence::statement(&statement, &lines);
    // Statements of others, of which no more than hashes are told.
    let statements = ["s1".to_owned(), own.clone(), "s3".to_owned()];
    let (mut in_run, statements_root) = proven(&statements, |text| text == own);
    let settled = SettledRun {
        run: &run,
        period: (day("2024-03-01"), day("2024-04-01")),
        year: (day("2024-01-01"), day("2025-01-01")),
        plans: std::slice::from_ref(&plan),
        statements_root: &hex::encode(statements_root),
    };
    let mut log = approvals(case, &plan);
    log.push(evidence::run(&settled));
    let mut postings = Vec::new();
    for (entry, text) in journal(case) {
        log.push(evidence::journal_entry(&entry));
        postings.push(text);
    }
    postings.truncate(postings.len() - case.left_out);
    let other = "of another statement".to_owned();
    log.insert(0, other.clone());
    log.extend(case.locked.map(lock));
    log.push(other.clone());
    let (entries, root) = proven(&log, |text| text != other);
    let signer = LogSigner::from_seed(&SEED);
    let head = Checkpoint { origin: ORIGIN.to_owned(), size: u64::try_from(log.len()).expect("small"), root };
    let given = |(fact, content): (Fact, String)| BundleFact {
        source_system: fact.source_system,
        source_id: fact.source_id,
        content,
    };
    let spec = serde_json::to_string(&plan.spec).expect("JSON");
    let mut bundle = Bundle {
        format: FORMAT.to_owned(),
        key: signer.key(ORIGIN).to_string(),
        checkpoint: head.sign(&signer).expect("signed"),
        statement: in_run.remove(0),
        lines: lines.iter().map(|line| evidence::statement_line(line, PAYEE)).collect(),
        plans: vec![BundlePlan { name: plan.version_name, spec }],
        facts: (!case.without_facts).then(|| facts.into_iter().map(given).collect()),
        postings,
        entries,
        issued: String::new(),
    };
    bundle.issued = signer.sign_text(ORIGIN, &bundle.issued_text());
    bundle.write()
}
