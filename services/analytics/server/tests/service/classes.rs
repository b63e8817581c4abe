//! `ClassifyVolumes`: bounds, ties, currencies, pages, refusals.

use tonic::Code;
use tributary_proto::{
    google::r#type::{Date, Decimal},
    tributary::{
        analytics::v1::{
            ClassifyVolumesRequest, ClassifyVolumesResponse, MetricDimension, SalesBasis, VolumeClass, VolumeClassRow,
        },
        incentive::v1::{
            FactKind::{Return, SellIn, SellOut},
            SalesFact,
        },
    },
};
use tributary_rpc::status::{Described, describe};

use crate::{
    incentive::fact,
    support::{Running, analyst, services},
};

fn sold(partner: &str, sku: &str, net: i64, quantity: &str) -> SalesFact {
    SalesFact { sku: sku.to_owned(), ..fact(partner, (2012, 7, 1), SellIn, "CNY", (net, 0), quantity) }
}

/// Of 100: c 50, a and b 15 each, d 12 + 3, e 5; f sends back what was sold before.
fn facts() -> Vec<SalesFact> {
    vec![
        sold("a", "B1", 15, "1"),
        sold("b", "B1", 15, "9"),
        sold("c", "B2", 50, "3"),
        sold("d", "B2", 12, "2"),
        SalesFact { region: "CN/GD".to_owned(), ..sold("d", "", 3, "1") },
        sold("e", "B3", 5, "0.5"),
        fact("f", (2012, 7, 2), Return, "CNY", (-4, 0), "-1"),
    ]
}

async fn classify(service: &Running, request: ClassifyVolumesRequest) -> Result<ClassifyVolumesResponse, Described> {
    let answer = service.client.clone().classify_volumes(analyst("default", request)).await;
    answer.map(tonic::Response::into_inner).map_err(|status| describe(&status))
}

fn text(decimal: &Option<Decimal>) -> &str {
    decimal.as_ref().map_or("-", |decimal| decimal.value.as_str())
}

/// "rank member volume share cumulative class".
fn shown(row: &VolumeClassRow) -> String {
    let VolumeClassRow { rank, member, volume, share, cumulative_share, .. } = row;
    let class = row.volume_class().as_str_name().strip_prefix("VOLUME_CLASS_").expect("a class");
    format!("{rank} {member} {} {} {} {class}", text(volume), text(share), text(cumulative_share))
}

fn rows(answer: &ClassifyVolumesResponse) -> Vec<String> {
    answer.rows.iter().map(shown).collect()
}

fn totals(answer: &ClassifyVolumesResponse) -> Vec<String> {
    let total = |total: &tributary_proto::tributary::analytics::v1::VolumeClassTotal| {
        format!("{:?} {} {} {}", total.volume_class(), total.member_count, text(&total.volume), total.currency_code)
    };
    answer.totals.iter().map(total).collect()
}

#[tokio::test]
async fn partners_are_classified_by_net_sales() {
    for service in services().await {
        service.record("default", 1, facts()).await.expect("delivered");
        let answer = classify(&service, ClassifyVolumesRequest::default()).await.expect("classes");
        // a, b and d sold as much each; 50 + 15 + 15 is exactly 0.80, with 15 exactly 0.95.
        assert_eq!(
            rows(&answer),
            [
                "1 partners/c 50 0.5 0.5 A",
                "2 partners/a 15 0.15 0.65 A",
                "3 partners/b 15 0.15 0.8 A",
                "4 partners/d 15 0.15 0.95 B",
                "5 partners/e 5 0.05 1 C",
                "6 partners/f -4 -0.04 1 C",
            ]
        );
        assert_eq!(totals(&answer), ["A 3 80 CNY", "B 1 15 CNY", "C 2 1 CNY"]);
        assert_eq!((answer.through_batch, answer.next_page_token.as_str()), (1, ""));
    }
}

#[tokio::test]
async fn other_members_volumes_and_bounds_are_taken() {
    for service in services().await {
        service.record("default", 1, facts()).await.expect("delivered");
        let decimal = |value: &str| Some(Decimal { value: value.to_owned() });
        let request = ClassifyVolumesRequest {
            by: MetricDimension::Sku.into(),
            metric: "quantity".to_owned(),
            filter: "NOT kind = RETURN".to_owned(),
            a_share: decimal("0.6"),
            b_share: decimal("0.9"),
            ..ClassifyVolumesRequest::default()
        };
        let answer = classify(&service, request).await.expect("classes");
        // Of 16.5: 10 are 0.606061, 15 are 0.909091. Goods without a number are a member, too.
        assert_eq!(
            rows(&answer),
            [
                "1 B1 10 0.606061 0.606061 B",
                "2 B2 5 0.30303 0.909091 C",
                "3  1 0.060606 0.969697 C",
                "4 B3 0.5 0.030303 1 C",
            ]
        );
        assert_eq!(totals(&answer), ["A 0 0 ", "B 1 10 ", "C 3 6.5 "]);
        let day = |day| Some(Date { year: 2012, month: 7, day });
        let request = ClassifyVolumesRequest {
            by: MetricDimension::Region.into(),
            metric: "gmv".to_owned(),
            from: day(1),
            to: day(2),
            ..ClassifyVolumesRequest::default()
        };
        let answer = classify(&service, request.clone()).await.expect("classes");
        assert_eq!(rows(&answer), ["1  97 0.97 0.97 C", "2 CN/GD 3 0.03 1 C"]);
        let nothing = classify(&service, ClassifyVolumesRequest { from: day(3), to: None, ..request }).await;
        let nothing = nothing.expect("classes");
        assert_eq!(
            (rows(&nothing).len(), totals(&nothing)),
            (0, vec!["A 0 0 ".to_owned(), "B 0 0 ".into(), "C 0 0 ".into()])
        );
    }
}

