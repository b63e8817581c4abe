//! The incentive-calculation service.
