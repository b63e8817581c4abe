//! Names of enumerations and moments as people read them.

/// The name of a value as filters take it. Example: "LEGAL_REVIEW"; empty where none is set.
#[must_use]
pub fn name(full: &str, prefix: &str) -> String {
    Some(full.strip_prefix(prefix).unwrap_or(full)).filter(|name| *name != "UNSPECIFIED").unwrap_or_default().to_owned()
}

/// The name of a value in words. Example: "off track"; empty where none is set.
#[must_use]
pub fn words(full: &str, prefix: &str) -> String {
    name(full, prefix).to_lowercase().replace('_', " ")
}

/// A moment to the second. Example: "2026-04-01T04:00:00Z"; empty where none is set.
#[must_use]
pub fn moment_text(moment: Option<&prost_types::Timestamp>) -> String {
    moment.map(|t| prost_types::Timestamp { nanos: 0, ..*t }.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use prost_types::Timestamp;

    use super::{moment_text, name, words};

    #[test]
    fn values_have_names() {
        let full = "CONTRACT_STATE_LEGAL_REVIEW";
        assert_eq!(name(full, "CONTRACT_STATE_"), "LEGAL_REVIEW");
        assert_eq!(words(full, "CONTRACT_STATE_"), "legal review");
        assert_eq!(name("CONTRACT_STATE_UNSPECIFIED", "CONTRACT_STATE_"), "");
        // 2026-04-01 is 20,544 days after 1970-01-01.
        let noon = Timestamp { seconds: 20_544 * 86_400 + 4 * 3_600, nanos: 5 };
        assert_eq!(moment_text(Some(&noon)), "2026-04-01T04:00:00Z");
        assert_eq!(moment_text(None), "");
    }
}
