//! How long a call may take, for those who forward calls. The rules are those of the layer around every service.

pub use crate::layers::deadline::{DEFAULT_DEADLINE, MAX_DEADLINE, asked};
