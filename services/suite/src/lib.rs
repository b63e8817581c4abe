//! The `tributary` command: the whole suite in one process (`up`), one service of it (`serve`), and what people do
//! with it from a shell.

pub mod cli;
pub mod demo;
pub mod document;
pub mod import;
pub mod mapping;
pub mod output;
pub mod planfile;
pub mod settings;
pub mod suite;
