//! The commissions of sales representatives: 2 % up to the quota, 3 % of the band from 100 % to 125 %, 5 % above, nothing
//! below half the quota. A representative is a payee, its quotas are figures, recorded by RPC.
//!
//! The program that computed the expected amounts adds a representative's currencies as they stand, so the lines are
//! taken as amounts of one currency. Quotas that the source labels with the same quarter add up.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, ensure};
use e2e_tests::{
    Place,
    calls::{explained, statements},
    data::{Row, files, folder, load_facts, load_partners, rows},
    exact::{decimal, money, of_decimal, of_exact, of_money},
    on_every_store,
    people::{People, plan},
};
use tributary_core::Date;
use tributary_proto::{
    google::r#type::Decimal,
    tributary::{
        common::v1::ExternalRef,
        incentive::v1::{
            BatchRecordFiguresRequest, ExplainLineRequest, FactKind, Figure, RecordOutcome, SalesFact, Statement,
            figure, sales_fact,
        },
        partner::v1::{Partner, PartnerKind, PartnerStatus, PartnerUpsert},
    },
};
use tributary_rpc::convert::date_to_proto;

const PLAN: &str = r#"
rules:
  - id: commission
    measure: {field: NET, kinds: [SELL_IN]}
    negativeMeasure: SIGNED
    target: {figure: quota, missing: SKIP}
    gates:
      - {title: half the quota, when: {indicator: {indicator: {attainment: true}, atLeast: "0.5"}}, otherwise: "0"}
    marginal:
      table:
        edgeScale: SHARE_OF_TARGET
        tiers:
          - {from: "0", rate: "0.02"}
          - {from: "1", rate: "0.03"}
          - {from: "1.25", rate: "0.05"}
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_representative_and_quarter() -> anyhow::Result<()> {
    let Some(folder) = folder(super::VARIABLE, super::DEFAULT)? else { return Ok(()) };
    let all = |begin: &str, end: &str| -> anyhow::Result<Vec<Row>> {
        let tables = files(&folder, begin, end)?.into_iter().map(|file| rows(&file));
        Ok(tables.collect::<anyhow::Result<Vec<_>>>()?.concat())
    };
    let (sales, quotas) = (all("reseller_sales_", ".csv.gz")?, all("rep_quota_", ".csv.gz")?);
    let mut quarters: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in all("expected_", "_rep_commissions.csv.gz")? {
        quarters.entry(format!("{}-Q{}", row["year"], row["quarter"])).or_default().push(row);
    }
    let facts: Vec<SalesFact> = sales.iter().map(fact).collect::<anyhow::Result<_>>()?;
    on_every_store(async |place| {
        let people = People::of(place).await?;
        let reps: BTreeSet<&str> = sales.iter().chain(&quotas).map(|row| row["rep_id"].as_str()).collect();
        load_partners(place, &reps.into_iter().map(representative).collect::<Vec<_>>(), 100).await?;
        load_facts(place, facts.clone(), || 1000).await?;
        record(&people, &quotas).await?;
        people.programme(&["commission"]).await?;
        people.publish("commission", plan(PLAN)?).await?;
        let (mut equal, mut silent) = (0, 0);
        for (quarter, expected) in &quarters {
            let run = people.calculate(quarter, quarter).await?;
            let stated = statements(&place.gateway, &run.name).await?;
            let lines = compare(place, &stated, expected).await.with_context(|| format!("in {quarter}"))?;
            (equal, silent) = (equal + lines, silent + expected.len() - lines);
        }
        println!("{:?}: {equal} commissions equal, {silent} representatives without a sale", place.engine);
        Ok(())
    })
    .await
}

fn representative(id: &str) -> PartnerUpsert {
    PartnerUpsert {
        partner: Some(Partner {
            display_name: format!("Representative {id}"),
            kind: PartnerKind::Agent.into(),
            external_refs: vec![reference(id)],
            ..Partner::default()
        }),
        initial_status: PartnerStatus::Active.into(),
        ..PartnerUpsert::default()
    }
}

