//! The partner-registry service.
