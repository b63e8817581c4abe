//! The feed from an event to a sink, over a stand-in for incentive-calculation behind the true layers.

#![cfg(test)]

mod events;
mod incentive;
mod support;
