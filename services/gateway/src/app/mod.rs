//! What can be done: one file per use case.

pub mod audit;
pub mod authenticate;
pub mod bootstrap;
pub mod cache;
pub mod clients;
pub mod create_key;
pub mod feed;
pub mod list_keys;
pub mod revoke_key;
pub mod tokens;
pub mod webhooks;
