//! Figures, rates, lines of an older system: what is recorded of them, and what is known.

use std::collections::{HashMap, HashSet};

use incentive_calculation_domain::{
    figure::{self, Figure, FigureDraft},
    opening::{self, OpeningDraft, OpeningLine},
    rate::{self, Rate, RateDraft, RateKey},
    reasons,
    revised::{Revision, SourceKey},
};
use tributary_core::{Fault, Period, RequestContext, Violations};
use tributary_sql::RequestKey;

use super::{App, record_facts::unknown_partner, record_revised::RowRecord};
use crate::ports::{FigureQuery, Known, KnownPartner, PartnerRef, RateQuery, RateTable};

/// A row about a partner, as the caller states it.
#[derive(Debug, Clone)]
pub struct PartnerRow<D> {
    /// What it says, decoded but unchecked.
    pub draft: D,
    /// How the partner is named; with what is wrong with it and with what could not be decoded.
    pub partner: Result<PartnerRef, Violations>,
}

/// What periods mean, by their texts.
type Periods = HashMap<String, Result<Period, String>>;

impl App {
    /// Records figures in one arrival.
    ///
    /// # Errors
    /// Only what concerns the whole call: `STORE_UNAVAILABLE`, `UPSTREAM_UNAVAILABLE`, `REQUEST_ID_REUSED`.
    pub async fn record_figures(
        &self,
        caller: &RequestContext,
        rows: Vec<PartnerRow<FigureDraft>>,
        key: Option<RequestKey>,
    ) -> Result<Vec<RowRecord>, Fault> {
        let periods = self.periods(caller, rows.iter().map(|row| row.draft.period.as_str())).await?;
        let checked = rows.into_iter().map(|row| {
            let period = periods.get(&row.draft.period).cloned();
            join(figure::check(row.draft, period), row.partner)
        });
        let rows = self.of_partners(caller, checked.collect(), |figure: Figure, known| Figure {
            partner_id: known.partner_id.clone(),
            ..figure
        });
        self.record_revised(caller, rows.await?, key).await
    }

    /// Records rates in one arrival.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`, `REQUEST_ID_REUSED`.
    pub async fn record_rates(
        &self,
        caller: &RequestContext,
        rows: Vec<Result<RateDraft, Violations>>,
        key: Option<RequestKey>,
    ) -> Result<Vec<RowRecord>, Fault> {
        let checked = rows.into_iter().map(|row| row.and_then(|draft| rate::check(&draft)).map_err(Fault::invalid));
        self.record_revised(caller, checked.collect::<Vec<Result<Rate, Fault>>>(), key).await
    }

    /// Records lines of an older system in one arrival.
    ///
    /// # Errors
    /// Only what concerns the whole call: `STORE_UNAVAILABLE`, `UPSTREAM_UNAVAILABLE`, `REQUEST_ID_REUSED`.
    pub async fn record_opening_lines(
        &self,
        caller: &RequestContext,
        rows: Vec<PartnerRow<OpeningDraft>>,
        key: Option<RequestKey>,
    ) -> Result<Vec<RowRecord>, Fault> {
        let periods = self.periods(caller, rows.iter().map(|row| row.draft.period.as_str())).await?;
        let missing = || Err("is missing; state the period the line was stated for".to_owned());
        let checked = rows.into_iter().map(|row| {
            let period = periods.get(&row.draft.period).cloned().unwrap_or_else(missing);
            join(opening::check(row.draft, period), row.partner)
        });
        let rows = self.of_partners(caller, checked.collect(), |line: OpeningLine, known| OpeningLine {
            partner_id: known.partner_id.clone(),
            ..line
        });
        self.record_revised(caller, rows.await?, key).await
    }

