//! Figures, rates and lines of an older system: recorded, corrected, refused, as known at a moment.

use std::time::Duration;

use prost::Message as _;
use tonic::Code;
use tributary_core::{Clock as _, Date, Role, Timestamp};
use tributary_proto::{
    google::r#type::Decimal,
    tributary::{
        common::v1::ExternalRef,
        incentive::v1::{
            BatchRecordFiguresRequest, BatchRecordOpeningLinesRequest, BatchRecordRatesRequest, Figure,
            FiguresRecorded, GetFigureRequest, GetOpeningLineRequest, GetRateRequest, ListFiguresRequest,
            ListOpeningLinesRequest, ListRateTablesRequest, ListRatesRequest, OpeningLine, Rate, RecordFigureRequest,
            RecordOutcome, RecordResult, figure, opening_line,
        },
    },
};
use tributary_rpc::{
    convert::{date_to_proto, timestamp_to_proto},
    status::{describe, to_tonic},
};

use crate::support::{Caller, World, answer, fang, mei, money, refused, worlds};

fn quota(id: &str, partner: &str, period: &str, value: &str) -> Figure {
    Figure {
        source_system: "crm".to_owned(),
        source_id: id.to_owned(),
        partner_ref: Some(figure::PartnerRef::Partner(format!("partners/{partner}"))),
        figure: "quota".to_owned(),
        period: period.to_owned(),
        value: Some(Decimal { value: value.to_owned() }),
        currency: "CNY".to_owned(),
        ..Figure::default()
    }
}

/// Records figures: the outcome, revision and reason of each.
async fn record(world: &World, caller: &Caller, figures: Vec<Figure>) -> Vec<(RecordOutcome, i64, String)> {
    let request = BatchRecordFiguresRequest { figures, ..Default::default() };
    let answered = answer(world.figures().batch_record_figures(caller.ask(request)).await).expect("results");
    answered.results.iter().map(told).collect()
}

fn told(result: &RecordResult) -> (RecordOutcome, i64, String) {
    let reason = result.error.as_ref().map(|status| describe(&to_tonic(status)).reason);
    (result.outcome(), result.revision, reason.unwrap_or_default())
}

fn done(outcome: RecordOutcome, revision: i64) -> (RecordOutcome, i64, String) {
    (outcome, revision, String::new())
}

#[tokio::test]
async fn a_figure_is_corrected_and_what_was_known_stays_known() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing", "baoding"]).await;
        let mut by_ref = quota("q-2", "", "2012-Q3", "7");
        let external = ExternalRef { system: "erp".to_owned(), id: "AW-baoding".to_owned() };
        by_ref.partner_ref = Some(figure::PartnerRef::PartnerExternalRef(external));
        let first = vec![quota("q-1", "anqing", "2012-Q3", "28000.0000"), by_ref];
        let recorded = [done(RecordOutcome::Recorded, 1), done(RecordOutcome::Recorded, 1)];
        assert_eq!(record(&world, &mei(), first.clone()).await, recorded);
        let duplicates = [done(RecordOutcome::Duplicate, 1), done(RecordOutcome::Duplicate, 1)];
        assert_eq!(record(&world, &mei(), first).await, duplicates);
        let before = world.clock.now();
        world.clock.advance(Duration::from_secs(60));
        let corrected = record(&world, &fang(), vec![quota("q-1", "anqing", "2012-Q3", "30000")]).await;
        assert_eq!(corrected, [done(RecordOutcome::Corrected, 2)]);

        let get = async |known_at: Option<Timestamp>| {
            let request =
                GetFigureRequest { name: "figures/crm/q-1".to_owned(), known_at: known_at.map(timestamp_to_proto) };
            answer(world.figures().get_figure(mei().ask(request)).await)
        };
        let now = get(None).await.expect("there");
        assert_eq!((now.value.as_ref().expect("a value").value.as_str(), now.author.as_str()), ("30000", "fang"));
        assert_eq!((now.revision, now.period.as_str()), (2, "2012-Q3"));
        let day = |text: &str| Some(date_to_proto(Date::parse(text).expect("date")));
        assert_eq!((now.from, now.to), (day("2012-07-01"), day("2012-10-01")));
        let then = get(Some(before)).await.expect("there");
        assert_eq!((then.value.expect("a value").value.as_str(), then.author.as_str()), ("28000", "mei"));
        assert!(then.arrival < now.arrival);
        let never = get(Some(before.plus_seconds(-1))).await.expect_err("not known");
        assert_eq!((never.code, never.reason.as_str()), (Code::NotFound, "FIGURE_NOT_FOUND"));

        // One event per batch that brought something; it says how much, not of whom.
        let events = world.published(mei().tenant(), "FiguresRecorded", 2).await;
        let told: Vec<FiguresRecorded> =
            events.iter().map(|e| FiguresRecorded::decode(e.data.as_slice()).expect("the event")).collect();
        assert_eq!((told[0].recorded_count, told[0].corrected_count), (2, 0));
        assert_eq!((told[1].recorded_count, told[1].corrected_count), (0, 1));
        assert_eq!((told[1].first_day, told[1].end_day), (day("2012-07-01"), day("2012-10-01")));
        assert_eq!(events[1].subject, format!("arrivals/{}", told[1].arrival));
    }
}

