//! The stores: one SQL text, mounted once per engine.

pub mod postgres;
pub mod sqlite;
