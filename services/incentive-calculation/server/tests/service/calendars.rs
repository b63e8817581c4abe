//! Calendars: checked as a whole, replaced by who saw them, and their periods wherever a period is asked for.

use tonic::Code;
use tributary_core::Date;
use tributary_proto::{
    google::r#type::Date as ProtoDate,
    tributary::incentive::v1::{
        Calendar, CalendarPeriod, CreateCalendarRequest, CreateProgrammeRequest, GetCalendarRequest,
        ListCalendarsRequest, ListRunsRequest, Measure, PeriodLevel, Programme, ResolvePeriodRequest, Slot,
        UpdateCalendarRequest, Window, window,
    },
};
use tributary_rpc::convert::date_to_proto;

use crate::support::{ada, answer, fang, final_run, flat, mei, preview, refused, sale, totals, worlds};

fn date(text: &str) -> Option<ProtoDate> {
    Date::parse(text).map(date_to_proto).ok()
}

fn period(name: &str, level: PeriodLevel, from: &str, to: &str) -> CalendarPeriod {
    CalendarPeriod {
        period: name.to_owned(),
        level: level.into(),
        from: date(from),
        to: date(to),
        ..CalendarPeriod::default()
    }
}

/// A fiscal year from July on, and its first two quarters.
fn fiscal() -> Calendar {
    Calendar {
        display_name: "Fiscal".to_owned(),
        grace_days: 10,
        periods: vec![
            period("FY2013", PeriodLevel::Year, "2012-07-01", "2013-07-01"),
            period("FY2013-Q1", PeriodLevel::Quarter, "2012-07-01", "2012-10-07"),
            period("FY2013-Q2", PeriodLevel::Quarter, "2012-10-07", "2013-01-06"),
        ],
        ..Calendar::default()
    }
}

fn create(calendar: Calendar, request_id: &str) -> CreateCalendarRequest {
    CreateCalendarRequest {
        calendar: Some(calendar),
        calendar_id: "fiscal".to_owned(),
        request_id: request_id.to_owned(),
    }
}

#[tokio::test]
async fn a_calendar_is_checked_created_and_replaced() {
    for world in worlds().await {
        let mut broken = fiscal();
        broken.periods[2].from = date("2012-10-08");
        broken.periods[1].period = "FY2013".to_owned();
        let why = refused(world.calendars().create_calendar(fang().ask(create(broken, ""))).await);
        let fields: Vec<&str> = why.violations.iter().map(|v| v.field.as_str()).collect();
        assert_eq!(fields, ["calendar.periods[1].period", "calendar.periods[2].from"], "{why:?}");

        let first = answer(world.calendars().create_calendar(fang().ask(create(fiscal(), "one"))).await);
        let first = first.expect("created");
        assert_eq!((first.name.as_str(), first.revision, first.periods.len()), ("calendars/fiscal", 1, 3));
        let again = answer(world.calendars().create_calendar(fang().ask(create(fiscal(), "one"))).await);
        assert_eq!(again.expect("the first answer"), first);
        let taken = refused(world.calendars().create_calendar(fang().ask(create(fiscal(), "two"))).await);
        assert_eq!((taken.code, taken.reason.as_str()), (Code::AlreadyExists, "CALENDAR_EXISTS"));

        let update = |etag: &str| {
            let calendar = Calendar { grace_days: 12, etag: etag.to_owned(), ..first.clone() };
            UpdateCalendarRequest { calendar: Some(calendar), request_id: String::new() }
        };
        let stale = refused(world.calendars().update_calendar(fang().ask(update("r9"))).await);
        assert_eq!((stale.code, stale.reason.as_str()), (Code::Aborted, "ETAG_MISMATCH"));
        let second = answer(world.calendars().update_calendar(fang().ask(update("r1"))).await).expect("updated");
        assert_eq!((second.revision, second.grace_days, second.etag.as_str()), (2, 12, "r2"));
        let get = GetCalendarRequest { name: "calendars/fiscal".to_owned() };
        assert_eq!(answer(world.calendars().get_calendar(mei().ask(get)).await).expect("there"), second);
        let missing = GetCalendarRequest { name: "calendars/lunar".to_owned() };
        assert_eq!(refused(world.calendars().get_calendar(mei().ask(missing)).await).reason, "CALENDAR_NOT_FOUND");
        let list = answer(world.calendars().list_calendars(mei().ask(ListCalendarsRequest::default())).await);
        assert_eq!(list.expect("calendars").calendars, [second]);
    }
}

