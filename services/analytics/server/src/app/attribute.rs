//! Attribution over the journeys of a range: read through once or stitched from touchpoints, counted as they come, then
//! computed.

use std::{borrow::Cow, sync::Arc};

use analytics_domain::{
    attribution::{Analysis, Counted, Labels, Models, Tally},
    journey::names_of,
    reasons::CURRENCIES_MIXED,
    stitch::{Conversion, Lookback, Point, Stitched, Stitcher},
};
use tributary_core::{Currency, Date, FactAmount, Fault, RequestContext, TenantId};

use crate::ports::journeys::{JourneyReads, PathRow, TouchRow};

/// What the use case works with.
pub struct Attribution {
    /// The journeys.
    pub journeys: Arc<dyn JourneyReads>,
}

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

/// Where journeys come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// They were recorded.
    Recorded,
    /// They follow from touchpoints.
    Touchpoints(Lookback),
}

/// A checked question.
#[derive(Debug, Clone, PartialEq)]
pub struct AttributionQuery {
    /// The models.
    pub models: Models,
    /// Where journeys come from.
    pub source: Source,
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
    /// The first fault; what comes after it goes by.
    failed: Option<Fault>,
}

impl Attribution {
    /// Computes the models over the journeys of the range.
    ///
    /// # Errors
    /// `CURRENCIES_MIXED`, `ATTRIBUTION_TOO_LARGE`, `ATTRIBUTION_NOT_SOLVED`, `STORE_UNAVAILABLE`.
    pub async fn attribute(&self, caller: &RequestContext, query: AttributionQuery) -> Result<Attributed, Fault> {
        let (from, to, tenant) = (query.from, query.to, &caller.tenant);
        let mut counting = Counting {
            unit: query.unit,
            asked: query.currency,
            found: query.currency,
            left_out: 0,
            labels: Labels::new(),
            tally: Tally::new(query.models, true),
            touches: Vec::new(),
            failed: None,
        };
        match query.source {
            Source::Recorded => {
                let mut each = |row: PathRow<'_>| counting.recorded(row);
                self.journeys.each_path(tenant, from, to, &mut each).await?;
            }
            Source::Touchpoints(lookback) => self.stitch(tenant, lookback, (from, to), &mut counting).await?,
        }
        let Counting { found, left_out, labels, tally, failed, .. } = counting;
        if let Some(fault) = failed {
            return Err(fault);
        }
        // Solving a large chain takes seconds of computing; other calls go on meanwhile.
        let solved = tokio::task::spawn_blocking(move || tally.finish(&labels)).await;
        let analysis = solved.map_err(|e| Fault::internal(format!("attribution did not end: {e}")))??;
        let currency = found.filter(|_| analysis.totals.value > 0 || query.currency.is_some());
        Ok(Attributed { analysis, currency, left_out })
    }

    /// Counts the journeys that follow from touchpoints, one customer after the other.
    async fn stitch(
        &self,
        tenant: &TenantId,
        lookback: Lookback,
        (from, to): (Option<Date>, Option<Date>),
        counting: &mut Counting,
    ) -> Result<(), Fault> {
        // Before the touchpoints: what comes in between may end a journey, and then ends it in the next answer.
        let Some(newest) = self.journeys.newest_touchpoint(tenant).await? else { return Ok(()) };
        let unit = counting.unit;
        let mut ended = |journey: Stitched<'_, String>| {
            if from.is_none_or(|day| journey.ended_on >= day) && to.is_none_or(|day| journey.ended_on < day) {
                counting.stitched(journey);
            }
        };
        let mut stitcher = Stitcher::new(lookback, newest);
        let mut each = |row: TouchRow<'_>| stitcher.add(row.customer, unit.point(row), &mut ended);
        let (first, end) = lookback.days_read(from, to);
        self.journeys.each_touchpoint(tenant, first, end, &mut each).await?;
        stitcher.finish(&mut ended);
        Ok(())
    }
}

impl Unit {
    /// What gets credit for a touch, as results are labelled.
    fn label<'a>(self, channel: &'a str, partner: &'a str) -> Cow<'a, str> {
        match self {
            Self::Channel => Cow::Borrowed(channel),
            Self::Partner => Cow::Borrowed(partner),
            Self::ChannelAndPartner => Cow::Owned(format!("{channel}\t{partner}")),
        }
    }

    fn point(self, row: TouchRow<'_>) -> Point<String> {
        let place = self.label(row.channel, row.partner).into_owned();
        let conversion = row.converted.then_some(Conversion { value: row.value });
        Point { at: row.at, on: row.on, place, conversion }
    }
}

impl Counting {
    fn recorded(&mut self, row: PathRow<'_>) {
        let unit = self.unit;
        let labels = names_of(row.path).map(|(channel, partner)| unit.label(channel, partner));
        let count = |count: i64| u64::try_from(count).unwrap_or_default();
        self.add(labels, (count(row.conversions), count(row.nulls)), row.value);
    }

    fn stitched(&mut self, journey: Stitched<'_, String>) {
        let labels = journey.touches.iter().map(|touch| Cow::Borrowed(touch.place.as_str()));
        let counts = if journey.conversion.is_some() { (1, 0) } else { (0, 1) };
        self.add(labels, counts, journey.conversion.and_then(|conversion| conversion.value));
    }

    fn add<'a>(&mut self, labels: impl Iterator<Item = Cow<'a, str>>, counts: (u64, u64), value: Option<FactAmount>) {
        if self.failed.is_none() {
            self.failed = self.try_add(labels, counts, value).err();
        }
    }

    fn try_add<'a>(
        &mut self,
        labels: impl Iterator<Item = Cow<'a, str>>,
        (conversions, nulls): (u64, u64),
        value: Option<FactAmount>,
    ) -> Result<(), Fault> {
        if let Some(FactAmount { currency, .. }) = value {
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
        for label in labels {
            self.touches.push(self.labels.number(&label)?);
        }
        let value = value.map_or(0, |amount| amount.value.into());
        self.tally.add(Counted { touches: &self.touches, conversions, nulls, value });
        Ok(())
    }
}

/// The smaller code first, so that the answer does not depend on the order of the rows any more than it must.
fn mixed(one: Currency, other: Currency) -> Fault {
    let (one, other) = (one.min(other), one.max(other));
    let message = format!("the journeys have values in {one} and in {other}, which are never added; set currency_code");
    Fault::new(CURRENCIES_MIXED, message)
}
