//! Regions as slash paths, broad to narrow: "CN/GD/Guangzhou".

use tributary_core::Violations;

use crate::text;

/// Checks a region; empty means unknown.
pub fn check(v: &mut Violations, field: &str, region: &str) {
    text::line(v, field, region, 200);
    let bad = |part: &str| part.is_empty() || part.trim() != part;
    if !region.is_empty() && region.split('/').any(bad) {
        v.add(
            field,
            format!("{region:?} is not a region; write levels broad to narrow with '/', such as CN/GD/Guangzhou"),
        );
    }
}

/// The top two levels, within which names are compared. Example: "CN/GD" of "CN/GD/Guangzhou".
#[must_use]
pub fn area(region: &str) -> &str {
    match region.match_indices('/').nth(1) {
        Some((end, _)) => region.get(..end).unwrap_or(region),
        None => region,
    }
}

#[cfg(test)]
mod tests {
    use tributary_core::Violations;

    use super::{area, check};

    #[test]
    fn levels_are_not_empty() {
        for (region, good) in [
            ("", true),
            ("CN", true),
            ("CN/GD/Guangzhou", true),
            ("中国/广东省/广州市", true),
            ("/CN", false),
            ("CN/", false),
            ("CN//GD", false),
            ("CN/ GD", false),
            ("CN/\tGD", false),
        ] {
            let mut v = Violations::new();
            check(&mut v, "region", region);
            assert_eq!(v.is_empty(), good, "{region:?}");
        }
    }

    #[test]
    fn the_area_is_the_top_two_levels() {
        assert_eq!(area("CN/GD/Guangzhou/Tianhe"), "CN/GD");
        assert_eq!(area("CN/GD"), "CN/GD");
        assert_eq!(area("CN"), "CN");
        assert_eq!(area(""), "");
        assert_eq!(area("中国/广东省/广州市"), "中国/广东省");
    }
}
