//! `TargetService` and the watch over targets.

mod changes;
mod progress;
mod support;
mod watch;
