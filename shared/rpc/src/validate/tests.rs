//! Values by hand against messages of the contract.

use tributary_proto::{
    google::r#type::{Date, Decimal, Money},
    tributary::{
        analytics::v1::{Cost, RecordTouchpointsRequest, StreamCostsRequest, Touchpoint},
        common::v1::ExternalRef,
        gateway::v1::CreateApiKeyRequest,
        incentive::v1::{BatchRecordFactsRequest, CalculateRequest, GetFactRequest, RecordFactRequest, SalesFact},
        partner::v1::{
            Address, BatchUpsertPartnersRequest, CreatePartnerRequest, GetPartnerRequest, ListPartnersRequest, Partner,
            PartnerUpsert, Registration, SetParentRequest, UpdatePartnerRequest,
        },
    },
};

use super::{rules, validate};

fn found<M: prost::Message + prost::Name>(message: &M) -> Vec<(String, String)> {
    let list = validate(message).map_or_else(tributary_core::Violations::into_vec, |()| Vec::new());
    list.into_iter().map(|v| (v.field, v.description)).collect()
}

fn fields<M: prost::Message + prost::Name>(message: &M) -> Vec<String> {
    found(message).into_iter().map(|(field, _)| field).collect()
}

fn partner() -> Partner {
    Partner { display_name: "广州晨光商贸".to_owned(), kind: 1, ..Default::default() }
}

#[test]
fn every_annotation_of_the_contract_is_understood() {
    let compiled = rules::compile(tributary_proto::pool());
    assert_eq!(compiled.unknown, Vec::<String>::new());
    assert!(compiled.messages.len() > 30, "{}", compiled.messages.len());
}

#[test]
fn patterns_and_required_fields() {
    let name = |name: &str| GetPartnerRequest { name: name.to_owned() };
    assert_eq!(found(&name("partners/progressive-sports")), []);
    let pattern = "^partners/[a-z]([a-z0-9-]{0,61}[a-z0-9])?$";
    assert_eq!(
        found(&name("partners/AW1")),
        [("name".to_owned(), format!("\"partners/AW1\" does not match {pattern}"))]
    );
    assert_eq!(
        found(&name("")),
        [("name".to_owned(), format!("is required; set it to a value that matches {pattern}"))]
    );
    let long = found(&name(&"x".repeat(100)));
    assert_eq!(long[0].1, format!("\"{}\"… does not match {pattern}", "x".repeat(60)));
    // The pattern of an optional field allows the empty text.
    let set = SetParentRequest {
        partner: "partners/a".to_owned(),
        effective_from: Some(Date { year: 2012, month: 1, day: 1 }),
        reason: "moved".to_owned(),
        ..Default::default()
    };
    assert_eq!(found(&set), []);
    assert_eq!(fields(&SetParentRequest::default()), ["partner", "effective_from", "reason"]);
}

#[test]
fn every_violation_comes_at_once_with_its_path() {
    let request = CreatePartnerRequest {
        partner: Some(Partner {
            display_name: "名".repeat(201),
            kind: 0,
            founding_year: 2201,
            registration: Some(Registration { scheme: String::new(), number: "1".to_owned() }),
            external_refs: vec![
                ExternalRef { system: "erp".to_owned(), id: "AW1".to_owned() },
                ExternalRef { system: String::new(), id: String::new() },
            ],
            addresses: vec![Address::default(); 21],
            labels: [("segment".to_owned(), "x".repeat(201)), (String::new(), "v".to_owned())].into(),
            // Output only: ignored.
            revision: -5,
            ..Default::default()
        }),
        partner_id: "1a".to_owned(),
        request_id: "r".repeat(65),
        initial_status: 99,
    };
    let mut found = found(&request);
    found.sort();
    let paths: Vec<&str> = found.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(
        paths,
        [
            "initial_status",
            "partner.addresses",
            "partner.display_name",
            "partner.external_refs[1].id",
            "partner.external_refs[1].system",
            "partner.founding_year",
            "partner.kind",
            "partner.labels[\"\"]",
            "partner.labels[\"segment\"]",
            "partner.registration.scheme",
            "partner_id",
            "request_id",
        ],
        "{found:#?}"
    );
    let said = |path: &str| found.iter().find(|(field, _)| field == path).map(|(_, text)| text.as_str());
    assert_eq!(said("partner.addresses"), Some("has 21 items; send at most 20, the rest in another call"));
    assert_eq!(
        said("partner.display_name"),
        Some(&*format!("\"{}\"… has 201 characters; at most 200 are allowed", "名".repeat(60)))
    );
    assert_eq!(said("partner.founding_year"), Some("2201 is out of range; use at most 2200"));
    assert!(
        said("initial_status")
            .is_some_and(|t| t.starts_with("99 is not allowed; use one of PARTNER_STATUS_PROSPECT, "))
    );
    assert_eq!(fields(&CreatePartnerRequest::default()), ["partner"]);
}

#[test]
fn rows_with_results_of_their_own_are_only_counted() {
    let wrong = SalesFact::default();
    assert_eq!(fields(&BatchRecordFactsRequest { facts: vec![wrong.clone(); 1000] }), Vec::<String>::new());
    assert_eq!(
        found(&BatchRecordFactsRequest { facts: vec![wrong.clone(); 1001] }),
        [("facts".to_owned(), "has 1001 items; send at most 1000, the rest in another call".to_owned())]
    );
    assert_eq!(
        found(&BatchRecordFactsRequest { facts: vec![] }),
        [("facts".to_owned(), "is required; send at least 1 items".to_owned())]
    );
    let upserts = BatchUpsertPartnersRequest { items: vec![PartnerUpsert::default()] };
    assert_eq!(fields(&upserts), Vec::<String>::new());
    let rows = RecordTouchpointsRequest { touchpoints: vec![Touchpoint::default()] };
    assert_eq!(fields(&rows), Vec::<String>::new());
    let rows = StreamCostsRequest { costs: vec![Cost::default()], position: 0 };
    assert_eq!(fields(&rows), Vec::<String>::new());
    // A single fact is no row: all of it is checked.
    let single = fields(&RecordFactRequest { fact: Some(wrong) });
    assert_eq!(single, ["fact.source_system", "fact.source_id", "fact.kind", "fact.net"]);
}

