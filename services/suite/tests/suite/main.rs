//! The suite as a whole.

#[cfg(test)]
mod command;
#[cfg(test)]
mod whole;
