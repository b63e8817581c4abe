//! A month is closed; what arrives later is settled by the next one, and nothing of the closed month changes.

use anyhow::{Context as _, ensure};
use e2e_tests::{
    Place,
    calls::{explained, finished, statements},
    exact::money,
    fixtures::{create_partner, day, record_new, sale},
    on_every_store_from,
    people::{People, final_run, plan},
};
use tributary_proto::tributary::incentive::v1::{
    CompareRunsRequest, DifferenceCause, ExplainLineRequest, FactKind, GetPositionRequest, LockPeriodRequest,
    PeriodState, Position, ProgrammePeriod, ReproduceRunRequest, Reproduction, Run, SalesFact,
};

use super::{COMMISSION, NOON, forbidden, is, only, refused};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_after_the_lock_is_settled_by_the_next_month() -> anyhow::Result<()> {
    on_every_store_from(NOON, async |place| {
        let people = People::of(place).await?;
        create_partner(place, "dealer").await?;
        people.programme(&["commission"]).await?;
        people.publish("commission", plan(COMMISSION)?).await?;
        record_new(place, vec![sale("dealer", "S-1", day(2031, 1, 10), "1600000")?]).await?;
        let (january, locked) = january(place, &people).await?;
        late(place, &people, &january).await?;
        look_back(&people, &january, &locked).await
    })
    .await
}

/// 150,000 + 600,000 × 20 %. Who calculated does not lock; who only reads or looks after partners does neither.
async fn january(place: &Place, people: &People) -> anyhow::Result<(Run, ProgrammePeriod)> {
    forbidden(people.manager.runs().calculate(final_run("2031-01", "by the manager")).await)?;
    let run = people.calculate("2031-01", "january").await?;
    is(only(&statements(&place.gateway, &run.name).await?)?.amount.as_ref(), "270000")?;

    let wanted = people.locking("2031-01").await?;
    forbidden(people.analyst.closing().lock_period(wanted.clone()).await)?;
    refused(people.finance.closing().lock_period(wanted.clone()).await, "LOCKER_IS_CALCULATOR")?;
    let stale = LockPeriodRequest { etag: "r0".to_owned(), request_id: "stale".to_owned(), ..wanted.clone() };
    refused(people.controller.closing().lock_period(stale).await, "ETAG_MISMATCH")?;
    let locked = people.controller.closing().lock_period(wanted.clone()).await.map_err(explained)?.into_inner();
    ensure!(locked.state() == PeriodState::Locked && locked.locked_run == run.name, "{locked:?}");
    ensure!(locked.locked_by == "controller" && locked.locked_version == 1, "{locked:?}");
    let again = people.controller.closing().lock_period(wanted).await.map_err(explained)?.into_inner();
    ensure!(again == locked, "a retry gave {again:?}");
    Ok((run, locked))
}

/// 100,000 of January arrive late and 500,000 of it come back: 1,200,000 give 190,000, which is 80,000 less. February's
/// own 1,000 give 150.
async fn late(place: &Place, people: &People, january: &Run) -> anyhow::Result<()> {
    let back = SalesFact {
        kind: FactKind::Return.into(),
        original_source_id: "S-1".to_owned(),
        net: Some(money("-500000", "CNY")?),
        ..sale("dealer", "R-1", day(2031, 2, 10), "0")?
    };
    let (late, own) =
        (sale("dealer", "S-2", day(2031, 1, 20), "100000")?, sale("dealer", "S-3", day(2031, 2, 5), "1000")?);
    record_new(place, vec![back, late, own]).await?;
    let february = people.calculate("2031-02", "february").await?;
    ensure!(february.true_up_count == 1 && february.closed_periods == ["2031-01"], "{february:?}");
    let stated = statements(&place.gateway, &february.name).await?;
    let [statement] = stated.as_slice() else { anyhow::bail!("{} statements", stated.len()) };
    is(statement.total.as_ref(), "-79850")?;
    let [own, true_up] = statement.lines.as_slice() else { anyhow::bail!("{:?}", statement.lines) };
    is(own.amount.as_ref(), "150")?;
    is(true_up.amount.as_ref(), "-80000")?;
    let request = ExplainLineRequest { name: true_up.name.clone() };
    let explained = people.analyst.runs().explain_line(request).await.map_err(explained)?.into_inner();
    let trace = explained.trace.context("no trace")?;
    let [origin] = trace.origins.as_slice() else { anyhow::bail!("{:?}", trace.origins) };
    ensure!(origin.period == "2031-01" && origin.rule == "commission", "{origin:?}");
    is(origin.stated.as_ref(), "270000")?;
    is(origin.recomputed.as_ref(), "190000")?;
    is(origin.difference.as_ref(), "-80000")?;
    let cause = origin.cause.clone().unwrap_or_default();
    ensure!((cause.late_facts, cause.linked_returns, cause.attribute_changes) == (1, 1, 0), "{cause:?}");

    // Settled once: locked, and nothing is left for March, in which nothing was sold.
    people.close("2031-02").await?;
    let march = people.calculate("2031-03", "march").await?;
    ensure!((march.true_up_count, march.line_count) == (0, 0), "{march:?}");
    refused(people.controller.closing().lock_period(people.locking("2031-03").await?).await, "PERIOD_NOT_OVER")?;
    is(only(&statements(&place.gateway, &january.name).await?)?.amount.as_ref(), "270000")
}

/// The closed month as it would be now, beside what was stated; the run again from its snapshot; what was known then.
async fn look_back(people: &People, january: &Run, locked: &ProgrammePeriod) -> anyhow::Result<()> {
    let now = people.calculate("2031-01", "january again").await?;
    ensure!(now.version == 2 && now.period_locked && now.digest != january.digest, "{now:?}");
    let known = people.period("2031-01").await?;
    ensure!(known.locked_run == january.name && known.newest_version == 2, "{known:?}");
    let request = CompareRunsRequest { a: january.name.clone(), b: now.name.clone(), ..CompareRunsRequest::default() };
    let compared = people.analyst.closing().compare_runs(request).await.map_err(explained)?.into_inner();
    let [difference] = compared.differences.as_slice() else { anyhow::bail!("{:?}", compared.differences) };
    is(difference.a.as_ref().and_then(|l| l.amount.as_ref()), "270000")?;
    is(difference.b.as_ref().and_then(|l| l.amount.as_ref()), "190000")?;
    is(difference.difference.as_ref(), "-80000")?;
    ensure!(difference.causes().eq([DifferenceCause::Facts]), "{difference:?}");

    let request = ReproduceRunRequest { name: january.name.clone(), request_id: "again".to_owned() };
    forbidden(people.manager.closing().reproduce_run(request.clone()).await)?;
    let started = people.controller.closing().reproduce_run(request).await.map_err(explained)?.into_inner();
    let again: Reproduction = finished(&mut people.controller.operations(), started).await?;
    ensure!(again.equal && again.recomputed_digest == january.digest, "{again:?}");
    ensure!(again.difference_count == 0, "{again:?}");

    for (record_time, expected) in [(locked.lock_time, "270000"), (None, "190000")] {
        let request = GetPositionRequest {
            programme: "programmes/dealers".to_owned(),
            partner: "partners/dealer".to_owned(),
            period: "2031-01".to_owned(),
            record_time,
            ..GetPositionRequest::default()
        };
        let position: Position = people.analyst.closing().get_position(request).await.map_err(explained)?.into_inner();
        let [total] = position.totals.as_slice() else { anyhow::bail!("{position:?}") };
        is(Some(total), expected).with_context(|| format!("as recorded by {record_time:?}"))?;
    }
    Ok(())
}
