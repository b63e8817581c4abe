//! Rules and alerts, by hand and by law.

mod check;
mod conditions;
mod hysteresis;
mod laws;
mod pace;
mod people;
mod versions;
mod world;
