//! Incentive plans, measures, rewards, traces. Pure and exact.
