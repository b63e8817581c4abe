//! What the tests on data sets share: rows of a compressed table, facts with keys in order, and a run of one plan.

use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    path::{Path, PathBuf},
};

use flate2::read::MultiGzDecoder;
use incentive_calculation_domain::{
    assignment::Attributes,
    engine::{Engine, Figures, Inputs, LineResult, MeasuredFact, Payee, PlanInRun},
    fact::{FactKind, amount_at_fact_scale},
    plan::{self, PlanSpec},
};
use tributary_core::{Currency, Date, Decimal};

/// A row: column → value.
pub type Row = BTreeMap<String, String>;

/// A fact with its key.
#[derive(Debug, Clone)]
pub struct Fact {
    pub source_id: String,
    pub payee: String,
    pub day: Date,
    pub kind: FactKind,
    pub net: Decimal,
}

/// The folder with the data; says so when there is none.
pub fn folder(variable: &str, default: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let named = std::env::var_os(variable).map(PathBuf::from);
    let folder = root.join(named.clone().unwrap_or_else(|| PathBuf::from(default)));
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(named.is_none(), "{variable} names {}, which is no folder", folder.display());
    println!("skipped: no data in {default}; set {variable} to the folder");
    None
}

/// The files of a folder whose names begin and end like that, in order; at least one.
pub fn files(folder: &Path, begin: &str, end: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("readable").map(|entry| entry.expect("readable").path());
    let fits = |path: &PathBuf| {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        name.starts_with(begin) && name.ends_with(end)
    };
    let mut found: Vec<PathBuf> = entries.filter(fits).collect();
    found.sort();
    assert!(!found.is_empty(), "no {begin}*{end} in {}", folder.display());
    found
}

/// The rows of a compressed table with a header.
pub fn rows(path: &Path) -> Vec<Row> {
    let mut file = csv::Reader::from_reader(MultiGzDecoder::new(File::open(path).expect("readable")));
    let header = file.headers().expect("a header").clone();
    let named = |row: csv::StringRecord| header.iter().map(str::to_owned).zip(row.iter().map(str::to_owned)).collect();
    file.records().map(|row| named(row.expect("a row"))).collect()
}

pub fn decimal(text: &str) -> Decimal {
    Decimal::from_str_exact(text).expect("a decimal")
}

/// The lines of a plan, as publishing lets it pass, over all facts. Payees are numbered in the order of their names;
/// `figures` may name them.
pub fn run(
    spec: &PlanSpec,
    period: &str,
    code: &str,
    facts: &[Fact],
    figures: impl Fn(&HashMap<&str, u32>) -> Figures,
) -> Vec<LineResult> {
    let violations = plan::validate(spec).into_vec();
    assert!(violations.is_empty(), "{violations:?}");
    let currency = Currency::parse(code).expect("a currency");
    let in_run = PlanInRun {
        slot: "data".to_owned(),
        version_name: "plans/data/versions/1".to_owned(),
        digest: plan::digest(spec),
        spec: spec.clone(),
    };
    let names: BTreeMap<&str, u32> = facts.iter().map(|fact| (fact.payee.as_str(), 0)).collect();
    let numbers: HashMap<&str, u32> = names.into_keys().zip(0..).collect();
    let mut engine = Engine::new(period.parse().expect("a period"), vec![in_run]);
    let mut sorted: Vec<&Fact> = facts.iter().collect();
    sorted.sort_by(|a, b| a.source_id.cmp(&b.source_id));
    for fact in sorted {
        engine.absorb(&MeasuredFact {
            payee: numbers[fact.payee.as_str()],
            day: fact.day.days(),
            kind: fact.kind,
            currency,
            net: amount_at_fact_scale(currency, fact.net).expect("at most four more decimals"),
            gross: 0,
            cost: 0,
            quantity: 0,
            product_line: "",
            sku: "",
            channel: None,
            sub_channel: "",
            order_id: "",
            customer_key: "",
            original_source_id: "",
            region: "",
            source_system: "data",
            source_id: &fact.source_id,
            content_hash: &[0; 32],
        });
    }
    let payee = |name: &str| Payee {
        attributes: Attributes {
            partner: format!("partners/{name}"),
            business_key: name.to_owned(),
            ..Attributes::default()
        },
        ..Payee::default()
    };
    let payees = numbers.iter().map(|(name, number)| (*number, payee(name))).collect();
    let inputs = Inputs { payees, figures: figures(&numbers), ..Inputs::default() };
    engine.finish(&inputs).unwrap_or_else(|fault| panic!("{}", fault.message()))
}
