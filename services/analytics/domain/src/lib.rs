//! Measures over sales facts. Pure.
