//! The Rust sides of the attribution bench; `tests/bench/attribution` runs it.

use std::{
    env,
    io::{self, BufRead as _},
    path::Path,
};

use anyhow::{Result, bail};
use tributary_bench::attribution::{Measured, compared, generate, measure, tables};

const USAGE: &str =
    "generate PATHS CHANNELS FILE | measure SIDE ORDER RUNS FILE | report [--json], measured lines on stdin";

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["generate", paths, channels, file] => generate(paths.parse()?, channels.parse()?, Path::new(file)),
        ["measure", side, order, runs, file] => {
            let side = serde_json::from_value((*side).into())?;
            println!("{}", serde_json::to_string(&measure(side, order.parse()?, runs.parse()?, Path::new(file))?)?);
            Ok(())
        }
        ["report", format @ ..] => report(format.contains(&"--json")),
        _ => bail!("usage: {USAGE}"),
    }
}

fn report(json: bool) -> Result<()> {
    let mut measured: Vec<Measured> = Vec::new();
    for line in io::stdin().lock().lines() {
        measured.push(serde_json::from_str(&line?)?);
    }
    let cases = compared(&measured)?;
    if !json {
        print!("{}", tables(&cases));
        return Ok(());
    }
    for case in cases {
        println!("{}", serde_json::to_string(&case)?);
    }
    Ok(())
}
