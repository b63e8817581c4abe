//! Rows by hand along descriptors: the messages they become, and what is wrong with them.

use std::sync::Arc;

use prost::Message;
use tributary_proto::{
    google::r#type::{Date, Decimal, Money},
    tributary::{
        analytics::v1::{Journey, Touch},
        common::v1::ExternalRef,
        contract::v1::{
            Cadence, Commitment, CommitmentKind, Contract, ContractImport, ContractState, DepositTerms, Obligation,
            ObligationImport, ObligationKind, PaymentTerms, Territory, commitment::Target, deposit_terms::Size,
            obligation_import::ContractRef,
        },
    },
};

use crate::mapping::{Header, Mapped, Mapper, Mapping, Row, RowFault, load, parse};

fn row(columns: &str, cells: &str) -> Row {
    let header = Arc::new(Header::new(columns.split(',').map(str::to_owned).collect()));
    Row::new(2, header, cells.split(',').map(str::to_owned).collect())
}

fn mapped<M: Message + Default>(mapping: &Mapping, row: &Row) -> Result<M, Vec<RowFault>> {
    match Mapper::new(mapping).map(row).0? {
        Mapped::Record(message) => Ok(message.transcode_to().expect("the same type")),
        other => panic!("{other:?}"),
    }
}

fn faults(mapping: &Mapping, row: &Row) -> Vec<(String, String, String)> {
    let found = mapped::<ContractImport>(mapping, row).expect_err("faults");
    assert!(found.iter().all(|fault| !fault.remedy.is_empty()), "{found:?}");
    found.into_iter().map(|fault| (fault.field, fault.value, fault.reason)).collect()
}

fn date(year: i32, month: i32, day: i32) -> Option<Date> {
    Some(Date { year, month, day })
}

fn reference(id: &str) -> ExternalRef {
    ExternalRef { system: "erp".to_owned(), id: id.to_owned() }
}

fn cny(units: i64) -> Money {
    Money { currency_code: "CNY".to_owned(), units, nanos: 0 }
}

const REGISTER: &str = "contract_no,partner,title,effective_from,effective_to,annual_purchase_commitment,currency,\
                        payment_days,deposit_rate,owner,state";

#[test]
fn a_row_of_the_register_becomes_a_contract() {
    let mapping = load("contracts").expect("mapping");
    let cells = "C-7,alpine,Dealer 2026,2026-01-01,2027-01-01,2000000,CNY,30,0.2,li.wei,active";
    let wanted = ContractImport {
        contract: Some(Contract {
            partner: "partners/alpine".to_owned(),
            title: "Dealer 2026".to_owned(),
            effective_from: date(2026, 1, 1),
            effective_to: date(2027, 1, 1),
            external_refs: vec![reference("C-7")],
            commitments: vec![Commitment {
                commitment_id: "annual-purchases".to_owned(),
                kind: CommitmentKind::Purchase.into(),
                cadence: Cadence::Year.into(),
                target: Some(Target::Amount(cny(2_000_000))),
                ..Commitment::default()
            }],
            payment: Some(PaymentTerms {
                currency_code: "CNY".to_owned(),
                payment_days: 30,
                ..PaymentTerms::default()
            }),
            deposit: Some(DepositTerms { size: Some(Size::Rate(Decimal { value: "0.2".to_owned() })) }),
            owner: "li.wei".to_owned(),
            ..Contract::default()
        }),
        state: ContractState::Signed.into(),
        terminates_on: None,
    };
    assert_eq!(mapped(&mapping, &row(REGISTER, cells)), Ok(wanted.clone()));

    // What is empty is left out: the commitment, the deposit, the end. The currency alone promises nothing.
    let bare = "C-7,alpine,Dealer 2026,2026-01-01,-,,CNY,,NULL,,";
    let mut left = wanted;
    let contract = left.contract.as_mut().expect("a contract");
    (contract.effective_to, contract.deposit) = (None, None);
    contract.commitments.clear();
    contract.owner.clear();
    contract.payment = Some(PaymentTerms { currency_code: "CNY".to_owned(), ..PaymentTerms::default() });
    left.state = ContractState::Draft.into();
    assert_eq!(mapped(&mapping, &row(REGISTER, bare)), Ok(left));
}

