//! The contract-risk service.
