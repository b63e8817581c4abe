//! Part of `tests/bench/runs`, which says what is measured: makes facts and measures the suite on them.

use anyhow::{Context as _, Result, bail};
use tributary_bench::runs::{Place, Size, run};

const USAGE: &str = "usage: runs-bench FACTS PARTNERS LATE DATA-DIRECTORY FACTS.csv [POSTGRES-STORE]";

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (arguments, store) = match arguments.as_slice() {
        [first @ .., store] if first.len() == 5 => (first, Some(store.clone())),
        all => (all, None),
    };
    let [facts, partners, late, data, csv] = arguments else { bail!(USAGE) };
    let number = |text: &str| text.parse::<u32>().context(USAGE);
    let size = Size { facts: number(facts)?, partners: number(partners)?, late: number(late)? };
    let place = Place { data: data.into(), store, csv: csv.into() };
    println!("{}", serde_json::to_string(&run(size, &place).await?)?);
    Ok(())
}
