//! Rules on text: how long a file may be, what may not stand in it.

use crate::{
    Finding, SourceFile,
    lexer::{attributes, code_only, lines_with},
};

/// More lines than this do not fit in one's head.
pub const MOST_LINES: usize = 500;

/// Marks of unfinished work. Spelled in two parts, because this file is read too.
const MARKS: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
/// Macros of unfinished work.
const UNFINISHED: [&str; 2] = ["todo", "unimplemented"];
/// How a literal ends after which rows of keys would follow.
const LIST_BEGUN: &str = concat!(") IN ", "(\"");

/// No Rust file is longer than 500 lines.
#[must_use]
pub fn files_are_short(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|f| f.is(".rs")) {
        let lines = file.text.lines().count();
        if lines > MOST_LINES {
            let reason = format!("{lines} lines, at most {MOST_LINES}: split it by what changes together");
            findings.push(Finding::new(&file.path, MOST_LINES + 1, reason));
        }
    }
    findings
}

/// Lints are not switched off by `allow`; an `expect` with a reason says why and ends when the cause is gone.
#[must_use]
pub fn no_lint_is_allowed(files: &[SourceFile]) -> Vec<Finding> {
    let why = "use `expect` with a reason: it fails once the reason is gone";
    attributes_where(files, why, |attribute| attribute_calls(attribute, "allow"))
}

/// Every test runs.
#[must_use]
pub fn no_test_is_ignored(files: &[SourceFile]) -> Vec<Finding> {
    let why = "a test that does not run protects nothing: make it run, or say at run time that it skips";
    attributes_where(files, why, |attribute| !lines_with(attribute, "ignore", false).is_empty())
}

/// Nothing unfinished is marked and left.
#[must_use]
pub fn nothing_is_left_open(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        for mark in MARKS {
            for line in lines_with(&file.text, mark, false) {
                let reason = format!("'{mark}': finish it, or write it down where work is planned");
                findings.push(Finding::new(&file.path, line, reason));
            }
        }
        if file.is(".rs") {
            let code = code_only(&file.text);
            for name in UNFINISHED {
                let calls = lines_with(&code, &format!("{name}!"), false);
                findings
                    .extend(calls.iter().map(|line| Finding::new(&file.path, *line, format!("'{name}!': finish it"))));
            }
        }
    }
    findings
}

/// Lists of keys with several columns are written by `push_rows`: in another form SQLite reads a whole table for them.
#[must_use]
pub fn lists_of_keys_use_indexes(files: &[SourceFile]) -> Vec<Finding> {
    let why = "SQLite uses no index for this list: write it with tributary_sql::push_rows";
    let mut findings = Vec::new();
    for file in files.iter().filter(|f| f.is(".rs")) {
        let lines = (1..).zip(file.text.lines()).filter(|(_, line)| line.contains(LIST_BEGUN));
        findings.extend(lines.map(|(line, _)| Finding::new(&file.path, line, why.to_owned())));
    }
    findings
}

fn attributes_where(files: &[SourceFile], why: &str, bad: impl Fn(&str) -> bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|f| f.is(".rs")) {
        for (line, attribute) in attributes(&code_only(&file.text)) {
            if bad(&attribute) {
                let first = attribute.split_whitespace().collect::<Vec<_>>().join(" ");
                findings.push(Finding::new(&file.path, line, format!("[{first}]: {why}")));
            }
        }
    }
    findings
}

/// Whether `name(` stands in the attribute as a word of its own, directly or inside `cfg_attr`.
fn attribute_calls(attribute: &str, name: &str) -> bool {
    attribute.match_indices(name).any(|(at, _)| {
        let before = attribute.get(..at).and_then(|s| s.chars().next_back());
        let after = attribute.get(at + name.len()..).unwrap_or_default().trim_start();
        after.starts_with('(') && !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::{
        LIST_BEGUN, MARKS, files_are_short, lists_of_keys_use_indexes, no_lint_is_allowed, no_test_is_ignored,
        nothing_is_left_open,
    };
    use crate::SourceFile;

    #[test]
    fn a_long_file_is_found() {
        let long = SourceFile::new("a.rs", &"let x = 1;\n".repeat(501));
        let fits = SourceFile::new("b.rs", &"let x = 1;\n".repeat(500));
        let found = files_are_short(&[long, fits]);
        assert_eq!(found.iter().map(|f| f.path.as_str()).collect::<Vec<_>>(), ["a.rs"]);
    }

    #[test]
    fn an_allowed_lint_is_found() {
        for bad in
            ["#[allow(dead_code)]", "#![allow(unused)]", "#[cfg_attr(test, allow(dead_code))]", "#[\nallow (x)\n]"]
        {
            assert_eq!(no_lint_is_allowed(&[SourceFile::new("a.rs", bad)]).len(), 1, "{bad}");
        }
        let fine = "// #[allow(x)]\n#[expect(dead_code, reason = \"allow(x)\")]\nfn allow(x: u8) {}\n#[disallow(x)]";
        assert!(no_lint_is_allowed(&[SourceFile::new("a.rs", fine)]).is_empty());
    }

    #[test]
    fn an_ignored_test_is_found() {
        for bad in ["#[ignore]", "#[ignore = \"slow\"]", "#[cfg_attr(windows, ignore)]"] {
            assert_eq!(no_test_is_ignored(&[SourceFile::new("a.rs", bad)]).len(), 1, "{bad}");
        }
        let fine = "#[arg(ignore_case = true)] fn ignore() {}";
        assert!(no_test_is_ignored(&[SourceFile::new("a.rs", fine)]).is_empty());
    }

    #[test]
    fn a_list_of_keys_without_an_index_is_found() {
        let bad = format!("query.push(\"WHERE t = 1 AND (a, b{LIST_BEGUN});");
        assert_eq!(lists_of_keys_use_indexes(&[SourceFile::new("a.rs", &bad)]).len(), 1, "{bad}");
        let fine = "query.push(\" AND (a, b) IN \");\nquery.push(\" AND a IN (\");";
        assert!(lists_of_keys_use_indexes(&[SourceFile::new("a.rs", fine)]).is_empty());
    }

    #[test]
    fn marks_of_unfinished_work_are_found() {
        for mark in MARKS {
            let file = SourceFile::new("a.proto", &format!("// fine\n// {mark}: later\n"));
            assert_eq!(nothing_is_left_open(&[file]).iter().map(|f| f.line).collect::<Vec<_>>(), [2]);
        }
        let file = SourceFile::new("a.rs", &format!("fn f() {{ {}!() }}", "todo"));
        assert_eq!(nothing_is_left_open(&[file]).len(), 1);
    }
}
