//! The suite as a whole.

#[cfg(test)]
mod whole;
