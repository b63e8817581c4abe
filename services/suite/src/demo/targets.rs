//! The targets of the demo's year.

use tributary_proto::{
    google::r#type::Decimal,
    tributary::analytics::v1::{CreateTargetRequest, Target},
};
use tributary_rpc::status::describe;

use crate::cli::{Connection, Failure};

/// Id, title, metric, filter, growth over last year or (`true`) a value not to be exceeded, currency.
const TARGETS: [(&str, &str, &str, &str, &str, bool, &str); 3] = [
    ("gmv-2025", "GMV", "gmv", "", "0.2", false, "CNY"),
    ("online-2025", "net sales online", "net_sales", "channel = \"ONLINE\"", "0.3", false, "CNY"),
    ("returns-2025", "return rate", "return_rate", "", "0.03", true, ""),
];

/// The period of all of them.
pub(super) const PERIOD: &str = "2025";

/// Sets the targets; those of an earlier play stay as they are.
pub(super) async fn targets(connection: &Connection) -> Result<(), Failure> {
    for (id, title, metric, filter, number, is_limit, currency) in TARGETS {
        let number = Some(Decimal { value: number.to_owned() });
        let (value, growth) = if is_limit { (number, None) } else { (None, number) };
        let target = Target {
            title: title.to_owned(),
            metric: metric.to_owned(),
            filter: filter.to_owned(),
            period: PERIOD.to_owned(),
            value,
            growth,
            currency_code: currency.to_owned(),
            lower_is_better: is_limit,
            owner: "demo.author".to_owned(),
            ..Target::default()
        };
        let request = CreateTargetRequest { target: Some(target), target_id: id.to_owned(), request_id: String::new() };
        match connection.targets().create_target(request).await {
            Ok(_) => {}
            Err(status) if describe(&status).reason == "TARGET_EXISTS" => {}
            Err(status) => return Err(status.into()),
        }
    }
    Ok(())
}
