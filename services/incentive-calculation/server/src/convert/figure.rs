//! Figures, rates, lines of an older system.

use incentive_calculation_domain::{
    figure::{Figure, FigureDraft},
    opening::{OpeningDraft, OpeningLine},
    rate::{Rate, RateDraft},
    revised::{Change, Revised as _, Revision, SourceKey},
};
use tributary_core::{Currency, Date, Fault, ResourceId, Violations};
use tributary_proto::{
    google::{rpc::Status, r#type as ty},
    tributary::common::v1::ExternalRef,
    tributary::incentive::v1::{self as pb, figure, foreign_line, opening_line},
};
use tributary_rpc::{
    convert::{date, date_to_proto, decimal_to_proto, minor_to_proto, timestamp, timestamp_to_proto},
    status,
};

use super::fact::{external, money_parts};
use crate::{
    DOMAIN,
    app::{figures::PartnerRow, record_revised::RowRecord},
    ports::{Known, PartnerRef, RateTable},
};

/// A partner as a message names it.
pub enum Named {
    /// By resource name.
    Partner(String),
    /// By a key of another system.
    External(ExternalRef),
}

impl From<figure::PartnerRef> for Named {
    fn from(named: figure::PartnerRef) -> Self {
        match named {
            figure::PartnerRef::Partner(name) => Self::Partner(name),
            figure::PartnerRef::PartnerExternalRef(r) => Self::External(r),
        }
    }
}

impl From<opening_line::PartnerRef> for Named {
    fn from(named: opening_line::PartnerRef) -> Self {
        match named {
            opening_line::PartnerRef::Partner(name) => Self::Partner(name),
            opening_line::PartnerRef::PartnerExternalRef(r) => Self::External(r),
        }
    }
}

impl From<foreign_line::PartnerRef> for Named {
    fn from(named: foreign_line::PartnerRef) -> Self {
        match named {
            foreign_line::PartnerRef::Partner(name) => Self::Partner(name),
            foreign_line::PartnerRef::PartnerExternalRef(r) => Self::External(r),
        }
    }
}

/// Reads how a partner is named; `None` after a violation.
pub fn named(partner: Option<Named>, v: &mut Violations) -> Option<PartnerRef> {
    match partner {
        Some(Named::Partner(name)) => {
            v.check("partner", ResourceId::from_name("partners", &name)).map(|id| PartnerRef::Id(id.to_string()))
        }
        Some(Named::External(r)) => external(r, v),
        None => {
            v.add("partner", "is missing; name the partner by resource name or by partner_external_ref");
            None
        }
    }
}

/// A day of a message. What cannot be read is told, and a stand-in keeps it from being called missing.
fn day(field: &str, value: Option<&ty::Date>, v: &mut Violations) -> Option<Date> {
    value.map(|value| v.check(field, date(value)).unwrap_or(Date::from_days(0)))
}

fn partner_row<D>(draft: D, partner: Option<PartnerRef>, v: Violations) -> PartnerRow<D> {
    PartnerRow { draft, partner: partner.filter(|_| v.is_empty()).ok_or(v) }
}

/// Reads a figure.
#[must_use]
pub fn figure_row(figure: pb::Figure) -> PartnerRow<FigureDraft> {
    let mut v = Violations::new();
    let partner = named(figure.partner_ref.map(Named::from), &mut v);
    let draft = FigureDraft {
        key: SourceKey { system: figure.source_system, id: figure.source_id },
        figure: figure.figure,
        from: day("from", figure.from.as_ref(), &mut v),
        to: day("to", figure.to.as_ref(), &mut v),
        period: figure.period,
        value: figure.value.map(|d| d.value),
        currency: figure.currency,
        withdrawn: figure.withdrawn,
    };
    partner_row(draft, partner, v)
}

/// Writes a figure.
#[must_use]
pub fn figure_to_proto(kept: &Revision<Figure>) -> pb::Figure {
    let figure = &kept.content;
    pb::Figure {
        name: figure.name(),
        source_system: figure.key.system.clone(),
        source_id: figure.key.id.clone(),
        partner_ref: Some(figure::PartnerRef::Partner(format!("partners/{}", figure.partner_id))),
        figure: figure.figure.clone(),
        from: Some(date_to_proto(figure.days.0)),
        to: Some(date_to_proto(figure.days.1)),
        period: figure.period.clone(),
        value: Some(decimal_to_proto(figure.value)),
        currency: figure.currency.map(Currency::code).unwrap_or_default().to_owned(),
        withdrawn: figure.withdrawn,
        revision: kept.revision,
        author: kept.author.clone(),
        record_time: Some(timestamp_to_proto(kept.record_time)),
        arrival: kept.arrival,
    }
}

/// Reads a rate.
///
/// # Errors
/// What cannot be decoded.
pub fn rate_draft(rate: pb::Rate) -> Result<RateDraft, Violations> {
    let mut v = Violations::new();
    let day = day("day", rate.day.as_ref(), &mut v);
    let draft = RateDraft {
        table: rate.rate_table,
        from: rate.from_currency,
        into: rate.into_currency,
        day,
        rate: rate.rate.map(|d| d.value),
    };
    if v.is_empty() { Ok(draft) } else { Err(v) }
}

/// Writes a rate.
#[must_use]
pub fn rate_to_proto(kept: &Revision<Rate>) -> pb::Rate {
    let key = &kept.content.key;
    pb::Rate {
        name: key.name(),
        rate_table: format!("rateTables/{}", key.table),
        from_currency: key.from.code().to_owned(),
        into_currency: key.into.code().to_owned(),
        day: Some(date_to_proto(key.day)),
        rate: Some(decimal_to_proto(kept.content.rate)),
        revision: kept.revision,
        author: kept.author.clone(),
        record_time: Some(timestamp_to_proto(kept.record_time)),
        arrival: kept.arrival,
    }
}

/// Writes a table of rates.
#[must_use]
pub fn table_to_proto(table: &RateTable) -> pb::RateTable {
    pb::RateTable {
        name: format!("rateTables/{}", table.id),
        rate_count: table.rates,
        first_day: Some(date_to_proto(table.first_day)),
        last_day: Some(date_to_proto(table.last_day)),
    }
}

/// Reads a line of an older system.
#[must_use]
pub fn opening_row(line: pb::OpeningLine) -> PartnerRow<OpeningDraft> {
    let mut v = Violations::new();
    let partner = named(line.partner_ref.map(Named::from), &mut v);
    let draft = OpeningDraft {
        key: SourceKey { system: line.source_system, id: line.source_id },
        programme: line.programme,
        slot: line.slot,
        rule: line.rule,
        part: line.part,
        period: line.period,
        amount: line.amount.map(money_parts),
        carried: line.carried.map(|d| d.value),
        withdrawn: line.withdrawn,
    };
    partner_row(draft, partner, v)
}

/// Writes a line of an older system.
#[must_use]
pub fn opening_to_proto(kept: &Revision<OpeningLine>) -> pb::OpeningLine {
    let line = &kept.content;
    pb::OpeningLine {
        name: line.name(),
        source_system: line.key.system.clone(),
        source_id: line.key.id.clone(),
        programme: format!("programmes/{}", line.programme),
        slot: line.slot.clone(),
        rule: line.rule.clone(),
        part: line.part.clone(),
        partner_ref: Some(opening_line::PartnerRef::Partner(format!("partners/{}", line.partner_id))),
        period: line.period.clone(),
        amount: Some(minor_to_proto(line.amount)),
        carried: (!line.carried.is_zero()).then(|| decimal_to_proto(line.carried)),
        withdrawn: line.withdrawn,
        revision: kept.revision,
        author: kept.author.clone(),
        record_time: Some(timestamp_to_proto(kept.record_time)),
        arrival: kept.arrival,
    }
}

/// Writes what became of a row.
#[must_use]
pub fn result_to_proto(row: &RowRecord) -> pb::RecordResult {
    match row {
        RowRecord::Kept { change, name, revision } => pb::RecordResult {
            outcome: match change {
                Change::Recorded => pb::RecordOutcome::Recorded,
                Change::Corrected => pb::RecordOutcome::Corrected,
                Change::Duplicate => pb::RecordOutcome::Duplicate,
            }
            .into(),
            name: name.clone(),
            revision: *revision,
            error: None,
        },
        RowRecord::Refused(fault) => refused(status::to_rpc_status(fault, DOMAIN)),
        RowRecord::RefusedBefore(status) => refused(status.clone()),
    }
}

fn refused(why: Status) -> pb::RecordResult {
    pb::RecordResult { outcome: pb::RecordOutcome::Refused.into(), error: Some(why), ..pb::RecordResult::default() }
}

/// Reads as of when something is to be known.
///
/// # Errors
/// `INVALID_REQUEST` for `known_at`.
pub fn known(at: Option<&prost_types::Timestamp>) -> Result<Known, Fault> {
    match at {
        None => Ok(Known::Now),
        Some(at) => timestamp(at).map(Known::At).map_err(|e| Fault::invalid_field("known_at", e)),
    }
}
