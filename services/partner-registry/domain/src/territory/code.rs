//! Official codes of regions: ISO 3166-1 alpha-2 for countries, GB/T 2260 within China, ISO 3166-2 elsewhere. Their form
//! is checked; whether a code is assigned is known to whoever keeps the list.

use serde::{Deserialize, Serialize};
use tributary_core::ResourceId;

/// Codes that ISO lists a second time, with the one that is used here: one place has one region.
const DOUBLES: &[(&str, &str)] = &[
    ("HK", "810000"),
    ("MO", "820000"),
    ("TW", "710000"),
    ("FI-01", "AX"),
    ("FR-971", "GP"),
    ("FR-972", "MQ"),
    ("FR-973", "GF"),
    ("FR-974", "RE"),
    ("FR-976", "YT"),
    ("FR-BL", "BL"),
    ("FR-MF", "MF"),
    ("FR-NC", "NC"),
    ("FR-PF", "PF"),
    ("FR-PM", "PM"),
    ("FR-TF", "TF"),
    ("FR-WF", "WF"),
    ("NL-AW", "AW"),
    ("NL-CW", "CW"),
    ("NL-SX", "SX"),
    ("US-AS", "AS"),
    ("US-GU", "GU"),
    ("US-MP", "MP"),
    ("US-PR", "PR"),
    ("US-UM", "UM"),
    ("US-VI", "VI"),
];

/// How broad a region is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RegionLevel {
    /// A country.
    Country,
    /// Its first division.
    Province,
    /// Its second division.
    City,
    /// Its third division.
    County,
    /// A custom district that groups others.
    District,
}

impl RegionLevel {
    /// All, broad to narrow, districts last.
    pub const ALL: [Self; 5] = [Self::Country, Self::Province, Self::City, Self::County, Self::District];

    /// Its name, as stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Country => "COUNTRY",
            Self::Province => "PROVINCE",
            Self::City => "CITY",
            Self::County => "COUNTY",
            Self::District => "DISTRICT",
        }
    }

    /// From its name.
    ///
    /// # Errors
    /// A sentence with the value.
    pub fn parse(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|l| l.as_str() == name).ok_or_else(|| format!("{name:?} is no level of a region"))
    }

    /// The level just below; none below a county.
    #[must_use]
    pub const fn below(self) -> Option<Self> {
        match self {
            Self::Country => Some(Self::Province),
            Self::Province => Some(Self::City),
            Self::City => Some(Self::County),
            Self::County | Self::District => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Scheme {
    Country,
    /// GB/T 2260.
    China(RegionLevel),
    /// ISO 3166-2.
    Division,
}

/// An official code of the right form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegionCode {
    text: String,
    scheme: Scheme,
}

impl RegionCode {
    /// Reads a code. Examples: "CN", "340100", "US-CA".
    ///
    /// # Errors
    /// A sentence with the value and the forms.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some((_, used)) = DOUBLES.iter().find(|(double, _)| *double == text) {
            return Err(format!(
                "{text:?} is listed a second time as {used:?}; use that one, so that it is one region"
            ));
        }
        let scheme = if text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit()) {
            Self::china(text)?
        } else if is_country(text) {
            Scheme::Country
        } else {
            Self::division(text)?
        };
        Ok(Self { text: text.to_owned(), scheme })
    }

    fn china(text: &str) -> Result<Scheme, String> {
        let (province, rest) = text.split_at(2);
        let (city, county) = rest.split_at(2);
        let level = match (city, county) {
            ("00", "00") => RegionLevel::Province,
            (_, "00") => RegionLevel::City,
            ("00", _) => return Err(format!("{text:?} has a county but no city part; GB/T 2260 has no such code")),
            _ => RegionLevel::County,
        };
        if !("11"..="82").contains(&province) {
            return Err(format!("{text:?} begins with {province}; provinces of GB/T 2260 are 11 to 82"));
        }
        Ok(Scheme::China(level))
    }

    fn division(text: &str) -> Result<Scheme, String> {
        let good = |own: &str| {
            (1..=3).contains(&own.len()) && own.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        };
        match text.split_once('-') {
            Some(("CN" | "HK" | "MO" | "TW", own)) => {
                let example = if own.len() == 6 { own } else { "340000" };
                Err(format!("{text:?}: regions of China go by GB/T 2260; write six digits, such as {example:?}"))
            }
            Some((country, own)) if is_country(country) && good(own) => Ok(Scheme::Division),
            _ => Err(format!(
                "{text:?} is no code of a region; write a country as \"CN\", a region of China as \"340100\" and a \
                 division of another country as \"US-CA\""
            )),
        }
    }

    /// The code as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The id of its region. Examples: "cn", "cn-340100", "us-ca".
    ///
    /// # Errors
    /// Never for a code of the right form.
    pub fn id(&self) -> Result<ResourceId, String> {
        let own = self.text.to_ascii_lowercase();
        ResourceId::parse(&if matches!(self.scheme, Scheme::China(_)) { format!("cn-{own}") } else { own })
    }

    /// Whether it is a division by ISO 3166-2, which may lie in another one.
    #[must_use]
    pub fn nests(&self) -> bool {
        self.scheme == Scheme::Division
    }

    /// The country. Example: "CN" of "340100".
    #[must_use]
    pub fn country(&self) -> &str {
        match self.scheme {
            Scheme::China(_) => "CN",
            Scheme::Country | Scheme::Division => self.text.get(..2).unwrap_or(&self.text),
        }
    }

    /// The codes of the regions above by the code alone, nearest first. The last one has to be there; the ones before may
    /// be missing from a list, as the cities of counties that a province governs itself are.
    #[must_use]
    pub fn above(&self) -> Vec<String> {
        let digits = |n: usize| format!("{:0<6}", self.text.get(..n).unwrap_or_default());
        match self.scheme {
            Scheme::Country => Vec::new(),
            Scheme::China(RegionLevel::County) => vec![digits(4), digits(2)],
            Scheme::China(RegionLevel::City) => vec![digits(2)],
            Scheme::China(_) | Scheme::Division => vec![self.country().to_owned()],
        }
    }

    /// Its level under a parent of a level; `None` where it would be deeper than a county.
    #[must_use]
    pub fn level(&self, parent: Option<RegionLevel>) -> Option<RegionLevel> {
        match self.scheme {
            Scheme::Country => Some(RegionLevel::Country),
            Scheme::China(level) => Some(level),
            Scheme::Division => parent.and_then(RegionLevel::below),
        }
    }

    /// Its path under a parent's: what lies in a region has a path that begins with that region's. Digits of GB/T 2260
    /// stand for themselves, so that a county lies in its city whether that is in the list or not. Examples: "cn/",
    /// "cn/34/01/11/", "us/ca/".
    #[must_use]
    pub fn path(&self, parent: &str) -> String {
        let own = self.text.to_ascii_lowercase();
        match self.scheme {
            Scheme::Country => format!("{own}/"),
            Scheme::China(level) => {
                let parts = match level {
                    RegionLevel::Province => 1,
                    RegionLevel::City => 2,
                    _ => 3,
                };
                let pairs = (0..parts).filter_map(|n: usize| own.get(n.saturating_mul(2)..n.saturating_mul(2) + 2));
                pairs.fold("cn/".to_owned(), |path, pair| format!("{path}{pair}/"))
            }
            Scheme::Division => format!("{parent}{}/", own.get(3..).unwrap_or_default()),
        }
    }
}

fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase())
}

/// Whether an id looks like one that is made of a code: such ids are no districts.
#[must_use]
pub fn is_of_code(id: &ResourceId) -> bool {
    let text = id.as_str().to_ascii_uppercase();
    text.len() == 2
        || text.strip_prefix("CN-").is_some_and(|own| own.bytes().all(|b| b.is_ascii_digit()))
        || (text.get(2..3) == Some("-") && text.len() <= 6)
}

/// The paths around one, broad to narrow, without itself. Example: "cn/" and "cn/34/" of "cn/34/01/".
pub fn paths_around(path: &str) -> impl Iterator<Item = &str> {
    let inner = path.strip_suffix('/').unwrap_or(path);
    inner.match_indices('/').filter_map(|(at, _)| inner.get(..=at))
}

/// What follows every path that begins with this one, in the order of bytes: the end of a range.
#[must_use]
pub fn path_end(path: &str) -> String {
    // "0" follows "/".
    format!("{}0", path.strip_suffix('/').unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use tributary_core::ResourceId;

    use super::{RegionCode, RegionLevel, is_of_code, path_end, paths_around};

    fn code(text: &str) -> RegionCode {
        RegionCode::parse(text).expect("a code")
    }

    #[test]
    fn what_is_above_follows_from_the_digits() {
        for (text, id, path, above) in [
            ("CN", "cn", "cn/", &[][..]),
            ("340000", "cn-340000", "cn/34/", &["CN"]),
            ("340100", "cn-340100", "cn/34/01/", &["340000"]),
            ("340111", "cn-340111", "cn/34/01/11/", &["340100", "340000"]),
            // 仙桃, governed by its province: 429000 is in no list.
            ("429004", "cn-429004", "cn/42/90/04/", &["429000", "420000"]),
            ("US-CA", "us-ca", "us/ca/", &["US"]),
        ] {
            let read = code(text);
            assert_eq!(read.id().expect("an id").as_str(), id);
            assert_eq!(read.path("us/"), path);
            assert_eq!(read.above(), above);
        }
        assert_eq!(code("FR-75C").path("fr/idf/"), "fr/idf/75c/");
        assert_eq!(code("340111").level(None), Some(RegionLevel::County));
        assert_eq!(code("FR-75C").level(Some(RegionLevel::Province)), Some(RegionLevel::City));
        assert_eq!(code("FR-75C").level(Some(RegionLevel::County)), None);
    }

    #[test]
    fn wrong_codes_are_refused_with_the_right_ones() {
        for (text, hint) in [
            ("", "\"US-CA\""),
            ("cn", "\"CN\""),
            ("34010", "\"340100\""),
            ("340011", "no such code"),
            ("040000", "11 to 82"),
            ("CN-340100", "\"340100\""),
            ("CN-AH", "GB/T 2260"),
            ("TW-TPE", "GB/T 2260"),
            ("830000", "11 to 82"),
            ("HK", "\"810000\""),
            ("US-PR", "\"PR\""),
            ("US-CALI", "\"US-CA\""),
            ("合肥", "\"340100\""),
        ] {
            let said = RegionCode::parse(text).expect_err("no code");
            assert!(said.contains(hint), "{said}");
        }
    }

    #[test]
    fn ids_of_codes_are_known() {
        for (id, known) in [("cn", true), ("cn-340100", true), ("us-ca", true), ("fr-75c", true)] {
            assert_eq!(is_of_code(&ResourceId::parse(id).expect("id")), known);
        }
        for id in ["east-china", "cn-east-coast", "yangtze"] {
            assert!(!is_of_code(&ResourceId::parse(id).expect("id")), "{id}");
        }
    }

    #[test]
    fn paths_nest() {
        assert_eq!(paths_around("cn/34/01/").collect::<Vec<_>>(), ["cn/", "cn/34/"]);
        assert_eq!(paths_around("cn/").count(), 0);
        let end = path_end("cn/34/");
        assert!("cn/34/" < end.as_str() && "cn/34/99/99/" < end.as_str() && end.as_str() < "cn/35/");
    }
}