#[tokio::test]
async fn a_bad_row_never_costs_the_good_ones() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        let rows = vec![
            quota("ok", "anqing", "2012-Q3", "1"),
            quota("nobody", "chengde", "2012-Q3", "1"),
            quota("period", "anqing", "fiscal:FY1", "1"),
            Figure { value: None, figure: "Quota".to_owned(), ..quota("", "anqing", "", "1") },
            Figure { partner_ref: None, ..quota("none", "", "2012-Q3", "1") },
        ];
        let found = record(&world, &mei(), rows.clone()).await;
        let refused_as = |reason: &str| (RecordOutcome::Refused, 0, reason.to_owned());
        let expected = [
            done(RecordOutcome::Recorded, 1),
            refused_as("PARTNER_UNKNOWN"),
            refused_as("INVALID_REQUEST"),
            refused_as("INVALID_REQUEST"),
            refused_as("INVALID_REQUEST"),
        ];
        assert_eq!(found, expected);
        let unary = async |figure: Figure| {
            refused(world.figures().record_figure(mei().ask(RecordFigureRequest { figure: Some(figure) })).await)
        };
        let why = unary(rows[3].clone()).await;
        let fields: Vec<&str> = why.violations.iter().map(|v| v.field.as_str()).collect();
        assert_eq!(fields, ["figure.source_id", "figure.figure", "figure.period", "figure.value"]);
        let why = unary(rows[2].clone()).await;
        assert!(why.violations[0].description.contains("calendars/fiscal, which does not exist"), "{why:?}");
        assert_eq!(unary(rows[1].clone()).await.code, Code::FailedPrecondition);
        let kept = RecordFigureRequest { figure: Some(rows[0].clone()) };
        let kept = answer(world.figures().record_figure(mei().ask(kept)).await).expect("a duplicate");
        assert_eq!((kept.name.as_str(), kept.revision), ("figures/crm/ok", 1));

        let other = Caller::new("other", "li", Role::ChannelManager);
        let list = async |caller: &Caller, request: ListFiguresRequest| {
            answer(world.figures().list_figures(caller.ask(request)).await).expect("figures")
        };
        assert!(list(&other, ListFiguresRequest::default()).await.figures.is_empty());
        record(&world, &mei(), vec![quota("more", "anqing", "2012-Q4", "2")]).await;
        let page = ListFiguresRequest { partner: "partners/anqing".to_owned(), page_size: 1, ..Default::default() };
        let first = list(&mei(), page.clone()).await;
        assert_eq!((first.figures.len(), first.figures[0].source_id.as_str()), (1, "more"));
        let next = list(&mei(), ListFiguresRequest { page_token: first.next_page_token, ..page }).await;
        assert_eq!((next.figures[0].source_id.as_str(), next.next_page_token.as_str()), ("ok", ""));
        let as_of = Date::parse("2012-10-01").map(date_to_proto).ok();
        let autumn = list(&mei(), ListFiguresRequest { as_of, ..Default::default() }).await;
        assert_eq!(autumn.figures.iter().map(|f| f.source_id.as_str()).collect::<Vec<_>>(), ["more"]);
    }
}

fn rate(day: &str, value: &str) -> Rate {
    Rate {
        rate_table: "rateTables/group".to_owned(),
        from_currency: "USD".to_owned(),
        into_currency: "CNY".to_owned(),
        day: Date::parse(day).map(date_to_proto).ok(),
        rate: Some(Decimal { value: value.to_owned() }),
        ..Rate::default()
    }
}

