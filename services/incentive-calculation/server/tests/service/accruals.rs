//! Accruals: what is earned so far is what a final run over the same facts states.

use tonic::Code;
use tributary_proto::tributary::incentive::v1::{
    Accrual, FactKind, GetAccrualRequest, ListAccrualsRequest, PerFactReward, PlanSpec, SalesFact, Statement,
    StatementLine, rule::Reward,
};

use crate::support::{
    World, answer, decimal, fang, final_run, lines, marginal, mei, plan, refused, rule, sale, shown, totals, worlds,
};

/// 15 %, and 20 % of what exceeds a million; and a fee of 2.9 % of each fact, at least 10.
fn spec() -> PlanSpec {
    let fee = PerFactReward { rate: decimal("0.029"), floor: decimal("10"), ..PerFactReward::default() };
    plan(vec![rule("commission", marginal(&[("0", "0.15"), ("1000000", "0.20")])), rule("fee", Reward::PerFact(fee))])
}

fn get(partner: &str, period: &str) -> GetAccrualRequest {
    GetAccrualRequest {
        programme: "programmes/dealers".to_owned(),
        partner: format!("partners/{partner}"),
        period: period.to_owned(),
    }
}

async fn accrued(world: &World, partner: &str) -> Accrual {
    answer(world.accruals().get_accrual(fang().ask(get(partner, "2012-Q3"))).await).expect("an accrual")
}

/// Everybody's, a page of one at a time.
async fn everybody(world: &World) -> Vec<Accrual> {
    let mut all = Vec::new();
    let mut token = String::new();
    loop {
        let request = ListAccrualsRequest {
            programme: "programmes/dealers".to_owned(),
            period: "2012-Q3".to_owned(),
            page_size: 1,
            page_token: token,
        };
        let page = answer(world.accruals().list_accruals(fang().ask(request)).await).expect("a page");
        all.extend(page.accruals);
        token = page.next_page_token;
        if token.is_empty() {
            return all;
        }
    }
}

/// An accrual in the form of a statement, for the same short form.
fn as_statement(accrual: &Accrual) -> Statement {
    let lines: Vec<StatementLine> = accrual.lines.iter().filter_map(|l| l.line.clone()).collect();
    Statement {
        partner: accrual.partner.clone(),
        lines,
        total: accrual.totals.first().cloned(),
        ..Statement::default()
    }
}

#[tokio::test]
async fn what_is_acknowledged_is_accrued_and_a_final_run_states_the_same() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing", "baoding"]).await;
        // Before there is a plan, so that its sums are built from history.
        world.record(&mei(), vec![sale("A-1", "anqing", "2012-07-05", "1000000.00")]).await;
        world.programme(&fang(), "dealers", &["commission"]).await;
        world.active((&mei(), &fang()), "commission", ("dealers", "commission"), spec()).await;
        let more = vec![
            sale("A-2", "anqing", "2012-07-10", "100.00"),
            sale("A-0", "anqing", "2012-06-30", "9.00"),
            sale("B-1", "baoding", "2012-08-01", "333.33"),
        ];
        world.record(&mei(), more).await;
        // 1,000,000 × 15 % + 100 × 20 %; 29,000 + 10.
        let first = accrued(&world, "anqing").await;
        let shown_lines =
            ["anqing commission.commission 1000100 CNY 150020.00 2", "anqing commission.fee 1000100 CNY 29010.00 2"];
        assert_eq!(lines(&[as_statement(&first)]), shown_lines);
        assert_eq!((first.totals.len(), shown(first.totals.first())), (1, "CNY 179030.00".to_owned()));
        assert_eq!((first.through_batch, first.newest_batch), (2, 2));

        let late = vec![
            sale("A-3", "anqing", "2012-09-30", "600000.00"),
            SalesFact { kind: FactKind::Return.into(), ..sale("A-4", "anqing", "2012-09-30", "-100000.00") },
        ];
        world.record(&mei(), late).await;
        // Returns count on the day of their sale, in June: of a sale that is known, and of one that comes later.
        let back = |id: &str, of: &str, partner: &str, net: &str| SalesFact {
            kind: FactKind::Return.into(),
            original_source_id: of.to_owned(),
            ..sale(id, partner, "2012-09-01", net)
        };
        world.record(&mei(), vec![back("A-5", "A-0", "anqing", "-9.00"), back("B-2", "B-0", "baoding", "-5.00")]).await;
        let not_yet = accrued(&world, "baoding").await;
        // 328.33 × 15 % is 49.2495; 10 less 5 × 2.9 %.
        assert_eq!(totals(&[as_statement(&not_yet)]), ["baoding CNY 59.11"]);
        world.record(&mei(), vec![sale("B-0", "baoding", "2012-06-15", "50.00")]).await;
        // 150,000 + 500,100 × 20 %; 29,010 + 17,400 − 2,900. Baoding: 49.9995 and, as 9.67 is less, 10.
        let all: Vec<Statement> = everybody(&world).await.iter().map(as_statement).collect();
        let expected = [
            "anqing commission.commission 1500100 CNY 250020.00 4",
            "anqing commission.fee 1500100 CNY 43510.00 4",
            "baoding commission.commission 333.33 CNY 50.00 1",
            "baoding commission.fee 333.33 CNY 10.00 1",
        ];
        assert_eq!(lines(&all), expected);
        let baoding = accrued(&world, "baoding").await;
        let next = baoding.lines.first().and_then(|l| l.next_tier.clone()).expect("a tier above");
        let (distance, rate) = (next.distance.expect("a distance").value, next.rate.expect("a rate").value);
        assert_eq!((distance.as_str(), rate.parse::<f64>()), ("999666.67", Ok(0.2)));

        let run = world.run(&fang(), final_run("dealers", "2012-Q3", "q3")).await;
        let stated = world.statements(&fang(), &run).await;
        assert_eq!(lines(&stated), expected);
        assert_eq!(totals(&stated), totals(&all));
    }
}

#[tokio::test]
async fn who_or_what_there_is_not_is_told() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        let why = refused(world.accruals().get_accrual(fang().ask(get("anqing", "2012-Q3"))).await);
        assert_eq!((why.code, why.reason.as_str()), (Code::NotFound, "PROGRAMME_NOT_FOUND"));
        world.programme(&fang(), "dealers", &["commission"]).await;
        let why = refused(world.accruals().get_accrual(fang().ask(get("anqing", "2012-Q3"))).await);
        assert_eq!((why.code, why.reason.as_str()), (Code::FailedPrecondition, "NO_ACTIVE_PLAN"));
        world.active((&mei(), &fang()), "commission", ("dealers", "commission"), spec()).await;
        let nothing = accrued(&world, "anqing").await;
        assert_eq!((nothing.lines.len(), nothing.totals.len()), (0, 0));
        let why = refused(world.accruals().get_accrual(fang().ask(get("nobody", "2012-Q3"))).await);
        assert_eq!((why.code, why.reason.as_str()), (Code::FailedPrecondition, "PARTNER_UNKNOWN"));
        let why = refused(world.accruals().get_accrual(fang().ask(get("anqing", "2012-Q5"))).await);
        assert_eq!(why.code, Code::InvalidArgument);
    }
}
