//! Statements and explanations: amounts worked out by hand, parts that add up.

use anyhow::{Context as _, ensure};
use e2e_tests::{
    Place,
    calls::{explained, preview, statements},
    exact::{decimal, of_decimal, of_exact, of_money},
    fixtures::{create_partner, day, plan, record_new, sale},
    on_every_place, on_every_store,
};
use num_bigint::BigInt;
use num_rational::BigRational;
use tributary_proto::tributary::incentive::v1::{
    ExplainLineRequest, ExplainLineResponse, FactKind, ListLineFactsRequest, SalesFact, StatementLine,
};

const PERIOD: &str = "2031-Q2";

/// A partner, its sales in the quarter, and what the rules pay: rule, exact value, line.
struct Case {
    partner: &'static str,
    sales: &'static [&'static str],
    lines: &'static [(&'static str, &'static str, &'static str)],
}

/// Marginal and whole volume over {0: 15 %, 1,000,000: 20 %}.
const CASES: [Case; 6] = [
    // 150,000 + 600,000 × 20 %; 1,600,000 × 20 %.
    Case {
        partner: "big",
        sales: &["1000000", "600000.00"],
        lines: &[("marginal", "270000", "270000.00"), ("whole", "320000", "320000.00")],
    },
    // One cent above the edge: 150,000 + 0.01 × 20 %; 1,000,000.01 × 20 %.
    Case {
        partner: "above",
        sales: &["999999.99", "0.02"],
        lines: &[("marginal", "150000.002", "150000.00"), ("whole", "200000.002", "200000.00")],
    },
    // On the edge, which belongs to the upper tier.
    Case {
        partner: "edge",
        sales: &["1000000"],
        lines: &[("marginal", "150000", "150000.00"), ("whole", "200000", "200000.00")],
    },
    // One cent below: 999,999.99 × 15 % = 149,999.9985, rounded once.
    Case {
        partner: "below",
        sales: &["999999.99"],
        lines: &[("marginal", "149999.9985", "150000.00"), ("whole", "149999.9985", "150000.00")],
    },
    // Half a cent goes away from zero: 0.1 × 15 % = 0.015.
    Case { partner: "half", sales: &["0.1"], lines: &[("marginal", "0.015", "0.02"), ("whole", "0.015", "0.02")] },
    // A negative measure owes back at the first rate, half a cent away from zero: −0.1 × 15 %.
    Case {
        partner: "returns",
        sales: &["0.2", "-0.3"],
        lines: &[("marginal", "-0.015", "-0.02"), ("whole", "-0.015", "-0.02")],
    },
];

fn facts(partner: &str, year: i32, nets: &[&str]) -> anyhow::Result<Vec<SalesFact>> {
    let mut facts = Vec::new();
    for (n, net) in nets.iter().enumerate() {
        let mut fact = sale(partner, &format!("{partner}/{year}/{n}"), day(year, 6, 30), net)?;
        if net.starts_with('-') {
            fact.kind = FactKind::Return.into();
        }
        facts.push(fact);
    }
    Ok(facts)
}

async fn explain(place: &Place, line: &StatementLine) -> anyhow::Result<ExplainLineResponse> {
    let request = ExplainLineRequest { name: line.name.clone() };
    Ok(place.gateway.runs().explain_line(request).await.map_err(explained)?.into_inner())
}

/// Half away from zero to two digits, with the numbers of the tests.
fn rounded(exact: &BigRational) -> BigRational {
    let hundred = BigRational::from_integer(BigInt::from(100));
    // `round` of BigRational goes half away from zero.
    (exact * &hundred).round() / hundred
}

/// What must hold for any line: the parts give the exact value, one rounding gives the line, the facts give the measure.
async fn adds_up(place: &Place, line: &StatementLine) -> anyhow::Result<ExplainLineResponse> {
    let explained_line = explain(place, line).await?;
    let trace = explained_line.trace.clone().context("no trace")?;
    let mut parts = decimal("0")?;
    for slice in &trace.slices {
        let product = of_exact(slice.product.as_ref())?;
        let by_hand = of_decimal(slice.amount_in_slice.as_ref())? * of_decimal(slice.rate.as_ref())?;
        ensure!(product == by_hand, "{slice:?}");
        parts += product + of_decimal(slice.flat.as_ref())?;
    }
    let exact = of_exact(line.exact.as_ref())?;
    ensure!(parts == exact, "the parts give {parts}, the line says {exact}: {trace:?}");
    ensure!(of_exact(trace.exact.as_ref())? == exact, "trace and line differ");
    ensure!(of_money(line.amount.as_ref())? == rounded(&exact), "{:?} is not {exact} rounded", line.amount);

    let measure = trace.measure.as_ref().context("no measure")?;
    let request = ListLineFactsRequest { name: line.name.clone(), page_size: 1, ..ListLineFactsRequest::default() };
    let (count, sum) = line_facts(place, request).await?;
    ensure!(
        sum == of_decimal(line.measure.as_ref())? && sum == of_decimal(measure.value.as_ref())?,
        "facts give {sum}"
    );
    ensure!(count == line.fact_count && count == measure.fact_count, "{count} facts");
    ensure!(measure.facts_digest.len() == 64, "no digest of the facts");
    ensure!(!explained_line.sentences.is_empty() && !explained_line.table.is_empty(), "nothing to read");
    Ok(explained_line)
}

