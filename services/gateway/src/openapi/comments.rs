//! The comments of the contract, by what they stand above.

use std::collections::HashMap;

use prost_reflect::{DescriptorPool, FileDescriptor};

/// All leading comments.
#[derive(Debug, Default)]
pub(crate) struct Comments(HashMap<(String, Vec<i32>), String>);

impl Comments {
    pub(crate) fn of(pool: &DescriptorPool) -> Self {
        let mut all = HashMap::new();
        for file in pool.files() {
            let info = file.file_descriptor_proto().source_code_info.as_ref();
            for location in info.into_iter().flat_map(|info| &info.location) {
                let text = location.leading_comments().lines().map(|line| line.strip_prefix(' ').unwrap_or(line));
                let text = text.collect::<Vec<_>>().join("\n").trim().to_owned();
                if !text.is_empty() {
                    all.insert((file.name().to_owned(), location.path.clone()), text);
                }
            }
        }
        Self(all)
    }

    /// The comment above something; empty when there is none. Lines of a paragraph are joined.
    pub(crate) fn get(&self, file: &FileDescriptor, path: &[i32]) -> String {
        let text = self.0.get(&(file.name().to_owned(), path.to_vec())).map(String::as_str).unwrap_or_default();
        let paragraphs = text.split("\n\n").map(|p| {
            // A list stays a list.
            let kept =
                p.lines().skip(1).any(|line| line.trim_start().starts_with(['-', '*']) || line.starts_with("  "));
            if kept { p.to_owned() } else { p.lines().collect::<Vec<_>>().join(" ") }
        });
        without_links(&paragraphs.collect::<Vec<_>>().join("\n\n"))
    }
}

/// Google's comments link as `[Text][full.name]`: the text stays.
fn without_links(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("][") {
        let Some((open, (_, tail))) = before.rfind('[').zip(after.split_once(']')) else { break };
        let (kept, word) = before.split_at_checked(open).unwrap_or((before, ""));
        out.push_str(kept);
        out.push_str(word.trim_start_matches('['));
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// The first sentence of a text, without its dot.
pub(super) fn first_sentence(text: &str) -> String {
    let end = text.match_indices(". ").map(|(at, _)| at).find(|at| {
        // Not the dots of "e.g. " and "i.e. ".
        !text.get(..*at).is_some_and(|before| before.ends_with("e.g") || before.ends_with("i.e"))
    });
    let sentence = end.and_then(|at| text.get(..at)).unwrap_or(text);
    sentence.split("\n\n").next().unwrap_or_default().trim_end_matches('.').to_owned()
}

/// What a comment gives as example of a text: the first quoted text behind "Example:".
pub(super) fn example(comment: &str) -> Option<String> {
    let (_, after) = comment.split_once("Example: ")?;
    let (text, _) = after.strip_prefix('"')?.split_once('"')?;
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{example, first_sentence, without_links};

    #[test]
    fn sentences_and_examples_are_found() {
        assert_eq!(first_sentence("Lists keys, e.g. all. Then more."), "Lists keys, e.g. all");
        assert_eq!(first_sentence("One."), "One");
        assert_eq!(example("Who. Example: \"erp-production\", \"li.wei\".").as_deref(), Some("erp-production"));
        assert_eq!(example("Example: 7"), None);
        assert_eq!(without_links("an [Op][google.Op], [b] and [c][d]."), "an Op, [b] and c.");
        assert_eq!(without_links("][ and [a][b"), "][ and [a][b");
    }
}
