//! Part of `tests/bench/runs`, which says what is measured: makes facts and measures the suite on them.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use tributary_bench::runs::{Size, run};

const USAGE: &str = "usage: runs-bench FACTS PARTNERS LATE DATA-DIRECTORY FACTS.csv";

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [facts, partners, late, data, csv] = arguments.as_slice() else { bail!(USAGE) };
    let number = |text: &str| text.parse::<u32>().context(USAGE);
    let size = Size { facts: number(facts)?, partners: number(partners)?, late: number(late)? };
    println!("{}", serde_json::to_string(&run(size, Path::new(data), Path::new(csv)).await?)?);
    Ok(())
}
