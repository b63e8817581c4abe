//! Early warning through the generated client, fed by events on a bus in the process.

mod actions;
mod concurrency;
mod copies;
mod days;
mod feeds;
mod incentive;
mod pace;
mod progress;
mod rules;
mod world;
