//! The `tributary` command: the whole suite in one process (`up`), one service of it (`serve`), and what people do
//! with it from a shell.

pub mod settings;
pub mod suite;