#[tokio::test]
async fn rates_are_corrected_and_listed() {
    for world in worlds().await {
        let record = async |rates: Vec<Rate>| {
            let request = BatchRecordRatesRequest { rates, ..Default::default() };
            let answered = answer(world.rates().batch_record_rates(fang().ask(request)).await).expect("results");
            answered.results.iter().map(told).collect::<Vec<_>>()
        };
        let wrong = Rate { into_currency: "USD".to_owned(), ..rate("2012-07-02", "-1") };
        let found = record(vec![rate("2012-07-02", "6.3"), rate("2012-07-03", "6.31"), wrong]).await;
        assert_eq!(found[..2], [done(RecordOutcome::Recorded, 1), done(RecordOutcome::Recorded, 1)]);
        assert_eq!(found[2], (RecordOutcome::Refused, 0, "INVALID_REQUEST".to_owned()));
        let before = world.clock.now();
        world.clock.advance(Duration::from_secs(60));
        let found = record(vec![rate("2012-07-02", "6.305"), rate("2012-07-03", "6.310")]).await;
        assert_eq!(found, [done(RecordOutcome::Corrected, 2), done(RecordOutcome::Duplicate, 1)]);

        let name = "rateTables/group/rates/USD-CNY-2012-07-02".to_owned();
        let get = async |known_at| {
            let request = GetRateRequest { name: name.clone(), known_at };
            answer(world.rates().get_rate(mei().ask(request)).await).expect("there").rate.expect("a rate").value
        };
        assert_eq!(get(None).await, "6.305");
        assert_eq!(get(Some(timestamp_to_proto(before))).await, "6.3");
        let missing = GetRateRequest { name: name.replace("-02", "-04"), known_at: None };
        assert_eq!(refused(world.rates().get_rate(mei().ask(missing)).await).reason, "RATE_NOT_FOUND");

        let page = ListRatesRequest { rate_table: "rateTables/group".to_owned(), page_size: 1, ..Default::default() };
        let first = answer(world.rates().list_rates(mei().ask(page.clone())).await).expect("rates");
        let next = ListRatesRequest { page_token: first.next_page_token.clone(), ..page };
        let next = answer(world.rates().list_rates(mei().ask(next)).await).expect("rates");
        let names = [first.rates[0].name.as_str(), next.rates[0].name.as_str()];
        assert_eq!(names, [name.as_str(), "rateTables/group/rates/USD-CNY-2012-07-03"]);
        assert!(next.next_page_token.is_empty());
        let tables = answer(world.rates().list_rate_tables(mei().ask(ListRateTablesRequest::default())).await);
        let tables = tables.expect("tables").rate_tables;
        assert_eq!((tables.len(), tables[0].name.as_str(), tables[0].rate_count), (1, "rateTables/group", 2));
    }
}

#[tokio::test]
async fn lines_of_an_older_system_are_kept_by_their_keys() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        let line = |id: &str, units: &str| OpeningLine {
            source_system: "old".to_owned(),
            source_id: id.to_owned(),
            programme: "programmes/dealers".to_owned(),
            slot: "bonus".to_owned(),
            rule: "year".to_owned(),
            partner_ref: Some(opening_line::PartnerRef::Partner("partners/anqing".to_owned())),
            period: "2012-06".to_owned(),
            amount: Some(money("CNY", units)),
            ..OpeningLine::default()
        };
        let record = async |lines: Vec<OpeningLine>| {
            let request = BatchRecordOpeningLinesRequest { lines, ..Default::default() };
            let answered = answer(world.go_live().batch_record_opening_lines(fang().ask(request)).await);
            answered.expect("results").results.iter().map(told).collect::<Vec<_>>()
        };
        let found = record(vec![line("1", "12.50"), line("2", "0.005")]).await;
        assert_eq!(found[0], done(RecordOutcome::Recorded, 1));
        // Half a fen is no amount that was ever stated.
        assert_eq!(found[1], (RecordOutcome::Refused, 0, "INVALID_REQUEST".to_owned()));
        assert_eq!(record(vec![line("1", "12.60")]).await, [done(RecordOutcome::Corrected, 2)]);
        let request = GetOpeningLineRequest { name: "openingLines/old/1".to_owned() };
        let kept = answer(world.go_live().get_opening_line(fang().ask(request)).await).expect("there");
        assert_eq!((kept.amount.as_ref(), kept.revision), (Some(&money("CNY", "12.60")), 2));
        let missing = GetOpeningLineRequest { name: "openingLines/old/2".to_owned() };
        let missing = refused(world.go_live().get_opening_line(fang().ask(missing)).await);
        assert_eq!(missing.reason, "OPENING_LINE_NOT_FOUND");
        let of = ListOpeningLinesRequest { programme: "programmes/agents".to_owned(), ..Default::default() };
        let none = answer(world.go_live().list_opening_lines(fang().ask(of)).await).expect("lines");
        assert!(none.lines.is_empty());
        let all = ListOpeningLinesRequest { partner: "partners/anqing".to_owned(), ..Default::default() };
        let all = answer(world.go_live().list_opening_lines(fang().ask(all)).await).expect("lines");
        assert_eq!(all.lines, [kept]);
    }
}
