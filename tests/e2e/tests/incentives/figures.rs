//! A fiscal quarter of a company's own calendar, paid by attainment of a recorded quota, in dollars converted by recorded
//! rates; each of the three is corrected afterwards, and what was known stays known.

use anyhow::{Context as _, ensure};
use e2e_tests::{
    Place,
    calls::{explained, statements},
    exact::{decimal, money, of_decimal, of_exact},
    fixtures::{create_partner, day, number, record_new, sale},
    on_every_store_from,
    people::{People, plan},
};
use tributary_proto::{
    google::r#type::Date,
    tributary::incentive::v1::{
        BatchRecordFiguresRequest, BatchRecordRatesRequest, Calendar, CalendarPeriod, CreateCalendarRequest,
        ExplainLineRequest, Figure, GetFigureRequest, PeriodLevel, Rate, RecordOutcome, RecordResult, SalesFact,
        UpdateCalendarRequest, figure,
    },
};

use super::{NOON, forbidden, is, only, refused};

const QUARTER: &str = "fiscal:FY2031-Q1";

const PLAN: &str = r#"
currencyPolicy: CONVERT
conversion: {rateTable: rateTables/group, dateRule: FACT_DAY, into: CNY}
rules:
  - id: commission
    measure: {field: NET, kinds: [SELL_IN, RETURN]}
    negativeMeasure: SIGNED
    target: {figure: quota, missing: SKIP}
    marginal:
      table: {edgeScale: SHARE_OF_TARGET, tiers: [{from: "0", rate: "0.02"}, {from: "1", rate: "0.03"}]}
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fiscal_quarter_by_quota_and_rate() -> anyhow::Result<()> {
    on_every_store_from(NOON, async |place| {
        let people = People::of(place).await?;
        create_partner(place, "dealer").await?;
        let calendar = calendar(&people).await?;
        people.programme(&["commission"]).await?;
        people.publish("commission", plan(PLAN)?).await?;
        // The fiscal quarter has three days of December and ends on 8 February.
        record_new(
            place,
            vec![
                dollars("1", day(2030, 12, 28), "1")?,
                dollars("2", day(2030, 12, 30), "5000")?,
                dollars("3", day(2031, 1, 4), "10000")?,
                dollars("4", day(2031, 2, 9), "1")?,
            ],
        )
        .await?;
        quota(&people, "90000", RecordOutcome::Recorded).await?;
        rate(&people, day(2030, 12, 30), "7.10", RecordOutcome::Recorded).await?;
        rate(&people, day(2031, 1, 2), "7.25", RecordOutcome::Recorded).await?;

        // 5,000 × 7.10 + 10,000 × 7.25 (of the day before the last) = 108,000: 90,000 × 2 % + 18,000 × 3 %; 108 ÷ 90.
        states(place, &people, "one", "108000", "2340", "1.2").await?;
        let known = figure(&people, None).await?;
        quota(&people, "100000", RecordOutcome::Corrected).await?;
        // 100,000 × 2 % + 8,000 × 3 %.
        states(place, &people, "two", "108000", "2240", "1.08").await?;
        rate(&people, day(2031, 1, 2), "7.30", RecordOutcome::Corrected).await?;
        // 35,500 + 73,000 = 108,500.
        states(place, &people, "three", "108500", "2255", "1.085").await?;

        let before = figure(&people, Some(&known)).await?;
        ensure!(before == known && of_decimal(before.value.as_ref())? == decimal("90000")?, "{before:?}");
        let now = figure(&people, None).await?;
        ensure!(now.revision == 2 && of_decimal(now.value.as_ref())? == decimal("100000")?, "{now:?}");

        // 31 days of grace after 8 February are not over, 20 are.
        refused(people.controller.closing().lock_period(people.locking(QUARTER).await?).await, "PERIOD_NOT_OVER")?;
        let shorter = Calendar { grace_days: 20, ..calendar };
        let request = UpdateCalendarRequest { calendar: Some(shorter), request_id: String::new() };
        people.finance.calendars().update_calendar(request).await.map_err(explained)?;
        // The next run goes by the calendar as it is now.
        states(place, &people, "four", "108500", "2255", "1.085").await?;
        let locked = people.controller.closing().lock_period(people.locking(QUARTER).await?).await;
        ensure!(locked.map_err(explained)?.into_inner().locked_version == 4, "not the fourth version");
        Ok(())
    })
    .await
}

