//! Leads: which customers are one, so that two deals meet, and which ones may be.

use serde::{Deserialize, Serialize};
use tributary_core::{Decimal, Violations};

use super::{DealName, SimilarDeal};
use crate::{Registration, duplicates, profile, text};

/// Most similar deals that are kept.
const MOST_SIMILAR: usize = 10;

/// Who is to buy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// Name, as it was given.
    pub display_name: String,
    /// Number in a register or directory.
    pub registration: Option<Registration>,
}

/// What one open deal at a time may hold: a customer and a product line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lead {
    /// Product line, byte for byte as facts write it.
    pub product_line: String,
    /// What tells the customer apart.
    pub customer_key: String,
}

impl Customer {
    /// What tells the customer apart: the registration where there is one, else the name. The first part says which, so
    /// that a name never meets a number. Examples: "number:CN-USCC:91350100m000100y43", "name:合肥轨道交通集团".
    #[must_use]
    pub fn key(&self) -> String {
        match &self.registration {
            Some(Registration { scheme, number }) => {
                format!("number:{}:{}", scheme.to_uppercase(), letters(number))
            }
            None => format!("name:{}", letters(&self.display_name)),
        }
    }

    /// Checks every field.
    #[must_use]
    pub fn violations(&self) -> Violations {
        let mut v = Violations::new();
        let name = &self.display_name;
        text::required_line(&mut v, "display_name", name, 200);
        if !name.trim().is_empty() && letters(name).is_empty() {
            v.add("display_name", format!("{name:?} has no letter and no digit; give the name of the customer"));
        }
        if let Some(registration) = &self.registration {
            profile::check_registration(&mut v, registration);
            if !registration.number.trim().is_empty() && letters(&registration.number).is_empty() {
                let number = &registration.number;
                v.add("registration.number", format!("{number:?} has no letter and no digit; correct the number"));
            }
        }
        v
    }

    /// How similar the name is to another one, where that is near enough to be looked at.
    #[must_use]
    pub fn similarity(&self, other: &str) -> Option<Decimal> {
        duplicates::near(&letters(&self.display_name), &letters(other))
    }

    /// Those deals whose customers may be the same one, best first, then by name.
    #[must_use]
    pub fn similar(&self, others: Vec<(DealName, String)>) -> Vec<SimilarDeal> {
        let mut found: Vec<SimilarDeal> = others
            .into_iter()
            .filter_map(|(deal, customer)| {
                let similarity = self.similarity(&customer)?;
                Some(SimilarDeal { deal, customer, similarity })
            })
            .collect();
        found.sort_by(|a, b| b.similarity.cmp(&a.similarity).then_with(|| a.deal.cmp(&b.deal)));
        found.truncate(MOST_SIMILAR);
        found
    }
}

/// Letters and digits of any script in lower case, full-width forms like the others: what people type differently for
/// one and the same name is left out.
#[must_use]
pub fn letters(text: &str) -> String {
    text.chars().map(half_width).flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect()
}

/// The ASCII character of a full-width form (U+FF01 to U+FF5E); any other one as it is.
fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c).saturating_sub(0xfee0)).unwrap_or(c),
        _ => c,
    }
}
