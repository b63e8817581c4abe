//! A parallel run through the service: what another system stated beside a preview. Amounts by hand.

use tonic::Code;
use tributary_proto::{
    google::r#type::Decimal,
    tributary::{
        common::v1::ExternalRef,
        incentive::v1::{CompareStatementsRequest, ForeignDifferenceCause, ForeignLine, foreign_line},
    },
};

use crate::support::{answer, fang, marginal, mei, money, plan, preview, refused, rule, sale, worlds};

fn theirs(dealer: &str, label: &str, amount: &str, measure: Option<&str>) -> ForeignLine {
    let external = ExternalRef { system: "erp".to_owned(), id: format!("AW-{dealer}") };
    ForeignLine {
        partner_ref: Some(foreign_line::PartnerRef::PartnerExternalRef(external)),
        label: label.to_owned(),
        amount: Some(money("CNY", amount)),
        measure: measure.map(|m| Decimal { value: m.to_owned() }),
    }
}

#[tokio::test]
async fn every_difference_has_a_cause() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing", "baoding", "chengde"]).await;
        let facts = [("A", "anqing", "1600000.00"), ("B", "baoding", "333.33"), ("C", "chengde", "100.00")];
        world.record(&mei(), facts.map(|(id, dealer, net)| sale(id, dealer, "2012-08-01", net)).into()).await;
        let spec = plan(vec![rule("commission", marginal(&[("0", "0.15"), ("1000000", "0.20")]))]);
        let run = world.run(&fang(), preview(spec, "2012-Q3")).await;
        let compare = async |lines: Vec<ForeignLine>, named: bool| {
            let request = CompareStatementsRequest { run: run.name.clone(), lines, named_payees_only: named };
            answer(world.go_live().compare_statements(fang().ask(request)).await).expect("compared")
        };
        let lines = vec![
            // 15 % of 1,500,000 and 5 % above 1,000,000: they lack 100,000 of sales.
            theirs("anqing", "commission", "250000.00", Some("1500000")),
            // 49.9995, cut.
            theirs("baoding", "preview.commission", "49.99", None),
            theirs("nobody", "commission", "1.00", None),
        ];
        let found = compare(lines.clone(), false).await;
        assert_eq!((found.compared_count, found.equal_count, found.different_count), (4, 0, 4));
        let told: Vec<_> = found
            .differences
            .iter()
            .map(|d| (d.cause(), d.payee.as_str(), d.difference.clone().expect("a difference")))
            .collect();
        let expected = [
            (ForeignDifferenceCause::Facts, "erp:AW-anqing", money("CNY", "20000.00")),
            (ForeignDifferenceCause::NotInTheirs, "Dealer chengde", money("CNY", "15.00")),
            (ForeignDifferenceCause::PartnerUnknown, "erp:AW-nobody", money("CNY", "-1.00")),
            (ForeignDifferenceCause::Rounding, "erp:AW-baoding", money("CNY", "0.01")),
        ];
        assert_eq!(told, expected);
        assert!(found.differences[0].explanation.contains("270,000.00"), "{:?}", found.differences[0]);
        assert!(found.differences[0].line.ends_with("/lines/preview.commission"));
        assert_eq!(found.totals.len(), 4);
        assert_eq!(compare(lines, true).await.different_count, 3, "chengde is not named");
        let equal = vec![
            theirs("anqing", "", "270000.00", None),
            theirs("baoding", "", "50.00", None),
            theirs("chengde", "commission", "15.00", None),
        ];
        let found = compare(equal, false).await;
        assert_eq!((found.equal_count, found.different_count, found.differences.len()), (3, 0, 0));
    }
}

#[tokio::test]
async fn what_cannot_be_compared_is_refused() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        let request =
            |run: &str, lines| CompareStatementsRequest { run: run.to_owned(), lines, named_payees_only: false };
        let missing = request("runs/none", vec![theirs("anqing", "", "1.00", None)]);
        let missing = refused(world.go_live().compare_statements(fang().ask(missing)).await);
        assert_eq!((missing.code, missing.reason.as_str()), (Code::NotFound, "RUN_NOT_FOUND"));
        let wrong = vec![
            ForeignLine { partner_ref: None, ..theirs("a", "", "0.001", None) },
            theirs("anqing", "", "1.00", Some("1e3")),
        ];
        let wrong = refused(world.go_live().compare_statements(fang().ask(request("runs/none", wrong))).await);
        let fields: Vec<&str> = wrong.violations.iter().map(|v| v.field.as_str()).collect();
        assert_eq!(fields, ["lines[0].partner", "lines[0].amount", "lines[1].measure"], "{wrong:?}");
    }
}