async fn calendar(people: &People) -> anyhow::Result<Calendar> {
    let period = |name: &str, level: PeriodLevel, from, to| CalendarPeriod {
        period: name.to_owned(),
        level: level.into(),
        from: Some(from),
        to: Some(to),
        ..CalendarPeriod::default()
    };
    let calendar = Calendar {
        display_name: "Fiscal".to_owned(),
        grace_days: 31,
        periods: vec![
            period("FY2031", PeriodLevel::Year, day(2030, 12, 29), day(2031, 12, 28)),
            period("FY2031-Q1", PeriodLevel::Quarter, day(2030, 12, 29), day(2031, 2, 9)),
            period("FY2031-Q2", PeriodLevel::Quarter, day(2031, 2, 9), day(2031, 7, 6)),
        ],
        ..Calendar::default()
    };
    let request =
        CreateCalendarRequest { calendar: Some(calendar), calendar_id: "fiscal".to_owned(), request_id: String::new() };
    forbidden(people.manager.calendars().create_calendar(request.clone()).await)?;
    Ok(people.finance.calendars().create_calendar(request).await.map_err(explained)?.into_inner())
}

fn dollars(id: &str, on: Date, net: &str) -> anyhow::Result<SalesFact> {
    Ok(SalesFact { net: Some(money(net, "USD")?), ..sale("dealer", id, on, "0")? })
}

async fn quota(people: &People, value: &str, outcome: RecordOutcome) -> anyhow::Result<()> {
    let quota = Figure {
        source_system: "crm".to_owned(),
        source_id: "quota-1".to_owned(),
        partner_ref: Some(figure::PartnerRef::Partner("partners/dealer".to_owned())),
        figure: "quota".to_owned(),
        period: QUARTER.to_owned(),
        value: number(value),
        currency: "CNY".to_owned(),
        ..Figure::default()
    };
    let request = BatchRecordFiguresRequest { figures: vec![quota], ..Default::default() };
    forbidden(people.analyst.figures().batch_record_figures(request.clone()).await)?;
    let answer = people.manager.figures().batch_record_figures(request).await.map_err(explained)?.into_inner();
    all(&answer.results, outcome)
}

async fn rate(people: &People, on: Date, value: &str, outcome: RecordOutcome) -> anyhow::Result<()> {
    let rate = Rate {
        rate_table: "rateTables/group".to_owned(),
        from_currency: "USD".to_owned(),
        into_currency: "CNY".to_owned(),
        day: Some(on),
        rate: number(value),
        ..Rate::default()
    };
    let request = BatchRecordRatesRequest { rates: vec![rate], ..Default::default() };
    forbidden(people.manager.rates().batch_record_rates(request.clone()).await)?;
    let answer = people.finance.rates().batch_record_rates(request).await.map_err(explained)?.into_inner();
    all(&answer.results, outcome)
}

fn all(results: &[RecordResult], outcome: RecordOutcome) -> anyhow::Result<()> {
    ensure!(results.len() == 1 && results.iter().all(|r| r.outcome() == outcome), "not {outcome:?}: {results:?}");
    Ok(())
}

/// The quota as it is known now, or was when a revision was recorded.
async fn figure(people: &People, then: Option<&Figure>) -> anyhow::Result<Figure> {
    let known_at = then.and_then(|revision| revision.record_time);
    let request = GetFigureRequest { name: "figures/crm/quota-1".to_owned(), known_at };
    Ok(people.analyst.figures().get_figure(request).await.map_err(explained)?.into_inner())
}

/// A final run of the quarter: measure, amount and attainment of its only line.
async fn states(
    place: &Place,
    people: &People,
    request_id: &str,
    measure: &str,
    amount: &str,
    attainment: &str,
) -> anyhow::Result<()> {
    let run = people.calculate(QUARTER, request_id).await?;
    let stated = statements(&place.gateway, &run.name).await?;
    let line = only(&stated)?;
    ensure!(of_decimal(line.measure.as_ref())? == decimal(measure)?, "{line:?}");
    is(line.amount.as_ref(), amount)?;
    let request = ExplainLineRequest { name: line.name.clone() };
    let trace = people.analyst.runs().explain_line(request).await.map_err(explained)?.into_inner().trace;
    let trace = trace.context("no trace")?;
    ensure!(of_exact(trace.attainment.as_ref())? == decimal(attainment)?, "{:?}", trace.attainment);
    for source in ["figures/crm/quota-1", "rateTables/group"] {
        ensure!(trace.inputs.iter().any(|i| i.source.contains(source)), "no {source}: {:?}", trace.inputs);
    }
    Ok(())
}