#[test]
fn every_fault_of_a_row_comes_at_once_under_its_field() {
    let mapping = load("contracts").expect("mapping");
    let cells = ",alpine,,2026-02-30,soon,two,CNY,30.5,20%,,lost; found";
    let told = |field: &str, value: &str, reason: &str| (field.to_owned(), value.to_owned(), reason.to_owned());
    assert_eq!(
        faults(&mapping, &row(REGISTER, cells)),
        [
            told("contract.title", "", "contract.title is empty"),
            told("contract.effective_from", "2026-02-30", "\"2026-02-30\" is not a date of the form \"%Y-%m-%d\""),
            told("contract.effective_to", "soon", "\"soon\" is not a date of the form \"%Y-%m-%d\""),
            told("contract.external_refs[0].id", "", "contract.external_refs[0].id is empty"),
            told("contract.commitments[0].amount", "two", "\"two\" is not a number"),
            told("contract.payment.payment_days", "30.5", "30.5 is not a whole number"),
            told("contract.deposit.rate", "20%", "\"20%\" is not a number"),
            told("state", "lost; found", "the mapping knows only active, draft, expiring, negotiating, signed here"),
        ]
    );
    let no_currency = "C-7,alpine,T,2026-01-01,,5,,,,,";
    assert_eq!(
        faults(&mapping, &row(REGISTER, no_currency)),
        [told(
            "contract.commitments[0].amount.currency_code",
            "",
            "contract.commitments[0].amount.currency_code is empty"
        )]
    );
}

const DUTIES: &str = "obligation_no,contract_no,kind,title,due_on,amount,currency,fulfilled_on";

#[test]
fn a_duty_becomes_an_obligation() {
    let mapping = load("obligations").expect("mapping");
    let cells = "O-1,C-7,data report,March figures,2026-04-10,,CNY,2026-04-08";
    let wanted = ObligationImport {
        contract_ref: Some(ContractRef::ContractExternalRef(reference("C-7"))),
        obligation: Some(Obligation {
            kind: ObligationKind::DataReport.into(),
            title: "March figures".to_owned(),
            due_on: date(2026, 4, 10),
            external_ref: Some(reference("O-1")),
            ..Obligation::default()
        }),
        fulfilled_on: date(2026, 4, 8),
    };
    assert_eq!(mapped(&mapping, &row(DUTIES, cells)), Ok(wanted.clone()));

    let mut payment = wanted;
    let obligation = payment.obligation.as_mut().expect("an obligation");
    (obligation.kind, obligation.amount) =
        (ObligationKind::Payment.into(), Some(Money { nanos: 500_000_000, ..cny(12) }));
    payment.fulfilled_on = None;
    let cells = "O-1,C-7,PAYMENT,March figures,2026-04-10,12.5,CNY,";
    assert_eq!(mapped(&mapping, &row(DUTIES, cells)), Ok(payment));

    let told = faults(&mapping, &row(DUTIES, ",,GIFT,T,2026-04-10,,,"));
    let fields: Vec<_> = told.iter().map(|(field, ..)| field.as_str()).collect();
    assert_eq!(fields, ["contract_external_ref.id", "obligation.kind", "obligation.external_ref.id"]);
    assert!(told[1].2.starts_with("\"GIFT\" is none of PAYMENT, DELIVERY, MILESTONE"), "{told:?}");
}

const PATHS: &str = "journey_id,path,conversions,nulls,value,currency,ended_on";

fn touch(channel: &str) -> Touch {
    Touch { channel: channel.to_owned(), ..Touch::default() }
}

#[test]
fn the_parts_of_a_path_become_touches() {
    let mapping = load("journeys").expect("mapping");
    let cells = "J1,social > search>shop > ,2,0,0.10,CNY,2026-11-21";
    let wanted = Journey {
        journey_id: "J1".to_owned(),
        touches: vec![touch("social"), touch("search"), touch("shop")],
        conversions: 2,
        value: Some(Money { nanos: 100_000_000, ..cny(0) }),
        ended_on: date(2026, 11, 21),
        ..Journey::default()
    };
    assert_eq!(mapped(&mapping, &row(PATHS, cells)), Ok(wanted));
    let none = mapped::<Journey>(&mapping, &row(PATHS, ",,1,0,,,")).expect_err("no path, no key");
    let told: Vec<_> = none.iter().map(|f| (f.field.as_str(), f.remedy.as_str())).collect();
    assert_eq!(told, [("journey_id", "fill it in"), ("touches", "fill path in")]);
}

const ZIPPED: &str = r#"
apiVersion: tributary/v1
kind: Mapping
target: journeys
source_id: "{path}/{ordinal(by: path)}"
fields:
  touches:
    - channel: {const: newsletter}
      partner: {from: sender}
    - channel: {split: path, by: "|", map: {s: search, "*": shop}}
      occurred_at: {split: times, by: "|"}
  customer_key: {from: member, map: {"1": c-1}}
  conversions: {from: count, default: 1}
"#;

