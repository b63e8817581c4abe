//! Start and stop: signals, drain, worker supervision, the hard limit.
