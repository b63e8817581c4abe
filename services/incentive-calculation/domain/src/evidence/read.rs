//! Reads canonical texts back. What this reads and what was written are the same bytes: nothing is skipped or trimmed.

/// A canonical text, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text<'a> {
    /// The first line.
    pub sort: &'a str,
    fields: Vec<(&'a str, Option<&'a str>)>,
}

impl<'a> Text<'a> {
    /// Takes a text apart; `None` when it is not canonical.
    #[must_use]
    pub fn read(text: &'a str) -> Option<Self> {
        let (sort, mut rest) = text.split_once('\n')?;
        let mut fields = Vec::new();
        while !rest.is_empty() {
            let (name, after) = rest.split_once('=')?;
            let (value, next) = match after.strip_prefix("-\n") {
                Some(next) => (None, next),
                None => {
                    let (length, after) = after.split_once(':')?;
                    let length: usize = length.parse().ok().filter(|n: &usize| n.to_string() == length)?;
                    let (value, next) = after.split_at_checked(length)?;
                    (Some(value), next.strip_prefix('\n')?)
                }
            };
            fields.push((name, value));
            rest = next;
        }
        Some(Self { sort, fields })
    }

    /// The value of a field; empty when it is unset or not there.
    #[must_use]
    pub fn one(&self, name: &str) -> &'a str {
        self.set(name).unwrap_or_default()
    }

    /// The value of a field; `None` when it is unset or not there.
    #[must_use]
    pub fn set(&self, name: &str) -> Option<&'a str> {
        self.fields.iter().find(|(known, _)| *known == name).and_then(|(_, value)| *value)
    }

    /// The values of all fields of a name, in their order.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(known, _)| *known == name).filter_map(|(_, value)| *value)
    }

    /// The fields but those of some names.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Vec<(&'a str, Option<&'a str>)> {
        self.fields.iter().copied().filter(|(name, _)| !names.contains(name)).collect()
    }
}
