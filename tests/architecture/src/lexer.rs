//! As much of Rust's lexing as the rules need: code without its comments and literals, and words found in it by line.

/// The code of `text` with every comment and every string or character literal replaced by spaces. Lines stay where
/// they are, so that a place found in the result is a place in the text.
#[must_use]
pub fn code_only(text: &str) -> String {
    let source: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    let mut in_word = false;
    while let Some(&c) = source.get(at) {
        let end = literal_or_comment(&source, at, in_word);
        if end > at {
            code.extend(source.get(at..end).unwrap_or_default().iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
            in_word = false;
        } else {
            code.push(c);
            in_word = is_word(c);
            at += 1;
        }
    }
    code
}

/// The lines, from 1, on which `words` stands as words of its own: "sqlx" is found in "sqlx::Pool", not in "my_sqlx".
/// With `prefix`, a longer word that goes on with "_" counts too ("tonic" finds "tonic_types").
#[must_use]
pub fn lines_with(code: &str, words: &str, prefix: bool) -> Vec<usize> {
    let mut lines = Vec::new();
    for (line, content) in (1..).zip(code.lines()) {
        let found = content.match_indices(words).any(|(start, _)| {
            let before = content.get(..start).and_then(|s| s.chars().next_back());
            let after = content.get(start + words.len()..).and_then(|s| s.chars().next());
            !before.is_some_and(is_word) && after.is_none_or(|c| !is_word(c) || (prefix && c == '_'))
        });
        if found {
            lines.push(line);
        }
    }
    lines
}

/// The attributes of `code` (without comments and literals): line, and what stands between the brackets.
#[must_use]
pub fn attributes(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (start, _) in code.match_indices('#') {
        let rest = code.get(start + 1..).unwrap_or_default();
        let rest = rest.strip_prefix('!').unwrap_or(rest).trim_start();
        if !rest.starts_with('[') {
            continue;
        }
        let mut depth = 0_usize;
        let end = rest.char_indices().find_map(|(i, c)| {
            match c {
                '[' => depth += 1,
                ']' => depth -= 1,
                _ => {}
            }
            (depth == 0).then_some(i)
        });
        let inside = rest.get(1..end.unwrap_or(rest.len())).unwrap_or_default();
        let line = 1 + code.get(..start).unwrap_or_default().matches('\n').count();
        found.push((line, inside.to_owned()));
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Where the comment or literal that starts at `at` ends; `at` itself when none starts there.
fn literal_or_comment(source: &[char], at: usize, in_word: bool) -> usize {
    let char_at = |i: usize| source.get(i).copied();
    match (char_at(at), char_at(at + 1)) {
        (Some('/'), Some('/')) => (at..).find(|i| char_at(*i).is_none_or(|c| c == '\n')).unwrap_or(source.len()),
        (Some('/'), Some('*')) => block_comment(source, at),
        (Some('"'), _) => quoted(source, at, '"'),
        (Some('\''), Some('\\')) => quoted(source, at, '\''),
        (Some('\''), Some(_)) if char_at(at + 2) == Some('\'') => at + 3,
        (Some('r' | 'b' | 'c'), _) if !in_word => raw_or_byte(source, at),
        _ => at,
    }
}

/// A block comment may hold others.
fn block_comment(source: &[char], at: usize) -> usize {
    let mut depth = 0_usize;
    let mut i = at;
    while i < source.len() {
        match (source.get(i), source.get(i + 1)) {
            (Some('/'), Some('*')) => {
                depth += 1;
                i += 2;
            }
            (Some('*'), Some('/')) => {
                depth -= 1;
                i += 2;
                if depth == 0 {
                    break;
                }
            }
            _ => i += 1,
        }
    }
    i.min(source.len())
}

fn quoted(source: &[char], at: usize, quote: char) -> usize {
    let mut i = at + 1;
    while let Some(&c) = source.get(i) {
        match c {
            '\\' => i += 2,
            c if c == quote => return i + 1,
            _ => i += 1,
        }
    }
    source.len()
}

/// `r"…"`, `r#"…"#`, `b"…"`, `br#"…"#`, `c"…"`, `b'…'`; `at` itself when the letters begin an ordinary word.
fn raw_or_byte(source: &[char], at: usize) -> usize {
    let mut i = at;
    let mut raw = false;
    while let Some(&c @ ('r' | 'b' | 'c')) = source.get(i) {
        raw |= c == 'r';
        i += 1;
    }
    if i - at > 2 {
        return at;
    }
    if !raw {
        return match source.get(i) {
            Some('"') => quoted(source, i, '"'),
            Some('\'') => quoted(source, i, '\''),
            _ => at,
        };
    }
    let hashes = source.iter().skip(i).take_while(|c| **c == '#').count();
    if source.get(i + hashes) != Some(&'"') {
        return at;
    }
    let mut end = i + hashes + 1;
    while end < source.len() {
        let closes = source.get(end) == Some(&'"')
            && source.iter().skip(end + 1).take(hashes).filter(|c| **c == '#').count() == hashes;
        if closes {
            return end + 1 + hashes;
        }
        end += 1;
    }
    source.len()
}

#[cfg(test)]
mod tests {
    use super::{attributes, code_only, lines_with};

    #[test]
    fn comments_and_literals_are_blanked_and_lines_stay() {
        let text = "a // sqlx\n/* sqlx /* sqlx */ sqlx\n*/ b\nlet s = \"sqlx \\\" sqlx\"; let c = '\"'; c\n\
                    r#\"sqlx \" sqlx\"# d b\"sqlx\" '\\'' fn f<'a>(x: &'a str) sqlx";
        let code = code_only(text);
        assert_eq!(code.lines().count(), text.lines().count());
        assert_eq!(lines_with(&code, "sqlx", false), [5]);
        for kept in ["a", "b", "c", "d", "&'a str"] {
            assert!(code.contains(kept), "{kept} is code");
        }
    }

    #[test]
    fn words_have_bounds() {
        let code = "use sqlx::Pool;\nlet my_sqlx = 1;\nuse sqlx_core::X;\nnosqlx";
        assert_eq!(lines_with(code, "sqlx", false), [1]);
        assert_eq!(lines_with(code, "sqlx", true), [1, 3]);
    }

    #[test]
    fn attributes_are_found_over_lines() {
        let code = "#![deny(x)]\n#[cfg_attr(\n    test,\n    allow(dead_code)\n)]\nfn f() {}\nlet a = [1];";
        let found = attributes(code);
        assert_eq!(found.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 2]);
        assert!(found.iter().any(|(_, a)| a.contains("allow(dead_code)")));
    }
}
