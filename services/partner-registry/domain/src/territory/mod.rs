//! Territories (PR-08): the tree of regions, rights to sell in them, and how two rights come into each other's way.
//!
//! - [`code`]: official codes, and the place in the tree that follows from them.
//! - [`geo`]: points, distances on the sphere, boxes.
//! - [`region`]: regions as they are imported and changed.
//! - [`overlap`]: whether two territories overlap, or why that cannot be decided.
//! - [`right`]: what a right says, how two of them conflict, how one ends.

pub mod code;
pub mod geo;
pub mod overlap;
pub mod region;
pub mod right;

pub use code::{RegionCode, RegionLevel};
pub use geo::{Point, Rect};
pub use overlap::{Atlas, Circle, Overlap, Place, Territory};
pub use region::{Region, RegionDraft, Shape};
pub use right::{Clash, Ending, Relation, Right, Terms};
