//! The suite as a whole.

#[cfg(test)]
mod authorisation;
#[cfg(test)]
mod command;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod import;
#[cfg(test)]
mod look;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod whole;
