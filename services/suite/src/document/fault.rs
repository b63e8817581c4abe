//! What is wrong in a file, in words.

use std::fmt;

/// One fault in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFault {
    /// Path of the node; empty for the whole file.
    pub path: String,
    /// Line, from 1, if it is known.
    pub line: Option<usize>,
    /// What is wrong, with the value, and what to do.
    pub message: String,
}

impl fmt::Display for FileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.path.is_empty()) {
            (Some(line), false) => write!(f, "line {line}, {}: {}", self.path, self.message),
            (Some(line), true) => write!(f, "line {line}: {}", self.message),
            (None, false) => write!(f, "{}: {}", self.path, self.message),
            (None, true) => f.write_str(&self.message),
        }
    }
}

/// Every fault of one file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct FileFaults {
    /// The file's name.
    pub file: String,
    /// The faults, in the order of their lines.
    pub faults: Vec<FileFault>,
}

impl fmt::Display for FileFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.faults.as_slice() {
            [one] => write!(f, "{}: {one}", self.file),
            many => {
                write!(f, "{}: {} faults", self.file, many.len())?;
                many.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
            }
        }
    }
}