#[test]
fn split_columns_go_together_and_keys_are_made() {
    let mapping = parse("m.yaml", ZIPPED).expect("mapping");
    let columns = "sender,path,times,member,count";
    let good = row(columns, ",s|x,2026-01-01T00:00:00Z|2026-01-01T00:00:01Z,1,");
    let journey: Journey = mapped(&mapping, &good).expect("a journey");
    assert_eq!((journey.journey_id.as_str(), journey.customer_key.as_str(), journey.conversions), ("s|x/1", "c-1", 1));
    // Python: datetime(2026, 1, 1, tzinfo=timezone.utc).timestamp() == 1767225600
    let told: Vec<_> =
        journey.touches.iter().map(|t| (t.channel.as_str(), t.occurred_at.map(|at| at.seconds))).collect();
    assert_eq!(told, [("search", Some(1_767_225_600)), ("shop", Some(1_767_225_601))]);
    // The newsletter has a place where it has a partner, and shifts the others.
    let shifted = row(columns, "partners/a,s|x,,1,");
    let journey: Journey = mapped(&mapping, &shifted).expect("a journey");
    let channels: Vec<_> = journey.touches.iter().map(|t| t.channel.as_str()).collect();
    assert_eq!(channels, ["newsletter", "search", "shop"]);
    assert_eq!(mapping.value_of("touches[0].partner", &shifted), "partners/a");
    assert_eq!(mapping.value_of("touches[2].channel", &shifted), "x");
    assert_eq!(mapping.value_of("touches[1].channel", &good), "x");
    assert_eq!(mapping.value_of("touches[7].channel", &good), "");

    let uneven = mapped::<Journey>(&mapping, &row(columns, ",s|x,2026-01-01T00:00:00Z,1,")).expect_err("uneven");
    assert_eq!((uneven.len(), uneven[0].field.as_str()), (1, "touches"));
    assert_eq!(uneven[0].reason, "the columns have 1 and 2 parts, which belong together");
    assert_eq!(uneven[0].remedy, "give path and times as many parts each");

    // A rejected row that was counted keeps its key, which the row alone does not say.
    let again = row(&format!("reject_source_id,{columns}"), "s|x/7,,s|x,,1,");
    let (journey, kept) = Mapper::new(&mapping).map(&again);
    assert!(matches!(journey, Ok(Mapped::Record(_))) && kept.as_deref() == Some("s|x/7"), "{journey:?} {kept:?}");

    // A customer key is named, never shown.
    let unknown = row(columns, ",s,2026-01-01T00:00:00Z,13800138000,");
    let told = mapped::<Journey>(&mapping, &unknown).expect_err("no such member");
    assert_eq!((told[0].field.as_str(), told[0].value.as_str()), ("customer_key", ""));
    assert!(!format!("{told:?}").contains("13800138000"), "{told:?}");
    assert_eq!(mapping.value_of("customer_key", &unknown), "");
}

const EITHER: &str = r#"
apiVersion: tributary/v1
kind: Mapping
target: contracts
fields:
  contract:
    external_refs:
      - {system: {const: erp}, id: {from: no}}
      - {system: {const: crm}, id: {from: deal}}
    partner: {from: partner}
    title: {const: T}
    effective_from: {from: day}
    territory:
      regions: [{split: regions, by: ";"}]
      exclusive: {from: exclusive}
    deposit:
      amount: {amount: {from: deposit}, currency: {const: CNY}}
      rate: {from: rate}
    renewal: {notice_days: {from: notice, map: {none: "", "0": "0"}}}
    labels: {desk: {from: desk}, source: {const: register}}
    clauses:
      - {clause_id: {const: end}, title: {from: end_title}, text: {from: end}}
"#;

const COLUMNS: &str = "no,deal,partner,day,regions,exclusive,deposit,rate,notice,desk,end_title,end";

#[test]
fn of_a_oneof_a_row_fills_one() {
    let mapping = parse("m.yaml", EITHER).expect("mapping");
    let deposit = |cells: &str| {
        let found = mapped::<ContractImport>(&mapping, &row(COLUMNS, &format!("1,,p,2026-01-01,,,{cells},,,,")));
        found.map(|import| import.contract.and_then(|c| c.deposit).and_then(|d| d.size))
    };
    assert_eq!(deposit("5000,"), Ok(Some(Size::Amount(cny(5000)))));
    assert_eq!(deposit(",0.1"), Ok(Some(Size::Rate(Decimal { value: "0.1".to_owned() }))));
    assert_eq!(deposit(","), Ok(None));
    let both = deposit("5000,0.1").expect_err("both");
    assert_eq!((both.len(), both[0].field.as_str()), (1, "contract.deposit.rate"));
    assert_eq!(both[0].reason, "rate and amount are both filled, and only one of them can be");
}

