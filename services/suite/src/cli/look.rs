//! What the commands that look have in common: the connection around them, lists page by page, days, names, filters.

use clap::Args;
use tonic::{Response, Status};
use tributary_core::{IdSource as _, Period, SystemIds, exact::parse_decimal};
use tributary_proto::google::r#type::{Date, Decimal, Money};
use tributary_rpc::convert::date_to_proto;

use super::{ConnectArgs, Connection, Failure};
use crate::{
    document::nearest,
    output::{self, Align, message_json},
};

/// Most items of a page.
const PAGE: u32 = 1000;

/// How much of a list, and how.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub top: u32,
    /// Print each as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// Which days.
#[derive(Debug, Args)]
pub struct RangeArgs {
    /// Year 2026, quarter 2026-Q1, month 2026-03 or ISO week 2026-W10; instead of --from and --to
    #[arg(long, conflicts_with_all = ["from", "to"], value_parser = str::parse::<Period>)]
    pub period: Option<Period>,
    /// First day [default: from the beginning]
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub from: Option<Date>,
    /// First day no longer wanted [default: to the end]
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub to: Option<Date>,
}

impl RangeArgs {
    /// First day, and first day no longer wanted.
    pub(super) fn days(&self) -> (Option<Date>, Option<Date>) {
        match self.period {
            Some(period) => (Some(date_to_proto(period.from())), Some(date_to_proto(period.to()))),
            None => (self.from, self.to),
        }
    }
}

/// Reads a day.
pub(super) fn day(text: &str) -> Result<Date, String> {
    tributary_core::Date::parse(text).map(date_to_proto)
}

/// Reads a number; the service says what it may be.
pub(super) fn decimal(text: &str) -> Result<Decimal, String> {
    parse_decimal(text, 28).map(|value| Decimal { value: value.to_string() })
}

/// Reads an amount of a currency; the service says how many digits it may have.
pub(super) fn money(text: &str, currency: &str) -> Result<Money, Failure> {
    let read = parse_decimal(text, 9).map_err(Failure::usage)?;
    let whole = read.trunc();
    let units = i64::try_from(whole).map_err(|_| Failure::usage(format!("{text} is more than 64 bits hold")))?;
    let nanos = (read - whole) * tributary_core::Decimal::from(1_000_000_000);
    let nanos = i32::try_from(nanos).map_err(|_| Failure::usage(format!("{text} is no amount")))?;
    Ok(Money { currency_code: currency.to_owned(), units, nanos })
}

/// Reads the name of a value: "product-line" is also "PRODUCT_LINE". `what` it is, and its `known` names, are for the
/// message.
pub(super) fn value_of<E>(
    text: &str,
    what: &str,
    known: &[&str],
    prefix: &str,
    from: fn(&str) -> Option<E>,
) -> Result<E, String> {
    let name = text.to_lowercase().replace('_', "-");
    let found = known.contains(&name.as_str()).then(|| name.to_uppercase().replace('-', "_"));
    let found = found.and_then(|name| from(&format!("{prefix}{name}")));
    found.ok_or_else(|| format!("{text:?} is no {what}; {}", nearest(text, known.iter().copied())))
}

/// A filter of which all parts hold. What a person wrote comes first, as it is: AND binds less than anything in it, and
/// the positions that a refusal names stay right.
pub(super) fn all_of(written: &str, parts: impl IntoIterator<Item = String>) -> String {
    let written = Some(written.trim().to_owned()).filter(|text| !text.is_empty());
    written.into_iter().chain(parts).collect::<Vec<_>>().join(" AND ")
}

/// A comparison of a filter. Example: `partner = "partners/p"`.
pub(super) fn equals(field: &str, text: &str) -> String {
    format!("{field} = \"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Works on a connection, and closes it.
pub(super) async fn with<T>(
    connect: &ConnectArgs,
    work: impl AsyncFnOnce(&Connection) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let connection = Connection::open(connect).await?;
    let result = work(&connection).await;
    let closed = connection.close().await;
    // What failed first is what is told.
    let value = result?;
    closed?;
    Ok(value)
}

/// Reads up to `top` items of a list, page by page.
pub(super) async fn each<M>(
    top: u32,
    page: impl AsyncFn(i32, String) -> Result<(Vec<M>, String), Failure>,
    mut take: impl FnMut(M),
) -> Result<(), Failure> {
    let mut left = top;
    let mut page_token = String::new();
    while left > 0 {
        let page_size = i32::try_from(left.min(PAGE)).unwrap_or(i32::MAX);
        let (items, next) = page(page_size, page_token).await?;
        for item in items.into_iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
            take(item);
            left = left.saturating_sub(1);
        }
        page_token = next;
        if page_token.is_empty() {
            break;
        }
    }
    Ok(())
}

/// Prints up to `top` items of a list: each as JSON as soon as it is there, or all as one table.
pub(super) async fn print<M: prost::Message + prost::Name>(
    (top, json): (u32, bool),
    columns: &[(&str, Align)],
    row: impl Fn(&M) -> Vec<String>,
    page: impl AsyncFn(i32, String) -> Result<(Vec<M>, String), Failure>,
) -> Result<(), Failure> {
    let mut rows = Vec::new();
    each(top, page, |item| if json { output::json_line(&message_json(&item)) } else { rows.push(row(&item)) }).await?;
    if !json {
        output::line(&output::table(columns, &rows));
    }
    Ok(())
}

/// Columns of text.
pub(super) fn left<const N: usize>(names: [&str; N]) -> [(&str, Align); N] {
    names.map(|name| (name, Align::Left))
}

/// The id that makes a command safe to repeat: the one given, or a new one.
pub(super) fn request_id(given: Option<String>) -> String {
    given.unwrap_or_else(|| SystemIds.uuid().to_string())
}

/// The answer of a call with a request id; a failure after which nobody knows whether it had its effect names the id.
pub(super) async fn once<T>(
    request_id: &str,
    call: impl Future<Output = Result<Response<T>, Status>>,
) -> Result<T, Failure> {
    call.await.map(Response::into_inner).map_err(|status| Failure::unsure(status, request_id))
}

#[cfg(test)]
mod tests {
    use tributary_proto::tributary::analytics::v1::MetricDimension;

    use super::{all_of, equals, value_of};

    #[test]
    fn names_are_read_in_any_case_and_the_near_one_is_named() {
        let known = ["partner", "product-line", "channel"];
        let read = |text| value_of(text, "dimension", &known, "METRIC_DIMENSION_", MetricDimension::from_str_name);
        assert_eq!(read("product-line"), Ok(MetricDimension::ProductLine));
        assert_eq!(read("PRODUCT_LINE"), Ok(MetricDimension::ProductLine));
        assert_eq!(read("chanel"), Err("\"chanel\" is no dimension; did you mean \"channel\"?".to_owned()));
        assert_eq!(
            read("unspecified"),
            Err("\"unspecified\" is no dimension; known: partner, product-line, channel".to_owned())
        );
    }

    #[test]
    fn filters_are_joined() {
        let part = equals("partner", "a\"b\\c");
        assert_eq!(part, r#"partner = "a\"b\\c""#);
        assert_eq!(all_of(" a = 1 OR b = 2 ", [part]), r#"a = 1 OR b = 2 AND partner = "a\"b\\c""#);
        assert_eq!(all_of("", []), "");
    }
}
