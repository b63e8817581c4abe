//! `tributary openapi`: the OpenAPI document of this version, without a server.

use clap::Args;
use tributary_gateway::openapi::Version;

use super::Failure;
use crate::output;

/// Arguments of `tributary openapi`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tributary openapi > openapi.json                          for generators of clients
  tributary openapi --version 2.0 > openapi-2.0.json        for tools that know only Swagger 2.0")]
pub struct OpenapiArgs {
    /// Version of the document: 3.1 or 2.0
    #[arg(long, value_name = "VERSION", default_value = "3.1")]
    pub version: Version,
}

/// Prints the document.
pub(super) fn run(args: &OpenapiArgs) -> Result<(), Failure> {
    let document = tributary_gateway::openapi_document(args.version).map_err(Failure::server)?;
    output::line(&format!("{document:#}"));
    Ok(())
}