#[test]
fn an_update_checks_what_its_mask_names() {
    let update = |partner: Partner, paths: &[&str]| UpdatePartnerRequest {
        partner: Some(partner),
        update_mask: Some(prost_types::FieldMask { paths: paths.iter().map(|p| (*p).to_owned()).collect() }),
        request_id: String::new(),
    };
    let empty = Partner { region: "x".repeat(201), ..Default::default() };
    assert_eq!(fields(&update(empty.clone(), &["region"])), ["partner.region"]);
    assert_eq!(fields(&update(empty.clone(), &["display_name"])), ["partner.display_name"]);
    assert_eq!(fields(&update(empty.clone(), &["*"])), ["partner.display_name", "partner.kind", "partner.region"]);
    assert_eq!(fields(&update(empty.clone(), &[])), ["partner.region"]);
    let registered = Partner { registration: Some(Registration::default()), ..Default::default() };
    assert_eq!(fields(&update(registered.clone(), &["registration.number"])), ["partner.registration.number"]);
    assert_eq!(fields(&update(registered, &[])), ["partner.registration.scheme", "partner.registration.number"]);
    assert_eq!(fields(&UpdatePartnerRequest { partner: Some(empty), ..Default::default() }), ["partner.region"]);
    assert_eq!(fields(&UpdatePartnerRequest::default()), ["partner"]);
    assert_eq!(fields(&update(partner(), &["*"])), Vec::<String>::new());
}

#[test]
fn a_nul_is_refused_in_every_text() {
    let nul = "has a NUL character; remove it";
    let list = ListPartnersRequest { filter: "status = \0".to_owned(), ..Default::default() };
    assert_eq!(found(&list), [("filter".to_owned(), nul.to_owned())]);
    // One violation per text: a pattern says nothing on top.
    assert_eq!(found(&GetPartnerRequest { name: "partners/\0".to_owned() }), [("name".to_owned(), nul.to_owned())]);

    let create = CreatePartnerRequest {
        partner: Some(Partner {
            industry: "a\0".to_owned(),
            addresses: vec![Address { lines: vec!["fine".to_owned(), "\0".to_owned()], ..Default::default() }],
            labels: [("segment".to_owned(), "\0".to_owned())].into(),
            // Output only: ignored.
            tier: "\0".to_owned(),
            ..partner()
        }),
        request_id: "r\0".to_owned(),
        ..Default::default()
    };
    let mut paths = fields(&create);
    paths.sort();
    let expected = ["partner.addresses[0].lines[1]", "partner.industry", "partner.labels[\"segment\"]", "request_id"];
    assert_eq!(paths, expected);
    let key = Partner { labels: [("\0".to_owned(), "v".to_owned())].into(), ..partner() };
    assert_eq!(fields(&CreatePartnerRequest { partner: Some(key), ..Default::default() }), ["partner.labels[\"\\0\"]"]);

    // Messages and lists without annotations of their own.
    let net = Some(Money { currency_code: "CN\0".to_owned(), ..Default::default() });
    let fact = SalesFact { net, quantity: Some(Decimal { value: "\0".to_owned() }), ..Default::default() };
    let paths = fields(&RecordFactRequest { fact: Some(fact) });
    assert!(paths.contains(&"fact.net.currency_code".to_owned()), "{paths:?}");
    assert!(paths.contains(&"fact.quantity.value".to_owned()), "{paths:?}");
    let mask = prost_types::FieldMask { paths: vec!["region".to_owned(), "\0".to_owned()] };
    let update = UpdatePartnerRequest { partner: Some(partner()), update_mask: Some(mask), ..Default::default() };
    assert_eq!(fields(&update), ["update_mask.paths[1]"]);
    let get = tributary_proto::google::longrunning::GetOperationRequest { name: "operations/\0".to_owned() };
    assert_eq!(fields(&get), ["name"]);
    // Breaks of lines stay.
    let set = SetParentRequest {
        partner: "partners/a".to_owned(),
        effective_from: Some(Date { year: 2012, month: 1, day: 1 }),
        reason: "one\n\ttwo".to_owned(),
        ..Default::default()
    };
    assert_eq!(found(&set), []);
}

#[test]
fn oneofs_and_lists_of_enums() {
    let missing = found(&CalculateRequest { period: "2012".to_owned(), ..Default::default() });
    assert_eq!(missing, [("subject".to_owned(), "is required; set one of programme, plan".to_owned())]);
    let key = |roles: Vec<i32>| fields(&CreateApiKeyRequest { roles, ..Default::default() });
    assert!(key(vec![1, 0]).contains(&"roles[1]".to_owned()), "{:?}", key(vec![1, 0]));
    assert!(key(vec![2, 2]).contains(&"roles[1]".to_owned()), "{:?}", key(vec![2, 2]));
    assert!(!key(vec![1, 2]).iter().any(|f| f.starts_with("roles")), "{:?}", key(vec![1, 2]));
    assert_eq!(fields(&GetFactRequest::default()), ["source_system", "source_id"]);
}
