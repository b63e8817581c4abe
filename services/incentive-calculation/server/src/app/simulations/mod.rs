//! What-if (IC-22): asks for a simulation, works it out as an operation, reads what came of it, and forgets it.

mod forget;
mod read;
mod start;
mod work;

pub use forget::forget;
pub use start::{Draft, NewSimulation};
pub use work::SimulationWorker;

/// Kind of the operation that works a simulation out.
pub const SIMULATION_OPERATION: &str = "incentive.simulation";
