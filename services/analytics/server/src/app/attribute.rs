//! Attribution over the journeys of a range: read through once, counted as they come, then computed.

use analytics_domain::{
    attribution::{Analysis, Counted, Labels, Models, Tally},
    journey::names_of,
    reasons::CURRENCIES_MIXED,
};
use tributary_core::{Currency, Date, Fault, RequestContext};

use super::journeys::Journeys;
use crate::ports::journeys::{PathRow, SetAside};

/// What gets credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// The channel of a touch.
    Channel,
    /// Its partner.
    Partner,
    /// Both.
    ChannelAndPartner,
}

/// A checked question.
#[derive(Debug, Clone, PartialEq)]
pub struct AttributionQuery {
    /// The models.
    pub models: Models,
    /// First day.
    pub from: Option<Date>,
    /// First day no longer wanted.
    pub to: Option<Date>,
    /// What gets credit.
    pub unit: Unit,
    /// The currency, where there are several.
    pub currency: Option<Currency>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Attributed {
    /// The results; labels are `channel`, `partner` or `channel TAB partner`.
    pub analysis: Analysis,
    /// Currency of the values; `None` when no journey has one.
    pub currency: Option<Currency>,
    /// Rows left out for their currency.
    pub left_out: u64,
}

/// What is counted while journeys come in.
struct Counting {
    unit: Unit,
    asked: Option<Currency>,
    found: Option<Currency>,
    left_out: u64,
    labels: Labels,
    tally: Tally,
    /// Room for the journey at hand.
    touches: Vec<u16>,
    label: String,
}

impl Journeys {
    /// Computes the models over the journeys of the range.
    ///
    /// # Errors
    /// `CURRENCIES_MIXED`, `ATTRIBUTION_TOO_LARGE`, `ATTRIBUTION_NOT_SOLVED`, `STORE_UNAVAILABLE`.
    pub async fn attribute(&self, caller: &RequestContext, query: AttributionQuery) -> Result<Attributed, Fault> {
        let mut counting = Counting {
            unit: query.unit,
            asked: query.currency,
            found: query.currency,
            left_out: 0,
            labels: Labels::new(),
            tally: Tally::new(query.models, true),
            touches: Vec::new(),
            label: String::new(),
        };
        let mut failed = None;
        let mut each = |row: PathRow<'_>| {
            if failed.is_none() {
                failed = counting.add(row).err();
            }
        };
        self.store.each_path(&caller.tenant, query.from, query.to, &mut each).await?;
        if let Some(fault) = failed {
            return Err(fault);
        }
        // Solving a large chain takes seconds of computing; other calls go on meanwhile.
        let Counting { found, left_out, labels, tally, .. } = counting;
        let solved = tokio::task::spawn_blocking(move || tally.finish(&labels)).await;
        let analysis = solved.map_err(|e| Fault::internal(format!("attribution did not end: {e}")))??;
        let currency = found.filter(|_| analysis.totals.value > 0 || query.currency.is_some());
        Ok(Attributed { analysis, currency, left_out })
    }

    /// Notes of what was put aside.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn set_aside(
        &self,
        caller: &RequestContext,
        after: Option<uuid::Uuid>,
        limit: u32,
    ) -> Result<Vec<SetAside>, Fault> {
        Ok(self.store.set_aside(&caller.tenant, after, limit).await?)
    }
}

impl Counting {
    fn add(&mut self, row: PathRow<'_>) -> Result<(), Fault> {
        if let Some((currency, _)) = row.value {
            match (self.asked, self.found) {
                (Some(asked), _) if asked != currency => {
                    self.left_out = self.left_out.saturating_add(1);
                    return Ok(());
                }
                (None, Some(found)) if found != currency => return Err(mixed(found, currency)),
                _ => self.found = Some(currency),
            }
        }
        self.touches.clear();
        for (channel, partner) in names_of(row.path) {
            let number = match self.unit {
                Unit::Channel => self.labels.number(channel),
                Unit::Partner => self.labels.number(partner),
                Unit::ChannelAndPartner => {
                    self.label.clear();
                    self.label.push_str(channel);
                    self.label.push('\t');
                    self.label.push_str(partner);
                    self.labels.number(&self.label)
                }
            };
            self.touches.push(number?);
        }
        self.tally.add(Counted {
            touches: &self.touches,
            conversions: u64::try_from(row.conversions).unwrap_or_default(),
            nulls: u64::try_from(row.nulls).unwrap_or_default(),
            value: row.value.map_or(0, |(_, value)| value.into()),
        });
        Ok(())
    }
}

/// The smaller code first, so that the answer does not depend on the order of the rows any more than it must.
fn mixed(one: Currency, other: Currency) -> Fault {
    let (one, other) = (one.min(other), one.max(other));
    let message = format!("the journeys have values in {one} and in {other}, which are never added; set currency_code");
    Fault::new(CURRENCIES_MIXED, message)
}
