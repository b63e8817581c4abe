//! Partners that may be the same one: near-equal names in the same area (the top two levels of the region).

use tributary_core::{Decimal, ResourceId};

/// From this similarity on a pair is reported.
const THRESHOLD: &str = "0.9200";

/// A partner as far as names are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its id.
    pub id: ResourceId,
    /// Its display name.
    pub display_name: String,
}

/// Another partner that may be the same one.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Candidate {
    /// Its id.
    pub id: ResourceId,
    /// Its display name.
    pub display_name: String,
    /// Similarity of the names, 0 to 1, four digits.
    pub similarity: Decimal,
}

/// A name as it is compared: trimmed and in lower case.
#[must_use]
pub fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Jaro–Winkler similarity of two names, 0 to 1, rounded to four digits.
///
/// It counts characters, not bytes, so it serves Chinese names as well.
#[must_use]
pub fn similarity(a: &str, b: &str) -> Decimal {
    // The library's float becomes a decimal by its text, so that no arithmetic is done on the float here.
    let float = strsim::jaro_winkler(&folded(a), &folded(b));
    format!("{float:.4}").parse().unwrap_or_default()
}

/// The similarity of two names that are near-equal, `None` when they are not.
#[must_use]
pub fn near(a: &str, b: &str) -> Option<Decimal> {
    let threshold: Decimal = THRESHOLD.parse().unwrap_or(Decimal::ONE);
    Some(similarity(a, b)).filter(|similarity| *similarity >= threshold)
}

/// Those of `others` whose name is near-equal to `name`, best first, then by id; at most `limit`.
#[must_use]
pub fn candidates(name: &str, others: &[Named], limit: usize) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = others
        .iter()
        .filter_map(|o| {
            let similarity = near(name, &o.display_name)?;
            Some(Candidate { id: o.id.clone(), display_name: o.display_name.clone(), similarity })
        })
        .collect();
    found.sort_by(|a, b| b.similarity.cmp(&a.similarity).then_with(|| a.id.cmp(&b.id)));
    found.truncate(limit);
    found
}

#[cfg(test)]
mod tests {
    use tributary_core::ResourceId;

    use super::{Named, candidates, similarity};

    fn named(id: &str, name: &str) -> Named {
        Named { id: ResourceId::parse(id).expect("id"), display_name: name.to_owned() }
    }

    #[test]
    fn similarities_by_hand() {
        // MARTHA/MARHTA is the textbook pair: 0.9611. DIXON/DICKSONX: 0.8133.
        assert_eq!(similarity("MARTHA", "marhta ").to_string(), "0.9611");
        assert_eq!(similarity("DIXON", "DICKSONX").to_string(), "0.8133");
        // Six of ten characters, all in order: (1 + 6/10 + 1) / 3 = 0.8667; four equal first ones: + 0.4 × 0.1333 = 0.92.
        assert_eq!(similarity("广州晨光商贸", "广州晨光商贸有限公司").to_string(), "0.9200");
        // Five of six characters: (5/6 + 5/6 + 1) / 3 = 0.8889; three equal first ones: + 0.3 × 0.1111 = 0.9222.
        assert_eq!(similarity("广州晨光商贸", "广州晨旭商贸").to_string(), "0.9222");
        assert_eq!(similarity("广州晨光商贸", "深圳海岸物流").to_string(), "0.0000");
        assert_eq!(similarity("ÉCLAIR", "éclair").to_string(), "1.0000");
    }

    #[test]
    fn the_best_come_first_and_the_rest_is_left_out() {
        let others = [
            named("c", "广州晨光商贸有限公司"),
            named("b", "广州晨旭商贸"),
            named("a", "深圳海岸物流"),
            named("e", "广州晨光商贸"),
            named("d", "广州晨光商贸"),
        ];
        let found: Vec<_> =
            candidates("广州晨光商贸", &others, 10).into_iter().map(|c| format!("{} {}", c.id, c.similarity)).collect();
        assert_eq!(found, ["d 1.0000", "e 1.0000", "b 0.9222", "c 0.9200"]);
        assert_eq!(candidates("广州晨光商贸", &others, 1).len(), 1);
    }
}
