//! What the service does besides answering.

mod alerts;
mod calendar;
mod reminders;

pub use alerts::evaluate_alerts;
pub use calendar::calendar;
pub use reminders::reminders;
