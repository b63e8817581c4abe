//! The messages of funds.

use incentive_calculation_domain::fund::{Budget, Fund, Kind, Line, RATE_DIGITS, Terms, Usage, Version};
use tributary_core::{Currency, Date, Decimal, MinorAmount, Violations};
use tributary_proto::{
    google::r#type::{Decimal as DecimalMessage, Money},
    tributary::incentive::v1 as pb,
};
use tributary_rpc::convert::{
    date_to_proto, decimal, decimal_to_proto, minor_amount, minor_to_proto, timestamp_to_proto,
};

use super::{channel, channel_to_proto};

/// Reads a kind; unspecified is none.
#[must_use]
pub fn kind(value: pb::FundKind) -> Option<Kind> {
    match value {
        pb::FundKind::Unspecified => None,
        pb::FundKind::Marketing => Some(Kind::Marketing),
        pb::FundKind::Advertising => Some(Kind::Advertising),
        pb::FundKind::Logistics => Some(Kind::Logistics),
        pb::FundKind::Warehouse => Some(Kind::Warehouse),
    }
}

fn kind_to_proto(kind: Kind) -> pb::FundKind {
    match kind {
        Kind::Marketing => pb::FundKind::Marketing,
        Kind::Advertising => pb::FundKind::Advertising,
        Kind::Logistics => pb::FundKind::Logistics,
        Kind::Warehouse => pb::FundKind::Warehouse,
    }
}

/// Reads an amount in a currency.
pub fn amount_in(currency: Currency, field: &str, stated: Option<&Money>, violations: &mut Violations) -> Option<i64> {
    let stated = stated.ok_or_else(|| format!("is missing; state an amount in {currency}"));
    let read: MinorAmount = violations.check(field, stated.and_then(minor_amount))?;
    if read.currency != currency {
        violations.add(field, format!("is in {}, the fund in {currency}", read.currency));
    }
    Some(read.value)
}

/// Reads budgets.
pub fn budgets(currency: Currency, stated: &[pb::FundBudget], violations: &mut Violations) -> Vec<Budget> {
    let mut read = Vec::with_capacity(stated.len());
    for (at, budget) in stated.iter().enumerate() {
        let amount = amount_in(currency, &format!("budgets[{at}].amount"), budget.amount.as_ref(), violations);
        let class = channel(budget.channel).ok_or("is not set; use a channel class such as CHANNEL_CLASS_ONLINE");
        let class = violations.check(&format!("budgets[{at}].channel"), class);
        read.extend(class.zip(amount).map(|(channel, amount)| Budget { channel, amount }));
    }
    read
}

/// Reads a share; unset is 0.
pub fn share(field: &str, stated: Option<&DecimalMessage>, violations: &mut Violations) -> Decimal {
    let read = stated.map_or(Ok(Decimal::ZERO), |stated| decimal(stated, RATE_DIGITS));
    violations.check(field, read).unwrap_or(Decimal::ZERO)
}

/// Reads terms.
pub fn terms(currency: Currency, stated: &pb::FundTerms, violations: &mut Violations) -> Terms {
    let mut cap = |field: &str, stated: &Option<Money>| {
        stated.as_ref().and_then(|stated| amount_in(currency, field, Some(stated), violations))
    };
    let project_cap = cap("terms.project_cap", &stated.project_cap);
    let annual_cap = cap("terms.annual_cap", &stated.annual_cap);
    let days = |stated: i32| u16::try_from(stated).unwrap_or(0);
    Terms {
        rate: share("terms.rate", stated.rate.as_ref(), violations),
        project_cap,
        annual_cap,
        claim_days: days(stated.claim_days),
        approval_days: days(stated.approval_days),
    }
}

/// Writes terms.
#[must_use]
pub fn terms_to_proto(currency: Currency, terms: &Terms) -> pb::FundTerms {
    let money = |value: Option<i64>| value.map(|value| minor_to_proto(MinorAmount { currency, value }));
    pb::FundTerms {
        rate: Some(decimal_to_proto(terms.rate)),
        project_cap: money(terms.project_cap),
        annual_cap: money(terms.annual_cap),
        claim_days: terms.claim_days.into(),
        approval_days: terms.approval_days.into(),
    }
}

fn version_to_proto(fund: &Fund, version: &Version) -> pb::FundVersion {
    pb::FundVersion {
        budgets: budgets_to_proto(fund, &version.budgets),
        held_back: Some(decimal_to_proto(version.held_back)),
        terms: Some(terms_to_proto(fund.currency, &version.terms)),
        reason: version.reason.clone(),
        author: version.author.clone(),
        time: Some(timestamp_to_proto(version.time)),
    }
}

fn budgets_to_proto(fund: &Fund, budgets: &[Budget]) -> Vec<pb::FundBudget> {
    let budget = |budget: &Budget| pb::FundBudget {
        channel: channel_to_proto(Some(budget.channel)),
        amount: Some(minor_to_proto(fund.money(budget.amount))),
    };
    budgets.iter().map(budget).collect()
}

/// Writes a fund.
#[must_use]
pub fn fund_to_proto(fund: &Fund) -> pb::Fund {
    pb::Fund {
        name: fund.name(),
        display_name: fund.display_name.clone(),
        kind: kind_to_proto(fund.kind).into(),
        currency_code: fund.currency.code().to_owned(),
        first_day: Some(date_to_proto(fund.first_day)),
        end_day: Some(date_to_proto(fund.end_day)),
        owner: fund.owner.clone(),
        budgets: budgets_to_proto(fund, &fund.now.budgets),
        held_back: Some(decimal_to_proto(fund.now.held_back)),
        terms: Some(terms_to_proto(fund.currency, &fund.now.terms)),
        versions: fund.past.iter().chain([&fund.now]).map(|version| version_to_proto(fund, version)).collect(),
        create_time: Some(timestamp_to_proto(fund.create_time)),
        etag: fund.etag(),
    }
}

/// Writes what is used of a fund on a day.
#[must_use]
pub fn usage_to_proto(fund: &Fund, usage: &Usage, day: Date) -> pb::FundUsage {
    let money = |value| Some(minor_to_proto(fund.money(value)));
    let line = |line: &Line| pb::FundUsageLine {
        channel: channel_to_proto(line.channel),
        budget: money(line.budget),
        held_back: money(line.held_back),
        requested: money(line.used.requested),
        committed: money(line.used.committed),
        claimed: money(line.used.claimed),
        paid: money(line.used.paid),
        free: money(line.free),
        free_reserve: money(line.free_reserve),
        forecast: money(line.forecast),
    };
    pb::FundUsage {
        fund: fund.name(),
        day: Some(date_to_proto(day)),
        lines: usage.lines.iter().map(line).collect(),
        total: Some(line(&usage.total)),
    }
}
