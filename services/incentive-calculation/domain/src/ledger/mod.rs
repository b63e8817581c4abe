//! The ledger (IC-25): double entry in several commodities. A [`Book`] applies transactions to accounts and keeps their
//! limits; a [`journal`] of chained entries is what everything else follows from; [`verify`] recomputes it.
//!
//! Two-phase movements follow TigerBeetle's transfers: what is pending is taken from the available amount of the account
//! that gives and is not yet there for the one that receives.

pub mod account;
pub mod book;
pub mod commodity;
pub mod journal;
pub mod transaction;
pub mod verify;

pub use account::{Account, AccountKey, Holder, Purpose, Side};
pub use book::{Book, Movement};
pub use commodity::Commodity;
pub use journal::{Content, Entry};
pub use transaction::{NewTransaction, Posting, State, Transaction, TransactionId};
