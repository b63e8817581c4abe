//! Contracts from the draft to their end.

mod calendar;
mod desk;
mod import;
mod life;
mod lists;
mod renewal;
mod update;
