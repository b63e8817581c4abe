//! Going live in February: what the older system stated for January is where we go on from, and a parallel run says where
//! the two differ and why.

use anyhow::{Context as _, ensure};
use e2e_tests::{
    calls::{explained, preview, statements},
    exact::money,
    fixtures::{create_partner, day, number, record_new, sale},
    on_every_store_from,
    people::{People, plan},
};
use tributary_proto::tributary::{
    common::v1::ExternalRef,
    incentive::v1::{
        BatchRecordOpeningLinesRequest, CompareStatementsRequest, ForeignDifferenceCause, ForeignLine,
        GetOpeningLineRequest, OpeningLine, RecordOutcome, StatementDifference, foreign_line, opening_line,
    },
};

use super::{COMMISSION, NOON, forbidden, is, only};

/// The year to date, less what was stated (R04).
const YEAR: &str = r#"
rules:
  - id: commission
    measure: {field: NET, kinds: [SELL_IN, RETURN], window: {yearToDate: true}}
    negativeMeasure: SIGNED
    lessStated: true
    marginal: {table: {tiers: [{from: "0", rate: "0.15"}, {from: "1000000", rate: "0.20"}]}}
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn february_goes_on_from_what_the_older_system_stated() -> anyhow::Result<()> {
    on_every_store_from(NOON, async |place| {
        let people = People::of(place).await?;
        create_partner(place, "dealer").await?;
        people.programme(&["commission"]).await?;
        people.publish("commission", plan(YEAR)?).await?;
        record_new(
            place,
            vec![sale("dealer", "1", day(2031, 1, 10), "600000")?, sale("dealer", "2", day(2031, 2, 10), "600000")?],
        )
        .await?;
        // 1,200,000 give 190,000, of which January has 600,000 × 15 %.
        opening(&people, "90000", RecordOutcome::Recorded).await?;
        opening(&people, "90000", RecordOutcome::Duplicate).await?;
        let run = people.calculate("2031-02", "one").await?;
        is(only(&statements(&place.gateway, &run.name).await?)?.amount.as_ref(), "100000")?;
        // They had stated 250 less.
        opening(&people, "89750", RecordOutcome::Corrected).await?;
        let run = people.calculate("2031-02", "two").await?;
        is(only(&statements(&place.gateway, &run.name).await?)?.amount.as_ref(), "100250")?;
        let request = GetOpeningLineRequest { name: "openingLines/old/1".to_owned() };
        let kept = people.analyst.go_live().get_opening_line(request).await.map_err(explained)?.into_inner();
        ensure!(kept.revision == 2 && kept.author == "finance", "{kept:?}");
        is(kept.amount.as_ref(), "89750")?;

        // As soon as a final run of ours states January, it counts instead: 90,000, and February is 100,000 again.
        let run = people.calculate("2031-01", "three").await?;
        is(only(&statements(&place.gateway, &run.name).await?)?.amount.as_ref(), "90000")?;
        let run = people.calculate("2031-02", "four").await?;
        is(only(&statements(&place.gateway, &run.name).await?)?.amount.as_ref(), "100000")
    })
    .await
}

async fn opening(people: &People, amount: &str, outcome: RecordOutcome) -> anyhow::Result<()> {
    let line = OpeningLine {
        source_system: "old".to_owned(),
        source_id: "1".to_owned(),
        programme: "programmes/dealers".to_owned(),
        slot: "commission".to_owned(),
        rule: "commission".to_owned(),
        partner_ref: Some(opening_line::PartnerRef::Partner("partners/dealer".to_owned())),
        period: "2031-01".to_owned(),
        amount: Some(money(amount, "CNY")?),
        ..OpeningLine::default()
    };
    let request = BatchRecordOpeningLinesRequest { lines: vec![line], ..Default::default() };
    forbidden(people.manager.go_live().batch_record_opening_lines(request.clone()).await)?;
    let answer = people.finance.go_live().batch_record_opening_lines(request).await.map_err(explained)?.into_inner();
    let [result] = answer.results.as_slice() else { anyhow::bail!("{:?}", answer.results) };
    ensure!(result.outcome() == outcome, "not {outcome:?}: {result:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parallel_run_says_where_the_two_differ_and_why() -> anyhow::Result<()> {
    on_every_store_from(NOON, async |place| {
        let people = People::of(place).await?;
        // 600,000 × 15 %; 333.33 × 15 % = 49.9995; 200,000 × 15 % and more; 1,000,000 and 100,000 × 20 %; 40 × 15 %.
        let sales = [("equal", "600000"), ("cut", "333.33"), ("lacks", "200000"), ("tier", "1100000"), ("ours", "40")];
        for (partner, net) in sales {
            create_partner(place, partner).await?;
            record_new(place, vec![sale(partner, partner, day(2031, 1, 10), net)?]).await?;
        }
        let run = preview(&place.gateway, &plan(COMMISSION)?, "2031-01").await?;
        let lines = vec![
            theirs("equal", "90000.00", None)?,
            theirs("cut", "49.99", None)?,
            // They know of 180,000 only.
            theirs("lacks", "27000.00", Some("180000"))?,
            // They pay 20 % on the whole: 220,000 instead of 170,000.
            theirs("tier", "220000.00", Some("1100000"))?,
            theirs("nobody", "1.00", None)?,
        ];
        let request = CompareStatementsRequest { run: run.name, lines, named_payees_only: false };
        forbidden(people.manager.go_live().compare_statements(request.clone()).await)?;
        let found = people.analyst.go_live().compare_statements(request).await.map_err(explained)?.into_inner();
        ensure!((found.compared_count, found.equal_count, found.different_count) == (6, 1, 5), "{found:?}");
        let expected = [
            ("ERP-cut", ForeignDifferenceCause::Rounding, "0.01"),
            ("ERP-lacks", ForeignDifferenceCause::Facts, "3000"),
            ("ERP-tier", ForeignDifferenceCause::Tier, "-50000"),
            ("Partner ours", ForeignDifferenceCause::NotInTheirs, "6"),
            ("ERP-nobody", ForeignDifferenceCause::PartnerUnknown, "-1"),
        ];
        for (payee, cause, difference) in expected {
            let of = |d: &&StatementDifference| d.payee.ends_with(payee);
            let told = found.differences.iter().find(of).with_context(|| format!("no {payee}: {found:?}"))?;
            ensure!(told.cause() == cause, "{told:?}");
            is(told.difference.as_ref(), difference)?;
        }
        Ok(())
    })
    .await
}

/// Their line of the commission, the partner named by its key in the ERP.
fn theirs(partner: &str, amount: &str, measure: Option<&str>) -> anyhow::Result<ForeignLine> {
    let reference = ExternalRef { system: "erp".to_owned(), id: format!("ERP-{partner}") };
    Ok(ForeignLine {
        partner_ref: Some(foreign_line::PartnerRef::PartnerExternalRef(reference)),
        label: "commission".to_owned(),
        amount: Some(money(amount, "CNY")?),
        measure: measure.and_then(number),
    })
}
