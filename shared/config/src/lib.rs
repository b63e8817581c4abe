//! Configuration: defaults < file < environment < flags. Unknown keys are errors that name the key; what is printed is
//! redacted.
//!
//! A setting `a.b` is `b` in the table `[a]` of the TOML file, `PREFIX_A__B` in the environment, `a.b` among the flags.
//! A variable without "__" counts only when it names a setting, because the command line has variables of its own
//! (`TRIBUTARY_API_KEY`). Lists are written `x,y` or, as in the file, `["x", "y"]`.

mod load;
mod redact;

pub use load::{ConfigError, load};
pub use redact::redacted;