#[test]
fn defaults_give_way_and_decide_nothing_that_is_compulsory() {
    let text = EITHER
        .replace("rate: {from: rate}", "rate: {from: rate, default: \"0.3\"}")
        .replace("map: {none: \"\", \"0\": \"0\"}", "default: 60")
        .replace("text: {from: end}", "text: {from: end, default: open}");
    let mapping = parse("m.yaml", &text).expect("mapping");
    let contract = |cells: &str| {
        let found = mapped::<ContractImport>(&mapping, &row(COLUMNS, &format!("1,,p,2026-01-01,,,{cells}")));
        found.expect("good").contract.expect("a contract")
    };
    let size = |contract: &Contract| contract.deposit.as_ref().and_then(|d| d.size.clone());
    let rate = |value: &str| Some(Size::Rate(Decimal { value: value.to_owned() }));
    assert_eq!(size(&contract("5000,,,,,")), Some(Size::Amount(cny(5000))));
    assert_eq!(size(&contract(",0.1,,,,")), rate("0.1"));
    let bare = contract(",,,,,");
    assert_eq!(size(&bare), None, "a default alone makes no deposit");
    assert_eq!(bare.clauses.len(), 0, "and no clause");
    assert_eq!(bare.renewal.and_then(|r| r.notice_days), Some(60), "nothing in the renewal is compulsory");
}

#[test]
fn lists_maps_flags_and_presence() {
    let mapping = parse("m.yaml", EITHER).expect("mapping");
    let full = row(COLUMNS, "1,D,p,2026-01-01,CN/GD; CN/JS,1,,,0,east,The end,It ends.");
    let contract = mapped::<ContractImport>(&mapping, &full).expect("good").contract.expect("a contract");
    let regions = vec!["CN/GD".to_owned(), "CN/JS".to_owned()];
    assert_eq!(contract.territory, Some(Territory { regions, exclusive: true, ..Territory::default() }));
    assert_eq!(contract.renewal.map(|r| (r.notice_days, r.months)), Some((Some(0), 0)), "0 is said, not unset");
    let labels: Vec<_> = contract.labels.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(labels, [("desk", "east"), ("source", "register")]);
    assert_eq!(contract.clauses[0].text, "It ends.");
    assert_eq!(contract.external_refs[1], ExternalRef { system: "crm".to_owned(), id: "D".to_owned() });

    // A clause without its text is none, whatever its title says; a second key is not needed, the first one is.
    let bare = row(COLUMNS, "1,,p,2026-01-01,,,,,none,,The end,");
    let contract = mapped::<ContractImport>(&mapping, &bare).expect("good").contract.expect("a contract");
    assert_eq!((contract.external_refs.len(), contract.clauses.len(), contract.labels.len()), (1, 0, 1));
    assert_eq!((contract.territory, contract.renewal), (None, None));
    let keyless = row(COLUMNS, ",D,p,2026-01-01,,yes,,,,,,");
    let told = faults(&mapping, &keyless);
    let fields: Vec<_> = told.iter().map(|(field, ..)| field.as_str()).collect();
    assert_eq!(
        fields,
        ["contract.external_refs[0].id", "contract.territory.exclusive"],
        "the second never takes its place"
    );
}

#[test]
fn fields_lead_back_to_cells() {
    let mapping = parse("m.yaml", EITHER).expect("mapping");
    let row = row(COLUMNS, "1,D,p,2026-01-01,CN/GD; CN/JS,1,5000,,,east,The end,It ends.");
    for (field, wanted) in [
        ("contract.external_refs[1].id", "D"),
        ("contract.external_refs[1].system", ""),
        ("contract.territory.regions[1]", "CN/JS"),
        ("contract.territory", "CN/GD; CN/JS | 1"),
        ("contract.deposit.size", "5000"),
        ("contract.deposit", "5000"),
        ("contract.labels[\"desk\"]", "east"),
        ("contract.labels.desk", "east"),
        ("contract.clauses[0].text", "It ends."),
        ("contract.principal", ""),
        ("row", ""),
        ("", ""),
    ] {
        assert_eq!(mapping.value_of(field, &row), wanted, "{field}");
    }
    let mapping = load("contracts").expect("mapping");
    let row = self::row(REGISTER, "C-7,alpine,Dealer,2026-01-01,,2000000,CNY,30,0.2,li.wei,active");
    for (field, wanted) in [
        ("contract.commitments[0].amount", "2000000 | CNY"),
        ("contract.commitments[0].amount.currency_code", "CNY"),
        ("contract.commitments[0].amount.units", "2000000"),
        ("contract.commitments[1].amount", ""),
        ("contract.partner", "alpine"),
        ("state", "active"),
    ] {
        assert_eq!(mapping.value_of(field, &row), wanted, "{field}");
    }
}
