//! What a target measures: a metric, where and when. Fixed when the target is set.

use serde::{Deserialize, Serialize};
use tributary_core::{Currency, Period, Violations};

use crate::metric::{Asked, Basis, Condition, DEFINITIONS, Definition, MetricQuery, Unit, find};

/// How many near names a refusal offers.
const NEAR_NAMES: usize = 3;

/// What is measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Id of the metric.
    pub metric: String,
    /// What facts must be like, as the caller wrote it; empty: everything.
    pub filter: String,
    /// Which flow of goods; `None`: the one that the facts have.
    #[serde(with = "basis_text")]
    pub basis: Option<Basis>,
    /// When.
    #[serde(with = "period_text")]
    pub period: Period,
    /// The currency of the amounts, where there are any.
    pub currency: Option<Currency>,
}

/// A scope as a caller states it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScopeDraft {
    /// Id of the metric.
    pub metric: String,
    /// The filter as written.
    pub filter: String,
    /// What it means; `None` when it is empty or could not be read.
    pub condition: Option<Condition>,
    /// Which flow of goods.
    pub basis: Option<Basis>,
    /// The period, as written.
    pub period: String,
    /// Code of the currency, empty for none.
    pub currency_code: String,
}

impl Scope {
    /// The definition of the metric; `None` when this version does not know it any more.
    #[must_use]
    pub fn definition(&self) -> Option<&'static Definition> {
        find(&self.metric)
    }

    /// The currency of a metric in money; `None` for any other, a ratio of money too.
    #[must_use]
    pub fn money(&self) -> Option<Currency> {
        self.currency.filter(|_| self.definition().is_some_and(|definition| definition.unit == Unit::Money))
    }
}

/// The flow of goods of a name.
///
/// # Errors
/// A sentence with the name.
pub fn basis(name: &str) -> Result<Basis, String> {
    let found = [Basis::SellIn, Basis::SellOut, Basis::All].into_iter().find(|basis| basis.name() == name);
    found.ok_or_else(|| format!("{name:?} is not a flow of goods"))
}

impl ScopeDraft {
    /// Checks it as a whole.
    ///
    /// # Errors
    /// Every violation at once, by the fields of the target.
    pub fn check(self) -> Result<Scope, Violations> {
        let mut v = Violations::new();
        let period = v.check("period", self.period.parse::<Period>());
        let mut currency = None;
        match find(&self.metric) {
            None => v.add("metric", unknown(&self.metric)),
            Some(definition) => {
                currency = self::currency(&mut v, definition, &self.currency_code);
                check_filter(&mut v, &self);
            }
        }
        match period {
            Some(period) if v.is_empty() => {
                let Self { metric, filter, basis, .. } = self;
                Ok(Scope { metric, filter, basis, period, currency })
            }
            _ => Err(v),
        }
    }
}

/// The metric layer says which dimensions a metric can be filtered by.
fn check_filter(v: &mut Violations, draft: &ScopeDraft) {
    let asked = Asked { metrics: vec![draft.metric.clone()], condition: draft.condition.clone(), ..Asked::default() };
    for violation in MetricQuery::new(asked).err().unwrap_or_default().into_vec() {
        // A target has no dimensions: what a query could name there stands in its filter or nowhere.
        let description = match violation.field.as_str() {
            "dimensions" => {
                format!("names no channel, and {} is the share of one; add channel = \"ONLINE\"", draft.metric)
            }
            _ => violation.description,
        };
        v.add("filter", description);
    }
}

/// Money has a currency, a ratio of money may have one, nothing else has.
fn currency(v: &mut Violations, definition: &Definition, code: &str) -> Option<Currency> {
    let id = definition.id;
    match (code, definition.unit) {
        ("", Unit::Money) => {
            v.add("currency_code", format!("is required for {id}, which is money; state a code such as CNY"));
            None
        }
        ("", _) => None,
        (code, _) if !definition.per_currency => {
            v.add("currency_code", format!("is {code}, but {id} has no currency; leave it empty"));
            None
        }
        (code, _) => v.check("currency_code", Currency::parse(code)),
    }
}

fn unknown(metric: &str) -> String {
    let near = near_names(metric);
    let hint = if near.is_empty() {
        "ListMetrics names them all".to_owned()
    } else {
        format!("did you mean {}? ListMetrics names them all", near.join(", "))
    };
    format!("{metric:?} is not a metric; {hint}")
}

/// Ids that differ in few letters, or of which one holds the other; the nearest first.
fn near_names(metric: &str) -> Vec<&'static str> {
    let asked = metric.trim().to_lowercase();
    let most = (asked.chars().count() / 3).max(2);
    let nearness = |id: &str| {
        let distance = strsim::damerau_levenshtein(&asked, id);
        let holds = asked.len() > 2 && (id.contains(&asked) || asked.contains(id));
        (holds || distance <= most).then_some(distance)
    };
    let mut near: Vec<(usize, &str)> = DEFINITIONS.iter().filter_map(|d| Some((nearness(d.id)?, d.id))).collect();
    near.sort_unstable();
    near.into_iter().take(NEAR_NAMES).map(|(_, id)| id).collect()
}

/// A period as its text.
mod period_text {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};
    use tributary_core::Period;

    pub(super) fn serialize<S: Serializer>(period: &Period, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(period)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Period, D::Error> {
        String::deserialize(d)?.parse().map_err(D::Error::custom)
    }
}

/// A flow of goods as its name.
mod basis_text {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de::Error as _};

    use crate::metric::Basis;

    #[expect(clippy::ref_option, reason = "the signature that serde calls")]
    pub(super) fn serialize<S: Serializer>(basis: &Option<Basis>, s: S) -> Result<S::Ok, S::Error> {
        basis.map(Basis::name).serialize(s)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Basis>, D::Error> {
        let name: Option<String> = Option::deserialize(d)?;
        name.map(|name| super::basis(&name).map_err(D::Error::custom)).transpose()
    }
}