#[tokio::test]
async fn a_run_takes_the_days_that_the_calendar_gives() {
    for world in worlds().await {
        answer(world.calendars().create_calendar(fang().ask(create(fiscal(), ""))).await).expect("created");
        world.dealers(&mei(), &["anqing"]).await;
        // The quarter ends on 6 October, after the calendar quarter does.
        let facts = [
            ("1", "2012-06-30", "1"),
            ("2", "2012-07-01", "20"),
            ("3", "2012-10-06", "300"),
            ("4", "2012-10-07", "4000"),
        ];
        world.record(&mei(), facts.map(|(id, day, net)| sale(id, "anqing", day, net)).into()).await;
        let run = world.run(&fang(), preview(flat("0.10"), "fiscal:FY2013-Q1")).await;
        assert_eq!((run.period.as_str(), run.fact_count), ("fiscal:FY2013-Q1", 2));
        assert_eq!(totals(&world.statements(&fang(), &run).await), ["anqing CNY 32.00"]);
        let listed = ListRunsRequest { period: "fiscal:FY2013-Q1".to_owned(), ..Default::default() };
        let listed = answer(world.runs().list_runs(mei().ask(listed)).await).expect("runs");
        assert_eq!(listed.runs, [run]);

        let refuse =
            async |period: &str| refused(world.runs().calculate(fang().ask(preview(flat("0.1"), period))).await);
        let why = refuse("fiscal:FY2013-Q9").await;
        assert_eq!((why.reason.as_str(), why.violations[0].field.as_str()), ("INVALID_REQUEST", "period"));
        assert!(why.violations[0].description.contains("it has FY2013, FY2013-Q1, FY2013-Q2"), "{why:?}");
        assert_eq!(refuse("lunar:Y1").await.reason, "CALENDAR_NOT_FOUND");
        assert_eq!(refuse("Fiscal:Y1").await.violations[0].field, "period");
    }
}

#[tokio::test]
async fn a_programme_with_a_calendar_has_its_years_and_grace_days() {
    for world in worlds().await {
        let programme = |calendar: &str| CreateProgrammeRequest {
            programme: Some(Programme {
                display_name: "Dealers".to_owned(),
                slots: vec![Slot { id: "sales".to_owned(), title: String::new() }],
                calendar: calendar.to_owned(),
                ..Programme::default()
            }),
            programme_id: "dealers".to_owned(),
            request_id: String::new(),
        };
        let missing = refused(world.plans().create_programme(fang().ask(programme("calendars/fiscal"))).await);
        assert_eq!(missing.reason, "CALENDAR_NOT_FOUND");
        answer(world.calendars().create_calendar(fang().ask(create(fiscal(), ""))).await).expect("created");
        let made = answer(world.plans().create_programme(fang().ask(programme("calendars/fiscal"))).await);
        assert_eq!(made.expect("created").calendar, "calendars/fiscal");

        let resolve = async |period: &str, programme: &str| {
            let request = ResolvePeriodRequest { period: period.to_owned(), programme: programme.to_owned() };
            answer(world.calendars().resolve_period(mei().ask(request)).await)
        };
        let month = resolve("2012-11", "programmes/dealers").await.expect("resolved");
        assert_eq!((month.year_from, month.lock_from), (date("2012-07-01"), date("2012-12-11")));
        let month = resolve("2012-11", "").await.expect("resolved");
        assert_eq!((month.year_from, month.lock_from), (date("2012-01-01"), date("2012-12-01")));
        let quarter = resolve("fiscal:FY2013-Q2", "").await.expect("resolved");
        assert_eq!((quarter.from, quarter.to), (date("2012-10-07"), date("2013-01-06")));
        assert_eq!((quarter.prior_from, quarter.prior_to), (date("2012-07-01"), date("2012-10-07")));
        assert_eq!((quarter.last_year_from, quarter.year_from), (None, date("2012-07-01")));
        assert_eq!(quarter.lock_from, date("2013-01-16"));
        assert_eq!(resolve("2012-Q9", "").await.expect_err("no period").reason, "INVALID_REQUEST");
        assert_eq!(resolve("2012-Q1", "programmes/x").await.expect_err("none").reason, "PROGRAMME_NOT_FOUND");

        // A final run of a period of the calendar keeps its lock and its name.
        world.dealers(&mei(), &["anqing"]).await;
        world.record(&mei(), vec![sale("1", "anqing", "2012-10-06", "100")]).await;
        world.active((&mei(), &fang()), "standard", ("dealers", "sales"), flat("0.10")).await;
        let run = world.run(&fang(), final_run("dealers", "fiscal:FY2013-Q1", "one")).await;
        assert_eq!(totals(&world.statements(&fang(), &run).await), ["anqing CNY 10.00"]);
    }
}

