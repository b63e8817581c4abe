//! `ObligationService` through its generated client, with a clock that is set by hand, on every engine.

mod concurrency;
mod desk;
mod import;
mod life;
mod lists;
mod on_time;
mod payments;
mod reminders;
mod series;