/// Known by its number in the system that leads representatives.
fn reference(id: &str) -> ExternalRef {
    ExternalRef { system: "hr".to_owned(), id: id.to_owned() }
}

fn fact(row: &Row) -> anyhow::Result<SalesFact> {
    Ok(SalesFact {
        source_system: "erp-by-representative".to_owned(),
        source_id: format!("{}/{}", row["order_no"], row["line_no"]),
        partner_ref: Some(sales_fact::PartnerRef::PartnerExternalRef(reference(&row["rep_id"]))),
        kind: FactKind::SellIn.into(),
        occurred: Some(sales_fact::Occurred::OccurredOn(date_to_proto(
            Date::parse(&row["order_date"]).map_err(anyhow::Error::msg)?,
        ))),
        net: Some(money(&row["net_amount"], "USD")?),
        ..SalesFact::default()
    })
}

/// Every quota stands for the quarter that the source labels it with.
async fn record(people: &People, quotas: &[Row]) -> anyhow::Result<()> {
    let quota = |row: &Row| Figure {
        source_system: "hr".to_owned(),
        source_id: format!("{}/{}", row["rep_id"], row["quota_date"]),
        partner_ref: Some(figure::PartnerRef::PartnerExternalRef(reference(&row["rep_id"]))),
        figure: "quota".to_owned(),
        period: format!("{}-Q{}", row["calendar_year"], row["calendar_quarter"]),
        value: Some(Decimal { value: row["quota_amount"].clone() }),
        ..Figure::default()
    };
    for rows in quotas.chunks(500) {
        let request = BatchRecordFiguresRequest { figures: rows.iter().map(quota).collect(), ..Default::default() };
        let answer = people.manager.figures().batch_record_figures(request).await.map_err(explained)?.into_inner();
        let refused = answer.results.iter().find(|r| r.outcome() != RecordOutcome::Recorded);
        ensure!(refused.is_none() && answer.results.len() == rows.len(), "{refused:?}");
    }
    Ok(())
}

/// Every row of a quarter, and no other statement; returns how many lines there were.
async fn compare(place: &Place, stated: &[Statement], expected: &[Row]) -> anyhow::Result<usize> {
    let mut found = BTreeMap::new();
    for statement in stated {
        let reference = statement.partner_external_refs.iter().find_map(|r| r.strip_prefix("hr:"));
        found.insert(reference.with_context(|| format!("{} has no reference", statement.name))?, statement);
    }
    let mut equal = 0;
    for row in expected {
        let rep = row["rep_id"].as_str();
        let Some(statement) = found.remove(rep) else {
            // No fact, no line.
            ensure!(decimal(&row["actual"])? == decimal("0")?, "{rep} has no statement");
            continue;
        };
        let [line] = statement.lines.as_slice() else { anyhow::bail!("{} lines of {rep}", statement.lines.len()) };
        ensure!(of_decimal(line.measure.as_ref())? == decimal(&row["actual"])?, "sales of {rep}: {line:?}");
        ensure!(of_exact(line.exact.as_ref())? == decimal(&row["commission_raw"])?, "exact, of {rep}: {line:?}");
        ensure!(of_money(line.amount.as_ref())? == decimal(&row["commission_half_up"])?, "line of {rep}: {line:?}");
        let request = ExplainLineRequest { name: line.name.clone() };
        let explained = place.gateway.runs().explain_line(request).await.map_err(explained)?.into_inner();
        let target = explained.trace.context("no trace")?.target;
        ensure!(of_decimal(target.as_ref())? == decimal(&row["quota"])?, "quota of {rep}: {target:?}");
        equal += 1;
    }
    // Who has no quota has no line.
    ensure!(found.is_empty(), "too many: {:?}", found.keys());
    Ok(equal)
}
