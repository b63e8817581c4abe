//! The PostgreSQL databases that a suite makes for its services, gone with the test.

use std::{
    process::{self, Command},
    sync::atomic::{AtomicU32, Ordering},
};

use anyhow::{Context as _, ensure};
use tributary::settings::ServiceName;
use tributary_testkit::POSTGRES_VARIABLE;

/// Databases with one prefix on a server.
#[derive(Debug)]
pub struct Databases {
    server: String,
    prefix: String,
}

impl Databases {
    /// On the server that tests share, under a prefix of its own.
    ///
    /// # Errors
    /// When there is no such server.
    pub fn plan() -> anyhow::Result<Self> {
        let server = std::env::var(POSTGRES_VARIABLE).with_context(|| format!("{POSTGRES_VARIABLE} is not set"))?;
        Ok(Self { server, prefix: fresh_prefix() })
    }

    /// What `store` is set to: the server's address with the prefix in place of its database.
    #[must_use]
    pub fn url(&self) -> String {
        let (place, options) = self.server.split_once('?').map_or((self.server.as_str(), None), |(p, o)| (p, Some(o)));
        let server = place.rsplit_once('/').map_or(place, |(server, _)| server);
        let options = options.map(|o| format!("?{o}")).unwrap_or_default();
        format!("{server}/{}{options}", self.prefix)
    }

    /// Removes the database of a service; a suite that starts makes it anew.
    ///
    /// # Errors
    /// When psql cannot.
    pub fn remove(&self, service: ServiceName) -> anyhow::Result<()> {
        ensure!(self.drop_all(&[service]), "the database of {service} stays: psql could not drop it");
        Ok(())
    }

    fn drop_all(&self, services: &[ServiceName]) -> bool {
        let mut psql = Command::new("psql");
        psql.args(["-X", "-q", "-w", "-v", "ON_ERROR_STOP=1"]).env("PGOPTIONS", "-c client_min_messages=warning");
        for service in services {
            let name = format!("{}_{}", self.prefix, service.as_str().replace('-', "_"));
            psql.args(["-c", &format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)")]);
        }
        psql.arg(&self.server).status().is_ok_and(|status| status.success())
    }
}

impl Drop for Databases {
    fn drop(&mut self) {
        if !self.drop_all(&ServiceName::ALL) {
            eprintln!("the test databases {}_* stay: psql could not drop them", self.prefix);
        }
    }
}

/// Differs between processes and within one; names databases and keys in Redis.
pub(super) fn fresh_prefix() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("tributary_e2e_{}_{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}