#[tokio::test]
async fn currencies_and_flows_are_never_added() {
    for service in services().await {
        let mut all = facts();
        all.push(fact("a", (2012, 7, 1), SellIn, "USD", (9, 0), "1"));
        service.record("default", 1, all).await.expect("delivered");
        let refused = classify(&service, ClassifyVolumesRequest::default()).await.expect_err("two currencies");
        assert_eq!((refused.code, &*refused.reason), (Code::FailedPrecondition, "CURRENCY_AMBIGUOUS"));
        let dollars = ClassifyVolumesRequest { currency_code: "USD".to_owned(), ..Default::default() };
        let answer = classify(&service, dollars).await.expect("classes");
        assert_eq!(
            (rows(&answer), totals(&answer)[2].as_str()),
            (vec!["1 partners/a 9 1 1 C".to_owned()], "C 1 9 USD")
        );
        let quantity = ClassifyVolumesRequest { metric: "quantity".to_owned(), ..Default::default() };
        assert_eq!(
            rows(&classify(&service, quantity).await.expect("classes"))[0],
            "1 partners/b 9 0.514286 0.514286 A"
        );

        service
            .record("default", 2, vec![fact("a", (2012, 7, 1), SellOut, "CNY", (1, 0), "1")])
            .await
            .expect("delivered");
        let yuan = ClassifyVolumesRequest { currency_code: "CNY".to_owned(), ..Default::default() };
        let refused = classify(&service, yuan.clone()).await.expect_err("two flows");
        assert_eq!((refused.code, &*refused.reason), (Code::FailedPrecondition, "BASIS_AMBIGUOUS"));
        let sell_out = ClassifyVolumesRequest { basis: SalesBasis::SellOut.into(), ..yuan };
        assert_eq!(rows(&classify(&service, sell_out).await.expect("classes")), ["1 partners/a 1 1 1 C"]);
    }
}

#[tokio::test]
async fn members_are_paged_in_their_order() {
    for service in services().await {
        service.record("default", 1, facts()).await.expect("delivered");
        let page = |token: &str| ClassifyVolumesRequest {
            page_size: 2,
            page_token: token.to_owned(),
            ..ClassifyVolumesRequest::default()
        };
        let (mut found, mut token) = (Vec::new(), String::new());
        for _ in 0..3 {
            let answer = classify(&service, page(&token)).await.expect("classes");
            assert_eq!(totals(&answer), ["A 3 80 CNY", "B 1 15 CNY", "C 2 1 CNY"], "totals are of all pages");
            found.extend(answer.rows.iter().map(|row| (row.rank, row.member.clone(), row.volume_class())));
            token = answer.next_page_token;
        }
        use VolumeClass::{A, B, C};
        let expected = [("c", A), ("a", A), ("b", A), ("d", B), ("e", C), ("f", C)];
        let expected = expected.iter().zip(1..).map(|((id, class), rank)| (rank, format!("partners/{id}"), *class));
        assert_eq!((found, token.as_str()), (expected.collect(), ""));
        let first = classify(&service, page("")).await.expect("classes");
        let other = ClassifyVolumesRequest { metric: "gmv".to_owned(), ..page(&first.next_page_token) };
        assert_eq!(&*classify(&service, other).await.expect_err("another query").reason, "PAGE_TOKEN_INVALID");
    }
}

#[tokio::test]
async fn wrong_questions_name_every_field() {
    for service in services().await {
        let fields = async |request| -> Vec<String> {
            let refused = classify(&service, request).await.expect_err("wrong");
            assert_eq!((refused.code, &*refused.reason), (Code::InvalidArgument, "INVALID_REQUEST"));
            refused.violations.into_iter().map(|v| v.field).collect()
        };
        let decimal = |value: &str| Some(Decimal { value: value.to_owned() });
        let request = ClassifyVolumesRequest {
            metric: "orders".to_owned(),
            currency_code: "RMB".to_owned(),
            a_share: decimal("0.96"),
            from: Some(Date { year: 2012, month: 2, day: 30 }),
            ..ClassifyVolumesRequest::default()
        };
        assert_eq!(fields(request).await, ["metric", "currency_code", "b_share", "from"]);
        let shares = |a: &str, b: &str| ClassifyVolumesRequest {
            a_share: decimal(a),
            b_share: decimal(b),
            ..ClassifyVolumesRequest::default()
        };
        assert_eq!(fields(shares("0", "1.1")).await, ["a_share", "b_share"]);
        assert_eq!(fields(shares("0.5", "0.5")).await, ["b_share"]);
        let quantity = ClassifyVolumesRequest {
            metric: "quantity".to_owned(),
            currency_code: "CNY".to_owned(),
            ..ClassifyVolumesRequest::default()
        };
        assert_eq!(fields(quantity).await, ["currency_code"]);
        let by = ClassifyVolumesRequest { by: MetricDimension::Kind.into(), ..ClassifyVolumesRequest::default() };
        assert_eq!(fields(by).await, ["by"]);
    }
}
