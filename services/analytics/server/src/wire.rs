//! Puts everything together.

use std::sync::Arc;

use tributary_bus::Bus;
use tributary_core::{Clock, Fault, IdSource};
use tributary_rpc::{
    Edge,
    client::Backend,
    service::{Service, ServiceBuilder},
    token::{TokenSigner, TokenVerifier},
};

use crate::{DOMAIN, NAME, config::Settings};

/// What the service gets from outside.
pub struct Deps {
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// Where events come from.
    pub bus: Arc<dyn Bus>,
    /// Whose tokens are trusted.
    pub verifier: TokenVerifier,
    /// Signs the service's own calls.
    pub signer: Arc<TokenSigner>,
    /// incentive-calculation.
    pub incentive_calculation: Backend,
}

/// Opens the store and builds the service.
///
/// # Errors
/// When the store cannot be opened or migrated.
pub async fn build(_settings: Settings, deps: Deps) -> Result<Service, Fault> {
    ServiceBuilder::new(NAME, &Edge::new(DOMAIN), deps.verifier, deps.clock, deps.ids).build().await
}
