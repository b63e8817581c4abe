//! Tiers (PR-07). A *programme* says as data what each tier requires and gives ([`programme`], [`check`]), in versions
//! that two people put in force ([`version`]). An *evaluation* holds what is known of a partner on a day against it
//! ([`evaluate`]) and makes a decision ([`decision`]), said in words by [`words`]. A decision becomes an *assignment*
//! ([`assignment`]), unless one made by hand stands above it. What a tier gives on a day is an *entitlement*
//! ([`benefit`]).

pub mod assignment;
pub mod benefit;
pub mod check;
pub mod decision;
pub mod evaluate;
pub mod programme;
pub mod version;
pub mod words;

pub use assignment::{TierAssignment, TierOrigin};
pub use benefit::{Entitlement, PriceAgreement, Usage};
pub use decision::{Decision, Held, Move};
pub use evaluate::{Certificate, Certified, Figure, FigureValue, Finding, Inputs, Purchase, Standing};
pub use programme::{Benefit, Grant, Programme, Requirement, Test, Tier, Window};
pub use version::{ProgrammeState, Version};
