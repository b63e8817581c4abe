//! Targets and their progress as protobuf messages.

use analytics_domain::target::{Forecast, Goal, Method, Status, Target};
use tributary_core::Exact;
use tributary_proto::{
    google::r#type::Decimal as DecimalText,
    tributary::analytics::v1::{self as pb, ForecastMethod, TargetStatus},
};
use tributary_rpc::{
    convert::{date_to_proto, decimal_to_proto, timestamp_to_proto},
    status::to_rpc_status,
};

use super::metric::basis_to_proto;
use crate::{DOMAIN, app::targets::Measurement};

/// Decimals of ratios, and of everything else that is no money.
const DECIMALS: u32 = 6;

/// Writes a target.
pub fn target_to_proto(target: &Target) -> pb::Target {
    let (scope, aim) = (&target.scope, &target.aim);
    let (value, growth) = match aim.goal {
        Goal::Value(value) => (Some(decimal_to_proto(value)), None),
        Goal::Growth(growth) => (None, Some(decimal_to_proto(growth))),
    };
    pb::Target {
        name: target.name(),
        title: aim.title.clone(),
        metric: scope.metric.clone(),
        filter: scope.filter.clone(),
        basis: basis_to_proto(scope.basis).into(),
        period: scope.period.to_string(),
        value,
        growth,
        currency_code: scope.currency.map_or_else(String::new, |currency| currency.code().to_owned()),
        tolerance: Some(decimal_to_proto(aim.tolerance)),
        lower_is_better: aim.lower_is_better,
        owner: aim.owner.clone(),
        create_time: Some(timestamp_to_proto(target.create_time)),
        update_time: Some(timestamp_to_proto(target.update_time)),
        etag: target.etag(),
    }
}

/// Writes what a target has reached.
pub fn progress_to_proto(measured: &Measurement) -> pb::TargetProgress {
    let Measurement { target, progress, through_batch, error } = measured;
    let digits = target.scope.money().map_or(DECIMALS, |currency| currency.exponent());
    let is_ratio = target.scope.definition().is_some_and(|definition| definition.is_ratio());
    // Sums and counts end within few decimals; ratios and averages need not end at all.
    let value = |value: &Exact| match value.to_decimal_string(18) {
        Some(value) if !is_ratio => DecimalText { value },
        _ => rounded(value, digits),
    };
    pb::TargetProgress {
        target: Some(target_to_proto(target)),
        as_of: Some(date_to_proto(progress.as_of)),
        target_value: progress.target_value.as_ref().map(value),
        base_value: progress.base_value.as_ref().map(value),
        actual: progress.actual.as_ref().map(value),
        attainment: progress.attainment.as_ref().map(|part| rounded(part, DECIMALS)),
        elapsed: Some(rounded(&progress.elapsed, DECIMALS)),
        forecast: progress.forecast.as_ref().map(|forecast| forecast_to_proto(forecast, digits)),
        status: status_to_proto(progress.status).into(),
        through_batch: *through_batch,
        error: error.as_ref().map(|fault| to_rpc_status(fault, DOMAIN)),
    }
}

fn forecast_to_proto(forecast: &Forecast, digits: u32) -> pb::Forecast {
    let method = match forecast.method {
        Method::RunRate => ForecastMethod::RunRate,
        Method::Final => ForecastMethod::Final,
        Method::Present => ForecastMethod::Present,
    };
    let interval = forecast.interval.as_ref();
    let count = |days: u32| i32::try_from(days).unwrap_or(i32::MAX);
    pb::Forecast {
        method: method.into(),
        expected: Some(rounded(&forecast.expected, digits)),
        low: interval.map(|interval| rounded(&interval.low, digits)),
        high: interval.map(|interval| rounded(&interval.high, digits)),
        confidence: interval.map(|interval| rounded(&interval.confidence, DECIMALS)),
        observed_days: count(forecast.observed_days),
        remaining_days: count(forecast.remaining_days),
    }
}

/// A status as in a message.
pub fn status_to_proto(status: Status) -> TargetStatus {
    match status {
        Status::Pending => TargetStatus::Pending,
        Status::OnTrack => TargetStatus::OnTrack,
        Status::AtRisk => TargetStatus::AtRisk,
        Status::OffTrack => TargetStatus::OffTrack,
        Status::Reached => TargetStatus::Reached,
        Status::Missed => TargetStatus::Missed,
    }
}

/// A value with at most `digits` (of 17) decimals, half away from zero, without trailing zeros; however large it is.
fn rounded(value: &Exact, digits: u32) -> DecimalText {
    let magnitude = if value.is_negative() { -value.clone() } else { value.clone() };
    // The magnitude and half a step, cut: display cuts at 18 decimals.
    let text = (magnitude + Exact::from_scaled(5, digits.saturating_add(1))).display();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits = usize::try_from(digits).unwrap_or_default();
    let fraction: String = fraction.chars().take(digits).collect();
    let fraction = fraction.trim_end_matches('0');
    let number = if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") };
    let sign = if value.is_negative() && number != "0" { "-" } else { "" };
    DecimalText { value: format!("{sign}{number}") }
}

#[cfg(test)]
mod tests {
    use tributary_core::Exact;

    use super::rounded;

    #[test]
    fn values_are_rounded_half_away_from_zero_whatever_their_size() {
        let shown = |numerator: i64, denominator: i64, digits| {
            let value = Exact::from(numerator).checked_div(&Exact::from(denominator)).expect("not zero");
            rounded(&value, digits).value
        };
        for (numerator, denominator, digits, text) in [
            (1, 3, 6, "0.333333"),
            (2, 3, 6, "0.666667"),
            (-2, 3, 6, "-0.666667"),
            (1, 8, 2, "0.13"),
            (-1, 8, 2, "-0.13"),
            (1, 2, 0, "1"),
            (-1, 2, 0, "-1"),
            (-1, 3, 0, "0"),
            (-1, 3_000_000, 6, "0"),
            (1999, 1000, 2, "2"),
            (10, 1, 6, "10"),
            (0, 1, 6, "0"),
            (12_345, 100, 6, "123.45"),
        ] {
            assert_eq!(shown(numerator, denominator, digits), text, "{numerator}/{denominator} at {digits}");
        }
        // More than 64 bits at six decimals: Python's Fraction(2**100, 3), rounded.
        let large = Exact::from_scaled(1 << 100, 0).checked_div(&Exact::from(3)).expect("not zero");
        assert_eq!(rounded(&large, 6).value, "422550200076076467165567735125.333333");
    }
}
