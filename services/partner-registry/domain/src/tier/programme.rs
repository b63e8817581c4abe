//! What a tier programme says.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Decimal, MinorAmount, ResourceId};

use crate::DocumentKind;

/// A programme: tiers, lowest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Programme {
    /// Name for people.
    pub display_name: String,
    /// Days for which a tier is kept that is not earned any more.
    pub grace_days: i32,
    /// The tiers, lowest first.
    pub tiers: Vec<Tier>,
}

/// A tier.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// Its id. Example: "advanced".
    pub id: String,
    /// Name for people, may be empty.
    pub display_name: String,
    /// All of these must hold.
    pub requirements: Vec<Requirement>,
    /// What it gives.
    pub benefits: Vec<Benefit>,
    /// A lower tier whose benefits it gives too, except those it lists itself; empty: none.
    pub includes: String,
}

/// Something a tier requires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    /// Its id, unique in the tier.
    pub id: String,
    /// Name for people, may be empty.
    pub display_name: String,
    /// What must hold.
    pub test: Test,
}

/// What must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// Purchases over some days, in one currency.
    Purchases {
        /// At least this much.
        at_least: MinorAmount,
        /// The days.
        window: Window,
    },
    /// A document of this kind is valid.
    Certification(DocumentKind),
    /// This figure was recorded as yes.
    Flag(String),
    /// A figure was recorded as a number.
    Number {
        /// The figure.
        figure: String,
        /// At least this much.
        at_least: Decimal,
    },
    /// Enough people hold a certificate.
    CertifiedPersons {
        /// The certificate's definition.
        definition: ResourceId,
        /// At least so many.
        at_least: i32,
    },
}

/// The days over which purchases are summed: numbers and names as in `tributary.partner.v1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Window {
    /// The twelve months that end with the day.
    #[serde(rename = "TRAILING_12_MONTHS")]
    Trailing12Months,
    /// The calendar year up to the day.
    CalendarYearToDate,
    /// The calendar year before.
    LastCalendarYear,
}

impl Window {
    /// Every window in the order of its number, from 1.
    pub const ALL: [Self; 3] = [Self::Trailing12Months, Self::CalendarYearToDate, Self::LastCalendarYear];

    /// The first and the last day, both included, seen from a day.
    #[must_use]
    pub fn days(self, day: Date) -> (Date, Date) {
        let (year, ..) = day.ymd();
        // The first of January is a day of every year; what cannot be is the day itself.
        let new_year = |year| Date::from_ymd(year, 1, 1).unwrap_or(day);
        match self {
            Self::Trailing12Months => (day.plus_days(1).plus_months(-12), day),
            Self::CalendarYearToDate => (new_year(year), day),
            Self::LastCalendarYear => (new_year(year.saturating_sub(1)), new_year(year).plus_days(-1)),
        }
    }
}

/// Something a tier gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Benefit {
    /// Its id, unique in the tier.
    pub id: String,
    /// Name for people, may be empty.
    pub display_name: String,
    /// How much.
    pub grant: Grant,
}

impl Benefit {
    /// The name for people, or the id.
    #[must_use]
    pub fn title(&self) -> &str {
        if self.display_name.is_empty() { &self.id } else { &self.display_name }
    }
}

/// How much a tier gives of something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// It is there.
    Plain,
    /// A part of the list price, from one to another.
    PriceFactor {
        /// At least.
        min: Decimal,
        /// At most.
        max: Decimal,
    },
    /// Money for each calendar year.
    YearlyAllowance(MinorAmount),
    /// A share of something.
    Share(Decimal),
}

impl Grant {
    /// What sort of grant, in words.
    #[must_use]
    pub fn sort(&self) -> &'static str {
        match self {
            Self::Plain => "a benefit without an amount",
            Self::PriceFactor { .. } => "a price factor",
            Self::YearlyAllowance(_) => "a yearly allowance",
            Self::Share(_) => "a share",
        }
    }
}

impl Programme {
    /// The place of a tier, from 0 for the lowest; `None` for no tier, and for one that the programme does not know.
    #[must_use]
    pub fn rank(&self, tier: &str) -> Option<usize> {
        self.tiers.iter().position(|t| t.id == tier)
    }

    /// A tier.
    #[must_use]
    pub fn tier(&self, id: &str) -> Option<&Tier> {
        self.tiers.iter().find(|tier| tier.id == id)
    }

