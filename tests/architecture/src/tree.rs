//! What the rules look at: the text files of the repository, by their path from its root.

use std::{fmt, fs, io, path::Path};

use walkdir::{DirEntry, WalkDir};

/// Directories that hold nothing of ours: build output, history, run-time data, files kept as published.
const SKIPPED: [&str; 6] = ["target", ".git", "data", "node_modules", "third_party", "__pycache__"];
/// Endings of the files the rules read.
const ENDINGS: [&str; 9] = [".rs", ".toml", ".proto", ".sql", ".md", ".yaml", ".yml", ".sh", ".py"];

/// A text file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Path from the root of the repository, with "/". Example: "shared/core/src/lib.rs".
    pub path: String,
    /// Its text.
    pub text: String,
}

impl SourceFile {
    /// A file with a text, for planted violations.
    #[must_use]
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// Whether the path ends with `ending`.
    #[must_use]
    pub fn is(&self, ending: &str) -> bool {
        self.path.ends_with(ending)
    }
}

/// A place that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Path from the root of the repository.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong and why the rule exists.
    pub reason: String,
}

impl Finding {
    /// A finding.
    #[must_use]
    pub fn new(path: &str, line: usize, reason: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, reason: reason.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.reason)
    }
}

/// Reads the text files under `root`, sorted by path.
///
/// # Errors
/// When a directory or a file cannot be read.
pub fn load(root: &Path) -> io::Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    for entry in WalkDir::new(root).sort_by_file_name().into_iter().filter_entry(|e| !skipped(e)) {
        let entry = entry?;
        let path = relative(root, entry.path());
        if entry.file_type().is_file() && wanted(&path) {
            files.push(SourceFile { text: fs::read_to_string(entry.path())?, path });
        }
    }
    Ok(files)
}

fn skipped(entry: &DirEntry) -> bool {
    entry.depth() > 0 && entry.file_type().is_dir() && entry.file_name().to_str().is_some_and(|n| SKIPPED.contains(&n))
}

fn wanted(path: &str) -> bool {
    path.starts_with(".ci/") || path == "justfile" || ENDINGS.iter().any(|e| path.ends_with(e))
}

fn relative(root: &Path, path: &Path) -> String {
    let parts = path.strip_prefix(root).unwrap_or(path).components();
    parts.map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}