    /// What the periods of rows mean; an empty text is none.
    async fn periods<'a>(
        &self,
        caller: &RequestContext,
        texts: impl Iterator<Item = &'a str>,
    ) -> Result<Periods, Fault> {
        let texts: HashSet<&str> = texts.filter(|text| !text.is_empty()).collect();
        let mut periods = HashMap::with_capacity(texts.len());
        for text in texts {
            periods.insert(text.to_owned(), self.read_period(&caller.tenant, text).await?);
        }
        Ok(periods)
    }

    /// Gives rows their partners; a row whose partner is not known is refused.
    async fn of_partners<T>(
        &self,
        caller: &RequestContext,
        rows: Vec<Result<(T, PartnerRef), Fault>>,
        with: impl Fn(T, &KnownPartner) -> T,
    ) -> Result<Vec<Result<T, Fault>>, Fault> {
        let partners = self.resolve(caller, rows.iter().flatten().map(|(_, named)| named)).await?;
        let found = |(row, named): (T, PartnerRef)| match partners.get(&named) {
            Some(known) => Ok(with(row, known)),
            None => Err(unknown_partner(&named)),
        };
        Ok(rows.into_iter().map(|row| row.and_then(found)).collect())
    }

    /// One figure.
    ///
    /// # Errors
    /// `FIGURE_NOT_FOUND`.
    pub async fn figure(&self, caller: &RequestContext, name: &str, known: Known) -> Result<Revision<Figure>, Fault> {
        let missing = || not_found(reasons::FIGURE_NOT_FOUND, name, known);
        let key = SourceKey::of_name("figures", name).ok_or_else(missing)?;
        self.store.figure(&caller.tenant, &key, known).await?.ok_or_else(missing)
    }

    /// Figures in key order.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn figures(&self, caller: &RequestContext, query: &FigureQuery) -> Result<Vec<Revision<Figure>>, Fault> {
        Ok(self.store.figures(&caller.tenant, query).await?)
    }

    /// One rate.
    ///
    /// # Errors
    /// `RATE_NOT_FOUND`.
    pub async fn rate(&self, caller: &RequestContext, name: &str, known: Known) -> Result<Revision<Rate>, Fault> {
        let missing = || not_found(reasons::RATE_NOT_FOUND, name, known);
        let key = RateKey::of_name(name).ok_or_else(missing)?;
        self.store.rate(&caller.tenant, &key, known).await?.ok_or_else(missing)
    }

    /// Rates of a table by currencies and day.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn rates(&self, caller: &RequestContext, query: &RateQuery) -> Result<Vec<Revision<Rate>>, Fault> {
        Ok(self.store.rates(&caller.tenant, query).await?)
    }

    /// Tables of rates in the order of their ids.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn rate_tables(&self, caller: &RequestContext, after: &str, limit: u32) -> Result<Vec<RateTable>, Fault> {
        Ok(self.store.rate_tables(&caller.tenant, after, limit).await?)
    }

    /// One line of an older system.
    ///
    /// # Errors
    /// `OPENING_LINE_NOT_FOUND`.
    pub async fn opening_line(&self, caller: &RequestContext, name: &str) -> Result<Revision<OpeningLine>, Fault> {
        let missing = || not_found(reasons::OPENING_LINE_NOT_FOUND, name, Known::Now);
        let key = SourceKey::of_name("openingLines", name).ok_or_else(missing)?;
        self.store.opening_line(&caller.tenant, &key).await?.ok_or_else(missing)
    }

    /// Lines of an older system in key order.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn opening_lines(
        &self,
        caller: &RequestContext,
        (programme, partner_id): (Option<&str>, Option<&str>),
        after: Option<&SourceKey>,
        limit: u32,
    ) -> Result<Vec<Revision<OpeningLine>>, Fault> {
        Ok(self.store.opening_lines(&caller.tenant, programme, partner_id, after, limit).await?)
    }
}

/// A row with its partner's name, or everything that is wrong with the two.
fn join<T>(checked: Result<T, Violations>, partner: Result<PartnerRef, Violations>) -> Result<(T, PartnerRef), Fault> {
    match (checked, partner) {
        (Ok(row), Ok(named)) => Ok((row, named)),
        (row, partner) => {
            let mut all = partner.err().unwrap_or_default();
            all.extend(row.err().unwrap_or_default());
            Err(Fault::invalid(all))
        }
    }
}

fn not_found(reason: tributary_core::Reason, name: &str, known: Known) -> Fault {
    let when = match known {
        Known::Now => "does not exist",
        Known::At(_) => "was not known then",
    };
    Fault::new(reason, format!("{name} {when}")).with("name", name)
}
