//! Pages of metrics; `tests/bench/metrics` runs it.
#![expect(clippy::float_arithmetic, reason = "ratios of times, no money")]

use std::{env, path::Path};

use anyhow::{Result, bail};
use tributary_bench::metrics::{Times, measure};

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [lines, rounds, directory, redis @ ..] = arguments.as_slice() else {
        bail!("usage: LINES ROUNDS DIRECTORY [REDIS]");
    };
    let redis = redis.first().map(String::as_str);
    let Times { first, next, again } = measure(lines.parse()?, rounds.parse()?, Path::new(directory), redis).await?;
    let millis = |time: std::time::Duration| time.as_secs_f64() * 1_000.0;
    let ratio = |time: std::time::Duration| millis(first) / millis(time);
    let place = if redis.is_some() { "Redis, at the other replica" } else { "in process" };
    println!("{lines} lines, {place}:");
    println!("  first page after a write  {:9.2} ms", millis(first));
    println!("  the page after it         {:9.2} ms, ratio {:.0}", millis(next), ratio(next));
    println!("  the first page once more  {:9.2} ms, ratio {:.0}", millis(again), ratio(again));
    Ok(())
}
