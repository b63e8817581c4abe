//! Kinds and states of documents: numbers and names as in `tributary.partner.v1`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What sort of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DocumentKind {
    /// Business licence.
    BusinessLicence,
    /// Permit for an industry.
    IndustryPermit,
    /// Certificate of a quality system or of a product.
    QualityCertificate,
    /// Authorisation by a brand or a rights holder.
    Authorisation,
    /// Anything else; its title says what.
    Other,
    /// Certificate that the partner may give service for the products.
    ServiceCertificate,
}

impl DocumentKind {
    /// Every kind in the order of its number, from 1.
    pub const ALL: [Self; 6] = [
        Self::BusinessLicence,
        Self::IndustryPermit,
        Self::QualityCertificate,
        Self::Authorisation,
        Self::Other,
        Self::ServiceCertificate,
    ];

    /// The name in filters and stores. Example: "INDUSTRY_PERMIT".
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BusinessLicence => "BUSINESS_LICENCE",
            Self::IndustryPermit => "INDUSTRY_PERMIT",
            Self::QualityCertificate => "QUALITY_CERTIFICATE",
            Self::Authorisation => "AUTHORISATION",
            Self::Other => "OTHER",
            Self::ServiceCertificate => "SERVICE_CERTIFICATE",
        }
    }

    /// The kind of a name.
    ///
    /// # Errors
    /// A sentence with the value and every name.
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|k| k.as_str() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str).join(", ");
            format!("{text:?} is not a document kind; use one of {names}")
        })
    }

    /// The number in the proto enum.
    #[must_use]
    pub fn number(self) -> i32 {
        Self::ALL.iter().zip(1..).find_map(|(k, n)| (*k == self).then_some(n)).unwrap_or(0)
    }

    /// The kind of a number of the proto enum.
    #[must_use]
    pub fn from_number(number: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.number() == number)
    }

    /// Whether a partner may not do business once it has expired.
    #[must_use]
    pub fn is_licence(self) -> bool {
        matches!(self, Self::BusinessLicence | Self::IndustryPermit)
    }
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a document stands: submitted → verified → (expired | superseded), or rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DocumentState {
    /// Waits for a review.
    Submitted,
    /// A reviewer found it good.
    Verified,
    /// A reviewer refused it. Final.
    Rejected,
    /// Its last valid day is over.
    Expired,
    /// A renewal was verified.
    Superseded,
}

impl DocumentState {
    /// Every state in the order of its number, from 1.
    pub const ALL: [Self; 5] = [Self::Submitted, Self::Verified, Self::Rejected, Self::Expired, Self::Superseded];

    /// The name in filters and stores. Example: "SUPERSEDED".
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "SUBMITTED",
            Self::Verified => "VERIFIED",
            Self::Rejected => "REJECTED",
            Self::Expired => "EXPIRED",
            Self::Superseded => "SUPERSEDED",
        }
    }

    /// The state of a name.
    ///
    /// # Errors
    /// A sentence with the value and every name.
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|s| s.as_str() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str).join(", ");
            format!("{text:?} is not a document state; use one of {names}")
        })
    }

    /// The number in the proto enum.
    #[must_use]
    pub fn number(self) -> i32 {
        Self::ALL.iter().zip(1..).find_map(|(s, n)| (*s == self).then_some(n)).unwrap_or(0)
    }
}

impl fmt::Display for DocumentState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
