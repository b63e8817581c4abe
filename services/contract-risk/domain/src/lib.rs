//! The rules of contracts. Pure.