/// How many facts, and their net, over all pages.
async fn line_facts(place: &Place, mut request: ListLineFactsRequest) -> anyhow::Result<(i64, BigRational)> {
    let (mut count, mut sum) = (0, decimal("0")?);
    loop {
        let page = place.gateway.runs().list_line_facts(request.clone()).await.map_err(explained)?.into_inner();
        for fact in &page.facts {
            count += 1;
            sum += of_money(fact.net.as_ref())?;
        }
        if page.next_page_token.is_empty() {
            return Ok((count, sum));
        }
        request.page_token = page.next_page_token;
    }
}

#[tokio::test]
async fn lines_are_what_was_worked_out_by_hand() -> anyhow::Result<()> {
    on_every_place(async |place| {
        for case in &CASES {
            create_partner(place, case.partner).await?;
            record_new(place, facts(case.partner, 2031, case.sales)?).await?;
        }
        let run = preview(&place.gateway, &plan(), PERIOD).await?;
        let all = statements(&place.gateway, &run.name).await?;
        ensure!(all.len() == CASES.len(), "{} statements", all.len());
        for case in &CASES {
            let statement = all.iter().find(|s| s.partner == format!("partners/{}", case.partner));
            let statement = statement.context(case.partner)?;
            let rules: Vec<_> = statement.lines.iter().map(|l| l.rule.as_str()).collect();
            let wanted: Vec<_> = case.lines.iter().map(|(rule, _, _)| *rule).collect();
            ensure!(rules == wanted, "{}: {rules:?}", case.partner);
            let mut total = decimal("0")?;
            for (line, (rule, exact, amount)) in statement.lines.iter().zip(case.lines) {
                let at = || format!("{} {rule}", case.partner);
                ensure!(of_exact(line.exact.as_ref())? == decimal(exact)?, "{}: {:?}", at(), line.exact);
                ensure!(of_money(line.amount.as_ref())? == decimal(amount)?, "{}: {:?}", at(), line.amount);
                adds_up(place, line).await.with_context(at)?;
                total += decimal(amount)?;
            }
            ensure!(of_money(statement.total.as_ref())? == total, "{}: {:?}", case.partner, statement.total);
        }
        Ok(())
    })
    .await
}

/// Base 2,000,000, now 2,600,000: growth 30 % reaches 3 %, on the increment of 600,000: 18,000.
#[tokio::test]
async fn growth_is_paid_on_the_increment_and_shows_its_base() -> anyhow::Result<()> {
    on_every_store(async |place| {
        create_partner(place, "grows").await?;
        record_new(place, facts("grows", 2030, &["1500000", "500000"])?).await?;
        record_new(place, facts("grows", 2031, &["2600000"])?).await?;
        let run = preview(&place.gateway, &plan(), PERIOD).await?;
        let all = statements(&place.gateway, &run.name).await?;
        let line = all.iter().flat_map(|s| &s.lines).find(|l| l.rule == "growth").context("no growth line")?;
        ensure!(of_money(line.amount.as_ref())? == decimal("18000")?, "{line:?}");
        ensure!(of_decimal(line.base.as_ref())? == decimal("2000000")?, "{line:?}");
        let trace = adds_up(place, line).await?.trace.context("no trace")?;
        ensure!(of_exact(trace.growth.as_ref())? == decimal("0.3")?, "{:?}", trace.growth);
        let base = ListLineFactsRequest { name: line.name.clone(), base: true, ..ListLineFactsRequest::default() };
        let (count, sum) = line_facts(place, base).await?;
        ensure!((count, sum) == (2, decimal("2000000")?), "the facts of the base");
        Ok(())
    })
    .await
}

/// At 937,700 it takes 62,300 more: worth 62,300 × 15 % = 9,345 marginal, and 200,000 − 140,655 = 59,345 on the whole.
#[tokio::test]
async fn an_explanation_says_what_the_next_tier_is_worth() -> anyhow::Result<()> {
    on_every_store(async |place| {
        create_partner(place, "near").await?;
        record_new(place, facts("near", 2031, &["937700"])?).await?;
        let run = preview(&place.gateway, &plan(), PERIOD).await?;
        let all = statements(&place.gateway, &run.name).await?;
        for (rule, gain) in [("marginal", "9345"), ("whole", "59345")] {
            let line = all.iter().flat_map(|s| &s.lines).find(|l| l.rule == rule).context(rule)?;
            let trace = adds_up(place, line).await?.trace.context("no trace")?;
            let next = trace.next_tier.context("no next tier")?;
            ensure!(of_decimal(next.distance.as_ref())? == decimal("62300")?, "{next:?}");
            ensure!(of_decimal(next.rate.as_ref())? == decimal("0.2")?, "{next:?}");
            ensure!(of_exact(next.gain.as_ref())? == decimal(gain)?, "{rule}: {next:?}");
            let silent =
                trace.not_fired.iter().find(|n| n.rule == "growth").context("growth gave no line, and no reason")?;
            ensure!(!silent.reason.is_empty(), "{silent:?}");
        }
        Ok(())
    })
    .await
}
