//! Colour, where somebody looks: on a terminal, unless NO_COLOR is set (<https://no-color.org>).

use std::io::IsTerminal as _;

/// What a text is, for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// What was there and is gone.
    Gone,
    /// What is new.
    New,
    /// A heading.
    Head,
}

/// Whether stdout is to be coloured.
#[must_use]
pub fn is_coloured() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

impl Ink {
    /// A text in its colour, or plain.
    #[must_use]
    pub fn on(self, text: &str, coloured: bool) -> String {
        let code = match self {
            Self::Gone => 31,
            Self::New => 32,
            Self::Head => 1,
        };
        if coloured && !text.is_empty() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::Ink;

    #[test]
    fn plain_texts_stay_as_they_are() {
        assert_eq!(Ink::Gone.on("a", false), "a");
        assert_eq!(Ink::New.on("a", true), "\u{1b}[32ma\u{1b}[0m");
        assert_eq!(Ink::Head.on("", true), "");
    }
}
