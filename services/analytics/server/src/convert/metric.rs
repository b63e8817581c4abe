//! Questions to the metric layer between the protobuf messages and the domain.

use analytics_domain::metric::{Asked, Basis, Dimension, Grain, MetricQuery, find};
use tributary_core::{Currency, Date, Exact, Fault, Violations};
use tributary_proto::{
    google::r#type::{Date as DateParts, Decimal as DecimalText},
    tributary::analytics::v1::{self as pb, MetricDimension, MetricGrain, SalesBasis},
};
use tributary_rpc::convert::{date, decimal};

use crate::app::metrics::{ClassifyQuery, filter};

/// Decimals of the bounds of classes.
const SHARE_SCALE: u32 = 9;
/// Metrics that make volumes.
const VOLUMES: [&str; 3] = ["net_sales", "gmv", "quantity"];

/// Reads a question.
///
/// # Errors
/// Every violation at once; `FILTER_INVALID`.
pub fn query(request: &pb::QueryMetricsRequest) -> Result<MetricQuery, Fault> {
    let mut v = Violations::new();
    let mut dimensions = Vec::with_capacity(request.dimensions.len());
    for (i, number) in request.dimensions.iter().enumerate() {
        match dimension(*number) {
            Some(dimension) => dimensions.push(dimension),
            None => v.add(format!("dimensions[{i}]"), format!("{number} is not a dimension; use 1 to 8")),
        }
    }
    let asked = Asked {
        metrics: request.metrics.clone(),
        dimensions,
        condition: filter::condition(&request.filter)?,
        grain: grain(request.grain),
        from: day(&mut v, "from", request.from.as_ref()),
        to: day(&mut v, "to", request.to.as_ref()),
        basis: basis(request.basis),
        region_depth: usize::try_from(request.region_depth).unwrap_or_default(),
    };
    match MetricQuery::new(asked) {
        Ok(query) => v.into_result().map(|()| query),
        Err(more) => {
            v.extend(more);
            Err(Fault::invalid(v))
        }
    }
}

/// Reads a question for volume classes.
///
/// # Errors
/// Every violation at once; `FILTER_INVALID`.
pub fn classify(request: &pb::ClassifyVolumesRequest) -> Result<ClassifyQuery, Fault> {
    let mut v = Violations::new();
    let by = match request.by {
        0 => Dimension::Partner,
        number => dimension(number).unwrap_or(Dimension::Partner),
    };
    let metric = if request.metric.is_empty() { "net_sales" } else { &request.metric };
    if !VOLUMES.contains(&metric) {
        v.add("metric", format!("{metric:?} is not a volume; use {}", VOLUMES.join(", ")));
    }
    let currency = match request.currency_code.as_str() {
        "" => None,
        code => v.check("currency_code", Currency::parse(code)),
    };
    if currency.is_some() && find(metric).is_some_and(|metric| !metric.per_currency) {
        v.add("currency_code", format!("is of a volume in money; leave it unset for {metric}, or filter by currency"));
    }
    let a_share = share(&mut v, "a_share", request.a_share.as_ref(), (80, 2));
    let b_share = share(&mut v, "b_share", request.b_share.as_ref(), (95, 2));
    if b_share <= a_share {
        v.add("b_share", format!("{b_share} is not above a_share {a_share}; classes follow one another"));
    }
    let (from, to) = (day(&mut v, "from", request.from.as_ref()), day(&mut v, "to", request.to.as_ref()));
    if let (Some(from), Some(to)) = (from, to)
        && to < from
    {
        v.add("to", format!("{to} is before from {from}; it is the first day no longer wanted"));
    }
    v.into_result()?;
    Ok(ClassifyQuery {
        by,
        metric: metric.to_owned(),
        currency,
        condition: filter::condition(&request.filter)?,
        from,
        to,
        basis: basis(request.basis),
        a_share,
        b_share,
    })
}

/// A share, or the usual one.
fn share(v: &mut Violations, field: &str, stated: Option<&DecimalText>, usual: (i128, u32)) -> Exact {
    let usual = Exact::from_scaled(usual.0, usual.1);
    let Some(stated) = stated else { return usual };
    let Some(share) = v.check(field, decimal(stated, SHARE_SCALE)).map(Exact::from) else { return usual };
    if !share.is_positive() || share > Exact::from(1) {
        v.add(field, format!("{share} is not a share; use a number above 0 and up to 1"));
    }
    share
}

fn day(v: &mut Violations, field: &str, stated: Option<&DateParts>) -> Option<Date> {
    stated.and_then(|parts| v.check(field, date(parts)))
}

/// A dimension of a message, `None` when it is not set or not known.
pub fn dimension(number: i32) -> Option<Dimension> {
    match MetricDimension::try_from(number) {
        Ok(MetricDimension::Partner) => Some(Dimension::Partner),
        Ok(MetricDimension::Region) => Some(Dimension::Region),
        Ok(MetricDimension::ProductLine) => Some(Dimension::ProductLine),
        Ok(MetricDimension::Sku) => Some(Dimension::Sku),
        Ok(MetricDimension::Channel) => Some(Dimension::Channel),
        Ok(MetricDimension::SubChannel) => Some(Dimension::SubChannel),
        Ok(MetricDimension::Currency) => Some(Dimension::Currency),
        Ok(MetricDimension::Kind) => Some(Dimension::Kind),
        Ok(MetricDimension::Unspecified) | Err(_) => None,
    }
}

/// A dimension as in a message.
pub fn dimension_to_proto(dimension: Dimension) -> MetricDimension {
    match dimension {
        Dimension::Partner => MetricDimension::Partner,
        Dimension::Region => MetricDimension::Region,
        Dimension::ProductLine => MetricDimension::ProductLine,
        Dimension::Sku => MetricDimension::Sku,
        Dimension::Channel => MetricDimension::Channel,
        Dimension::SubChannel => MetricDimension::SubChannel,
        Dimension::Currency => MetricDimension::Currency,
        Dimension::Kind => MetricDimension::Kind,
    }
}

fn grain(number: i32) -> Option<Grain> {
    match MetricGrain::try_from(number) {
        Ok(MetricGrain::Day) => Some(Grain::Day),
        Ok(MetricGrain::Week) => Some(Grain::Week),
        Ok(MetricGrain::Month) => Some(Grain::Month),
        Ok(MetricGrain::Quarter) => Some(Grain::Quarter),
        Ok(MetricGrain::Year) => Some(Grain::Year),
        Ok(MetricGrain::Unspecified) | Err(_) => None,
    }
}

/// A basis of a message, `None` when it is not set.
pub fn basis(number: i32) -> Option<Basis> {
    match SalesBasis::try_from(number) {
        Ok(SalesBasis::SellIn) => Some(Basis::SellIn),
        Ok(SalesBasis::SellOut) => Some(Basis::SellOut),
        Ok(SalesBasis::All) => Some(Basis::All),
        Ok(SalesBasis::Unspecified) | Err(_) => None,
    }
}

/// A basis as in a message.
pub fn basis_to_proto(basis: Option<Basis>) -> SalesBasis {
    match basis {
        Some(Basis::SellIn) => SalesBasis::SellIn,
        Some(Basis::SellOut) => SalesBasis::SellOut,
        Some(Basis::All) => SalesBasis::All,
        None => SalesBasis::Unspecified,
    }
}
