//! What is earned so far: in the answer as soon as a fact is acknowledged, and what the run states in the end.

use anyhow::{Context as _, ensure};
use e2e_tests::{
    Place,
    calls::{explained, statements},
    exact::{decimal, money, of_decimal, of_exact},
    fixtures::{create_partner, day, record_new, sale},
    on_every_place_from,
    people::{People, Person, plan},
};
use tributary_proto::tributary::{
    common::v1::Role,
    incentive::v1::{Accrual, FactKind, GetAccrualRequest, ListAccrualsRequest, NextTier, SalesFact},
};

use super::{COMMISSION, NOON, forbidden, is};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_fact_is_in_the_next_answer() -> anyhow::Result<()> {
    on_every_place_from(NOON, async |place| {
        let people = People::of(place).await?;
        create_partner(place, "dealer").await?;
        create_partner(place, "other").await?;
        // Before there is a plan: its sums are built from what lies there.
        record_new(place, vec![sale("dealer", "1", day(2031, 3, 1), "37700")?]).await?;
        people.programme(&["commission"]).await?;
        people.publish("commission", plan(COMMISSION)?).await?;
        let lawyer = Person::new(&place.gateway, "lawyer", Role::Legal).await?;
        forbidden(lawyer.accruals().get_accrual(asked("dealer")).await)?;

        // 937,700 × 15 %; 62,300 more reach 20 % and are worth 9,345.
        record_new(place, vec![sale("dealer", "2", day(2031, 3, 1), "900000")?]).await?;
        let next = accrued(&people, "dealer", "140655").await?.context("no tier above")?;
        ensure!(of_decimal(next.distance.as_ref())? == decimal("62300")?, "{next:?}");
        ensure!(of_decimal(next.rate.as_ref())? == decimal("0.2")?, "{next:?}");
        ensure!(of_exact(next.gain.as_ref())? == decimal("9345")?, "{next:?}");
        // On the edge, then beyond it; yesterday's sale is another month's.
        record_new(place, vec![sale("dealer", "3", day(2031, 3, 1), "62300")?]).await?;
        accrued(&people, "dealer", "150000").await?;
        record_new(place, vec![sale("dealer", "4", day(2031, 3, 1), "100000")?]).await?;
        record_new(place, vec![sale("dealer", "5", day(2031, 2, 28), "7")?]).await?;
        ensure!(accrued(&people, "dealer", "170000").await?.is_none(), "a tier above the last one");
        // A return of what was sold in February counts in February: 7 of 7, nothing here.
        record_new(place, vec![back("6", "5", "-7")?, back("7", "4", "-200000")?]).await?;
        record_new(place, vec![sale("other", "8", day(2031, 3, 1), "0.1")?]).await?;
        accrued(&people, "dealer", "135000").await?;
        in_the_end(place, &people).await
    })
    .await
}

/// 900,000 × 15 %, and half a fen away from zero.
async fn in_the_end(place: &Place, people: &People) -> anyhow::Result<()> {
    let request = ListAccrualsRequest { programme: "programmes/dealers".to_owned(), ..ListAccrualsRequest::default() };
    let all = people.manager.accruals().list_accruals(request).await.map_err(explained)?.into_inner().accruals;
    let run = people.calculate("2031-03", "march").await?;
    let stated = statements(&place.gateway, &run.name).await?;
    ensure!(all.len() == 2 && stated.len() == 2, "{} accruals, {} statements", all.len(), stated.len());
    for (partner, amount) in [("partners/dealer", "135000"), ("partners/other", "0.02")] {
        let accrual = all.iter().find(|a| a.partner == partner).context(partner)?;
        is(accrual.totals.first(), amount)?;
        let statement = stated.iter().find(|s| s.partner == partner).context(partner)?;
        is(statement.total.as_ref(), amount)?;
        let lines: Vec<_> = accrual.lines.iter().filter_map(|l| l.line.as_ref()).collect();
        ensure!(lines.len() == 1 && statement.lines.len() == 1, "{accrual:?} {statement:?}");
        ensure!(lines[0].exact == statement.lines[0].exact, "{lines:?} {:?}", statement.lines);
    }
    Ok(())
}

/// Goods of a sale that came back on the first of March.
fn back(id: &str, of: &str, net: &str) -> anyhow::Result<SalesFact> {
    Ok(SalesFact {
        kind: FactKind::Return.into(),
        original_source_id: of.to_owned(),
        net: Some(money(net, "CNY")?),
        ..sale("dealer", id, day(2031, 3, 1), "0")?
    })
}

/// Without a period: the month in which the clock stands.
fn asked(partner: &str) -> GetAccrualRequest {
    GetAccrualRequest {
        programme: "programmes/dealers".to_owned(),
        partner: format!("partners/{partner}"),
        ..GetAccrualRequest::default()
    }
}

/// Compares the amount; gives the way to the next tier.
async fn accrued(people: &People, partner: &str, amount: &str) -> anyhow::Result<Option<NextTier>> {
    let answer = people.manager.accruals().get_accrual(asked(partner)).await;
    let mut accrual: Accrual = answer.map_err(explained)?.into_inner();
    ensure!(accrual.period == "2031-03", "{accrual:?}");
    ensure!(accrual.lines.len() == 1 && accrual.totals.len() == 1, "{accrual:?}");
    is(accrual.totals.first(), amount)?;
    let line = accrual.lines.pop().context("no line")?;
    is(line.line.as_ref().and_then(|l| l.amount.as_ref()), amount)?;
    Ok(line.next_tier)
}
