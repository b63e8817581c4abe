//! The `tributary` command.

use std::process::ExitCode;

use clap::Parser as _;
use tributary::cli::{Cli, run};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => {
            tributary::output::note(&format!("error: no runtime: {e}"));
            return ExitCode::from(3);
        }
    };
    match runtime.block_on(run(cli)) {
        Ok(done) => ExitCode::from(done.exit_code()),
        Err(failure) => {
            tributary::output::note(&format!("error: {failure}"));
            ExitCode::from(failure.exit_code())
        }
    }
}
