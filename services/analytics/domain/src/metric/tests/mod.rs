//! The metric layer, by hand and by law.

mod campaigns;
mod classes;
mod facts;
mod laws;
mod questions;
mod support;
mod values;