    /// What a tier gives: its own benefits, then those of the tier it includes that it does not list itself.
    #[must_use]
    pub fn benefits(&self, tier: &str) -> Vec<&Benefit> {
        let mut found: Vec<&Benefit> = Vec::new();
        let (mut next, mut below) = (self.tier(tier), self.rank(tier));
        while let Some(tier) = next {
            let new: Vec<&Benefit> = tier.benefits.iter().filter(|b| found.iter().all(|f| f.id != b.id)).collect();
            found.extend(new);
            // Only lower tiers are included, so this ends.
            let lower = self.rank(&tier.includes).filter(|rank| below.is_some_and(|below| *rank < below));
            next = lower.and_then(|rank| self.tiers.get(rank));
            below = lower;
        }
        found
    }

    /// Whether any tier gives a benefit.
    #[must_use]
    pub fn knows_benefit(&self, id: &str) -> bool {
        self.tiers.iter().flat_map(|tier| &tier.benefits).any(|benefit| benefit.id == id)
    }

    /// Every requirement of every tier.
    pub fn requirements(&self) -> impl Iterator<Item = &Requirement> {
        self.tiers.iter().flat_map(|tier| &tier.requirements)
    }

    /// The first and the last day of purchases that an evaluation on a day looks at; `None`: it looks at none.
    #[must_use]
    pub fn days_of_purchases(&self, day: Date) -> Option<(Date, Date)> {
        let windows = self.requirements().filter_map(|requirement| match &requirement.test {
            Test::Purchases { window, .. } => Some(window.days(day)),
            _ => None,
        });
        windows.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
    }

    /// Whether an evaluation looks at what was recorded by hand.
    #[must_use]
    pub fn asks_for_figures(&self) -> bool {
        self.requirements().any(|r| matches!(r.test, Test::Flag(_) | Test::Number { .. }))
    }

    /// The certificate definitions that an evaluation looks at, each once.
    #[must_use]
    pub fn certificate_definitions(&self) -> Vec<&ResourceId> {
        let named: BTreeSet<&ResourceId> = self
            .requirements()
            .filter_map(|requirement| match &requirement.test {
                Test::CertifiedPersons { definition, .. } => Some(definition),
                _ => None,
            })
            .collect();
        named.into_iter().collect()
    }

    /// The kinds of documents that an evaluation looks at.
    #[must_use]
    pub fn document_kinds(&self) -> Vec<DocumentKind> {
        let wanted = |kind: &DocumentKind| self.requirements().any(|r| r.test == Test::Certification(*kind));
        DocumentKind::ALL.into_iter().filter(wanted).collect()
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Purchases { .. } => f.write_str("purchases"),
            Self::Certification(kind) => f.write_str(&kind.as_str().to_lowercase().replace('_', " ")),
            Self::CertifiedPersons { definition, .. } => write!(f, "persons with {definition}"),
            Self::Flag(figure) | Self::Number { figure, .. } => f.write_str(&figure.replace('-', " ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use tributary_core::Date;

    use super::Window;

    #[test]
    fn windows_include_the_day() {
        let days = |window: Window, day: &str| {
            let (from, through) = window.days(Date::parse(day).expect("a day"));
            format!("{from} {through}")
        };
        // By hand, with a leap year.
        for (day, trailing, to_date, last) in [
            ("2026-06-30", "2025-07-01 2026-06-30", "2026-01-01 2026-06-30", "2025-01-01 2025-12-31"),
            ("2026-12-31", "2026-01-01 2026-12-31", "2026-01-01 2026-12-31", "2025-01-01 2025-12-31"),
            ("2026-01-01", "2025-01-02 2026-01-01", "2026-01-01 2026-01-01", "2025-01-01 2025-12-31"),
            ("2024-02-28", "2023-02-28 2024-02-28", "2024-01-01 2024-02-28", "2023-01-01 2023-12-31"),
            ("2024-02-29", "2023-03-01 2024-02-29", "2024-01-01 2024-02-29", "2023-01-01 2023-12-31"),
        ] {
            assert_eq!(days(Window::Trailing12Months, day), trailing);
            assert_eq!(days(Window::CalendarYearToDate, day), to_date);
            assert_eq!(days(Window::LastCalendarYear, day), last);
        }
    }
}
