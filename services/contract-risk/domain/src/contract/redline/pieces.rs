//! The redline of a text: first sentence by sentence, then, where sentences were replaced, word by word (character by
//! character in Chinese).

use similar::{Algorithm, DiffOp, DiffableStr as _, capture_diff_slices};

/// What one comparison of two revisions may cost. The cost of a difference is at most the square of its pieces; texts
/// that cost more than is left are struck out and put in as a whole. Counted, not timed: the answer is always the same.
const COMPARISON: usize = 50_000_000;

/// A piece of a redline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What happened to it.
    pub kind: PieceKind,
    /// The text, never empty.
    pub text: String,
}

/// What happened to a piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceKind {
    /// Kept.
    Kept,
    /// Struck out.
    Deleted,
    /// Put in.
    Inserted,
}

/// What is left to spend.
pub(super) struct Budget(usize);

impl Budget {
    pub fn new() -> Self {
        Self(COMPARISON)
    }

    /// The redline from one text to another.
    pub fn redline(&mut self, before: &str, after: &str) -> Vec<Piece> {
        let mut pieces = Pieces::default();
        self.by_sentence(before, after, &mut pieces);
        pieces.0
    }

    fn by_sentence(&mut self, before: &str, after: &str, pieces: &mut Pieces) {
        let (old, new) = (sentences(before), sentences(after));
        for (deleted, inserted, kept) in self.runs(&old, &new) {
            if kept {
                pieces.push(PieceKind::Kept, &deleted.concat());
            } else {
                self.by_word(&deleted.concat(), &inserted.concat(), pieces);
            }
        }
    }

    fn by_word(&mut self, before: &str, after: &str, pieces: &mut Pieces) {
        let (old, new) = (before.tokenize_unicode_words(), after.tokenize_unicode_words());
        for (deleted, inserted, kept) in self.runs(&old, &new) {
            if kept {
                pieces.push(PieceKind::Kept, &deleted.concat());
            } else {
                pieces.push(PieceKind::Deleted, &deleted.concat());
                pieces.push(PieceKind::Inserted, &inserted.concat());
            }
        }
    }

    /// Runs of what is kept (`true`) and of what one side has in place of the other.
    fn runs<'a>(&mut self, old: &[&'a str], new: &[&'a str]) -> Vec<(Vec<&'a str>, Vec<&'a str>, bool)> {
        let all = |side: &[&'a str]| side.to_vec();
        if !self.affords(old, new) {
            return vec![(all(old), all(new), false)];
        }
        let part = |side: &[&'a str], range: std::ops::Range<usize>| side.get(range).map(all).unwrap_or_default();
        let mut runs: Vec<(Vec<&'a str>, Vec<&'a str>, bool)> = Vec::new();
        for op in capture_diff_slices(Algorithm::Myers, old, new) {
            let kept = matches!(op, DiffOp::Equal { .. });
            let (deleted, inserted) = (part(old, op.old_range()), part(new, op.new_range()));
            match runs.last_mut() {
                Some((before, after, false)) if !kept => {
                    before.extend(deleted);
                    after.extend(inserted);
                }
                _ => runs.push((deleted, inserted, kept)),
            }
        }
        runs
    }

    /// Pays for a difference, if that much is left.
    fn affords(&mut self, old: &[&str], new: &[&str]) -> bool {
        let prefix = old.iter().zip(new).take_while(|(a, b)| a == b).count();
        let suffix = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
        let same = prefix.saturating_add(suffix).saturating_mul(2);
        let pieces = old.len().saturating_add(new.len()).saturating_sub(same);
        match self.0.checked_sub(pieces.saturating_mul(pieces)) {
            Some(left) => {
                self.0 = left;
                true
            }
            None => false,
        }
    }
}

/// The sentences and lines of a text, each with what ends it and the white space after.
fn sentences(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let (mut start, mut ends) = (0, false);
    for ((at, c), next) in text.char_indices().zip(text.chars().skip(1).map(Some).chain([None])) {
        let is_space = |c: Option<char>| c.is_none_or(char::is_whitespace);
        ends = match c {
            '\n' | '。' | '；' | '！' | '？' => true,
            // A point within a number ends nothing.
            '.' | ';' | '!' | '?' => is_space(next),
            c if c.is_whitespace() => ends,
            _ => false,
        };
        if ends && !next.is_some_and(char::is_whitespace) {
            let end = at.saturating_add(c.len_utf8());
            sentences.extend(text.get(start..end));
            start = end;
        }
    }
    sentences.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    sentences
}

/// Pieces under way: neighbours of one kind become one.
#[derive(Default)]
struct Pieces(Vec<Piece>);

impl Pieces {
    fn push(&mut self, kind: PieceKind, text: &str) {
        match self.0.last_mut() {
            _ if text.is_empty() => {}
            Some(last) if last.kind == kind => last.text.push_str(text),
            _ => self.0.push(Piece { kind, text: text.to_owned() }),
        }
    }
}
