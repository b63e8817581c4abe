//! From a real outbox over the bus into a real inbox: one effect per event, in order per subject, nothing lost. One
//! suite for both buses, and what only one of them can do.

#[cfg(test)]
mod in_process;
#[cfg(test)]
mod over_redis;
#[cfg(test)]
mod relay;
#[cfg(test)]
mod world;
