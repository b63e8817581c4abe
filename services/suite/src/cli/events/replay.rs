//! `tributary events replay`.

use clap::Args;
use prost_types::Timestamp;
use tributary_proto::tributary::event::v1::ReplayEventsRequest;

use super::{resource_of, service};
use crate::{
    cli::{Connection, Failure},
    output::{self, message_json},
    settings::ServiceName,
};

const EXAMPLES: &str = "\
Examples:
  tributary events replay --service incentive-calculation
  tributary events replay --service incentive-calculation --since 2026-11-01
  tributary events replay --service partner-registry --subject partners/alpine

Consumers pass over events they have handled. To rebuild a consumer, empty its store first; whatever only that store
holds (contracts of contract-risk, targets of analytics) is not in any event and has to be restored from a backup.";

/// Which events go out again.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ReplayArgs {
    /// Whose events: partner-registry, incentive-calculation, contract-risk or analytics
    #[arg(long, value_name = "SERVICE", value_parser = service)]
    pub service: ServiceName,
    /// Only events recorded then or later: a day of UTC, or a moment such as 2026-11-01T08:00:00Z [default: all there
    /// ever were]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub since: Option<Timestamp>,
    /// Only events about this resource. Example: partners/alpine
    #[arg(long, value_name = "RESOURCE", default_value = "", hide_default_value = true)]
    pub subject: String,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// Sends them.
pub(super) async fn run(connection: &Connection, args: &ReplayArgs) -> Result<(), Failure> {
    let request =
        ReplayEventsRequest { service: resource_of(args.service), since: args.since, subject: args.subject.clone() };
    let answer = connection.events().replay_events(request).await?.into_inner();
    if args.json {
        output::json_line(&message_json(&answer));
    } else {
        output::line(&format!("{} events of {} go out again", answer.event_count, args.service));
    }
    Ok(())
}

/// Reads a day or a moment.
fn moment(text: &str) -> Result<Timestamp, String> {
    let day = || text.parse::<jiff::civil::Date>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
    let read = text.parse::<jiff::Timestamp>().ok().or_else(|| day().map(|day| day.timestamp()));
    let read =
        read.ok_or_else(|| format!("{text:?} is neither a day as 2026-11-01 nor a moment as 2026-11-01T08:00:00Z"))?;
    Ok(Timestamp { seconds: read.as_second(), nanos: read.subsec_nanosecond() })
}

#[cfg(test)]
mod tests {
    use prost_types::Timestamp;

    use super::moment;

    #[test]
    fn days_and_moments_are_read() {
        // 2026-11-01 is 20,758 days after 1970-01-01.
        let midnight = 20_758 * 86_400;
        assert_eq!(moment("2026-11-01"), Ok(Timestamp { seconds: midnight, nanos: 0 }));
        let eight = Timestamp { seconds: midnight + 8 * 3_600, nanos: 500_000_000 };
        assert_eq!(moment("2026-11-01T10:00:00.5+02:00"), Ok(eight));
        assert!(moment("yesterday").expect_err("no moment").contains("\"yesterday\" is neither"));
    }
}