/// The first quarter gets another day and fewer days of grace while it is open: 10 % of 150.00 instead of 100.00, of which
/// the run before has stated nothing that counts.
#[tokio::test]
async fn an_open_period_goes_by_its_calendar_as_it_was_corrected() {
    for world in worlds().await {
        let quarter = |to: &str, grace_days: i32| Calendar {
            grace_days,
            periods: vec![period("FY2013-Q1", PeriodLevel::Quarter, "2012-07-01", to)],
            ..fiscal()
        };
        answer(world.calendars().create_calendar(fang().ask(create(quarter("2012-09-30", 10), ""))).await)
            .expect("created");
        world.dealers(&mei(), &["anqing"]).await;
        world
            .record(&mei(), vec![sale("1", "anqing", "2012-09-29", "100"), sale("2", "anqing", "2012-09-30", "50")])
            .await;
        world.programme(&fang(), "dealers", &["sales"]).await;
        let mut spec = flat("0.10");
        for rule in &mut spec.rules {
            rule.less_stated = true;
            let window = Window { days: Some(window::Days::YearToDate(true)) };
            rule.measure = rule.measure.take().map(|m| Measure { window: Some(window), ..m });
        }
        world.active((&mei(), &fang()), "standard", ("dealers", "sales"), spec).await;
        let run = world.run(&fang(), final_run("dealers", "fiscal:FY2013-Q1", "one")).await;
        assert_eq!(totals(&world.statements(&fang(), &run).await), ["anqing CNY 10.00"]);
        let known = world.period(&mei(), "dealers", "fiscal:FY2013-Q1").await;
        assert_eq!((known.to, known.lockable_from), (date("2012-09-30"), date("2012-10-10")));

        let corrected =
            Calendar { name: "calendars/fiscal".to_owned(), etag: "r1".to_owned(), ..quarter("2012-10-01", 3) };
        let request = UpdateCalendarRequest { calendar: Some(corrected), request_id: String::new() };
        answer(world.calendars().update_calendar(fang().ask(request)).await).expect("corrected");
        let run = world.run(&fang(), final_run("dealers", "fiscal:FY2013-Q1", "two")).await;
        assert_eq!(totals(&world.statements(&fang(), &run).await), ["anqing CNY 15.00"]);
        let known = world.period(&mei(), "dealers", "fiscal:FY2013-Q1").await;
        assert_eq!((known.to, known.lockable_from), (date("2012-10-01"), date("2012-10-04")));
        // The clock stands at 2012-10-05.
        let request = world.locking(&ada(), "dealers", "fiscal:FY2013-Q1").await;
        let locked = answer(world.closing().lock_period(ada().ask(request)).await).expect("locked");
        assert_eq!(locked.locked_version, 2);
    }
}
