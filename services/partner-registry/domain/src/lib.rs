//! The rules of partners, their documents, tiers, hierarchies, deals and people. Pure: values in, values out; no store, no transport,
//! no clock.
//!
//! - [`partner`], [`profile`], [`update`]: what a partner is, how it is checked and changed (PR-01).
//! - [`status`]: the state machine of a partner.
//! - [`own_name`]: names of what belongs to a partner.
//! - [`uscc`], [`duplicates`]: register numbers and near-equal names.
//! - [`tier`]: the tier programme, evaluations and decisions, tiers by valid time and record time, benefits (PR-07).
//! - [`hierarchy`]: who works under whom, by date (PR-09).
//! - [`territory`]: regions, and exclusive and other rights to sell in them (PR-08).
//! - [`document`]: licences and certificates, their review and expiry, and the gate they make (PR-05).
//! - [`deal`]: leads that partners register, conflicts, protection (PR-10).
//! - [`training`]: courses, sessions, persons, exam results and the certificates that follow from them (PR-11).

pub mod deal;
pub mod document;
pub mod duplicates;
pub mod etag;
pub mod faults;
pub mod hierarchy;
pub mod kind;
pub mod own_name;
pub mod partner;
pub mod profile;
pub mod region;
pub mod status;
pub mod territory;
pub mod text;
pub mod tier;
pub mod training;
pub mod update;
pub mod uscc;

pub use deal::{Deal, DealName, DealPolicy, DealRevision, DealState};
pub use document::{
    Change, Document, DocumentContent, DocumentDraft, DocumentKind, DocumentName, DocumentRevision, DocumentState,
    Review,
};
pub use duplicates::{Candidate, Named};
pub use hierarchy::{Hierarchy, Link, Node};
pub use kind::PartnerKind;
pub use own_name::OwnName;
pub use partner::{Action, Partner, Revision};
pub use profile::{Address, Contact, Draft, ExternalRef, Profile, Registration};
pub use status::{PartnerStatus, Standing, StatusVerb};
pub use tier::{TierAssignment, TierOrigin};
