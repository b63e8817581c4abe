//! The same names in another tenant: nothing of this one is seen there.

use futures::{StreamExt as _, stream};
use prost::Message as _;
use prost_reflect::{DynamicMessage, Kind, Value};
use serde_json::{Value as Json, json};
use tributary_rpc::policy::Access;

use super::{
    AT_ONCE, World,
    methods::{self, Method, OWN},
    wire,
};

/// What is in every id and every text of this tenant's rows, and nowhere else.
const MARK: &str = "mtx";

/// A name by its pattern.
pub type Row = (&'static str, String);

/// What there is in this tenant, by the patterns of its names.
const ROWS: [(&str, &str); 18] = [
    ("partners/*", "partners/mtx-own"),
    ("partners/*/documents/*", "partners/mtx-own/documents/mtx-licence"),
    ("partners/*/deals/*", "partners/mtx-own/deals/mtx-deal"),
    ("courses/*", "courses/mtx-course"),
    ("certificateDefinitions/*", "certificateDefinitions/mtx-definition"),
    ("trainingSessions/*", "trainingSessions/mtx-session"),
    ("partners/*/persons/*", "partners/mtx-own/persons/mtx-person"),
    ("partners/*/persons/*/enrolments/*", "partners/mtx-own/persons/mtx-person/enrolments/mtx-session"),
    ("partners/*/examResults/*", "partners/mtx-own/examResults/mtx-result"),
    ("partners/*/certificates/*", "partners/mtx-own/certificates/mtx-none"),
    ("territoryRights/*", "territoryRights/mtx-right"),
    ("contracts/*", "contracts/mtx-contract"),
    ("contracts/*/obligations/*", "contracts/mtx-contract/obligations/mtx-duty"),
    ("deposits/*", "deposits/mtx-deposit"),
    ("ledgerAccounts/*", "ledgerAccounts/partner.mtx-own.rebate.CNY"),
    ("ledgerTransactions/*", "ledgerTransactions/mtx-transaction"),
    ("programmes/*", "programmes/mtx-programme"),
    ("webhooks/*", "webhooks/mtx-hook"),
];

/// The names of what [`seed`] puts there.
pub fn rows() -> Vec<Row> {
    ROWS.map(|(pattern, name)| (pattern, name.to_owned())).to_vec()
}

/// Puts the rows there.
pub async fn seed(world: &World) {
    let day = json!({"year": 2026, "month": 1, "day": 1});
    let partner = format!("partners/{OWN}");
    let amount = json!({"value": "10.00"});
    let money = json!({"currencyCode": "CNY", "units": "1000"});
    let rows: [(&str, Json); 17] = [
        (
            "partner.v1.PartnerService/CreatePartner",
            json!({"partnerId": OWN, "initialStatus": "PARTNER_STATUS_ACTIVE", "partner": {
                "displayName": OWN, "kind": "PARTNER_KIND_DEALER", "region": "CN/GD",
            }}),
        ),
        (
            "partner.v1.DocumentService/SubmitDocument",
            json!({"parent": partner, "documentId": "mtx-licence", "document": {
                "kind": "DOCUMENT_KIND_OTHER", "title": "mtx", "fileDigest": "0".repeat(64), "mediaType": "image/png",
                "sizeBytes": "1",
            }}),
        ),
        (
            "partner.v1.DealService/RegisterDeal",
            json!({"parent": partner, "dealId": "mtx-deal", "deal": {
                "customer": {"displayName": "mtx"}, "productLine": "mtx", "value": money,
            }}),
        ),
        (
            "partner.v1.TrainingService/CreateCourse",
            json!({"courseId": "mtx-course", "course": {
                "displayName": "mtx", "kind": "COURSE_KIND_ONLINE", "passingScore": {"value": "80"},
            }}),
        ),
        (
            "partner.v1.TrainingService/CreateCertificateDefinition",
            json!({"certificateDefinitionId": "mtx-definition", "certificateDefinition": {
                "displayName": "mtx", "courses": ["courses/mtx-course"],
            }}),
        ),
        (
            "partner.v1.TrainingService/CreateTrainingSession",
            json!({"trainingSessionId": "mtx-session", "trainingSession": {
                "course": "courses/mtx-course", "date": {"year": 2100, "month": 1, "day": 1}, "place": "mtx", "capacity": 9,
            }}),
        ),
        (
            "partner.v1.CertificationService/CreatePerson",
            json!({"parent": partner, "personId": "mtx-person", "person": {"displayName": "mtx", "activeFrom": day}}),
        ),
        (
            "partner.v1.CertificationService/RecordExamResult",
            json!({"parent": partner, "examResultId": "mtx-result", "examResult": {
                "person": "partners/mtx-own/persons/mtx-person", "course": "courses/mtx-course", "score": {"value": "90"},
                "takenOn": day,
            }}),
        ),
        (
            "partner.v1.TrainingService/EnrolPerson",
            json!({"person": "partners/mtx-own/persons/mtx-person", "session": "trainingSessions/mtx-session"}),
        ),
        (
            "partner.v1.TerritoryService/RecordTerritoryRight",
            json!({"territoryRightId": "mtx-right", "reason": "mtx", "terms": {
                "partner": partner, "effectiveFrom": day, "territory": {"circle": {
                    "centre": {"latitude": {"value": "31.2"}, "longitude": {"value": "121.4"}}, "radiusMeters": "3000",
                }},
            }}),
        ),
        (
            "contract.v1.ContractService/CreateContract",
            json!({"contractId": "mtx-contract", "contract": {
                "partner": partner, "title": "mtx", "effectiveFrom": day,
            }}),
        ),
        (
            "contract.v1.ObligationService/CreateObligation",
            json!({"parent": "contracts/mtx-contract", "obligationId": "mtx-duty", "obligation": {
                "kind": "OBLIGATION_KIND_DELIVERY", "title": "mtx", "dueOn": day,
            }}),
        ),
        (
            "incentive.v1.DepositService/CreateDeposit",
            json!({"depositId": "mtx-deposit", "requestId": "mtx", "deposit": {
                "partner": partner, "cause": "mtx", "base": money, "rate": {"value": "0.2"},
            }}),
        ),
        (
            "incentive.v1.LedgerService/CreateTransaction",
            json!({"transactionId": "mtx-transaction", "transaction": {
                "cause": "mtx", "postings": [{
                    "debit": "ledgerAccounts/house.expense.CNY", "credit": "ledgerAccounts/partner.mtx-own.rebate.CNY",
                    "amount": amount,
                }],
            }}),
        ),
        (
            "incentive.v1.PlanService/CreateProgramme",
            json!({"programmeId": "mtx-programme", "programme": {
                "displayName": "mtx", "slots": [{"id": "rebate"}],
            }}),
        ),
        (
            "incentive.v1.FactService/RecordFact",
            json!({"fact": {
                "sourceSystem": "mtx", "sourceId": "mtx", "partner": partner, "kind": "FACT_KIND_SELL_IN",
                "occurredOn": day, "net": money,
            }}),
        ),
        (
            "gateway.v1.WebhookService/CreateWebhook",
            json!({"webhookId": "mtx-hook", "webhook": {
                "url": "https://mtx.example.com/", "types": ["tributary.partner.v1.TierAssigned"],
            }}),
        ),
    ];
    let methods = methods::all();
    for (name, said) in rows {
        let path = format!("/tributary.{name}");
        let method = methods.iter().find(|method| method.path == path).expect(name);
        let message = DynamicMessage::deserialize(method.method.input(), said).expect(name).encode_to_vec();
        let answer = wire::answer(&world.channel, &path, &world.suite.api_key, &message).await;
        answer.unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
    }
}

/// A request about the rows of this tenant, as far as its fields say what they name. Alike in every tenant.
pub fn about_rows(method: &Method, rows: &[Row]) -> DynamicMessage {
    let mut message = DynamicMessage::new(method.method.input());
    let row = |pattern: &str| rows.iter().find(|(known, _)| *known == pattern).map(|(_, name)| name.clone());
    let variables = method.variables();
    for field in method.method.input().fields().filter(|field| field.kind() == Kind::String && !field.is_list()) {
        let pattern =
            variables.iter().find(|(variable, _)| variable == field.name()).map(|(_, pattern)| pattern.as_str());
        let pattern = pattern.or(match field.name() {
            "partner" => Some("partners/*"),
            "programme" => Some("programmes/*"),
            "contract" => Some("contracts/*"),
            "certificate_definition" => Some("certificateDefinitions/*"),
            "period" => Some("period"),
            "benefit" => Some("benefit"),
            "sku" => Some("sku"),
            _ => None,
        });
        if let Some(name) = pattern.and_then(row) {
            message.set_field(&field, Value::String(name));
        }
    }
    if let Some(sku) = row("sku").filter(|_| method.path.contains("PriceService/")) {
        let wanted = json!({"quantity": {"value": "1"}, "items": [{"sku": sku, "quantity": {"value": "1"}}]});
        for (name, value) in wanted.as_object().expect("an object") {
            let Some(field) = method.method.input().get_field_by_name(name) else { continue };
            let alone = json!({ field.json_name(): value });
            let read = DynamicMessage::deserialize(method.method.input(), alone).expect("readable");
            message.set_field(&field, read.get_field(&field).into_owned());
        }
    }
    message
}

pub async fn see_only_their_own(world: &World) {
    seed(world).await;
    let methods = methods::all();
    let reads: Vec<&Method> =
        methods.iter().filter(|m| m.policy.access == Access::Read && !m.policy.streaming).collect();
    let (channel, rows) = (&world.channel, &rows());
    let marked = |answer: &[u8]| answer.windows(MARK.len()).any(|part| part == MARK.as_bytes());
    let mut seen = 0;
    for method in &reads {
        let answer =
            wire::answer(channel, &method.path, &world.suite.api_key, &about_rows(method, rows).encode_to_vec()).await;
        seen += usize::from(answer.is_ok_and(|answer| marked(&answer)));
    }
    assert!(seen >= 20, "only {seen} methods show rows of this tenant to those who may see them");

    let others = world.keys("elsewhere").await;
    // The keys of a tenant may name any partner; they are its own rows.
    let reads = reads.into_iter().filter(|method| !method.path.contains("ApiKeyService")).collect::<Vec<_>>();
    let calls = others.iter().flat_map(|(role, key)| reads.iter().map(move |method| (role, key, *method)));
    let leaks = stream::iter(calls)
        .map(|(role, key, method)| async move {
            let about = about_rows(method, rows).encode_to_vec();
            let answer = wire::answer(channel, &method.path, key, &about).await.ok()?;
            marked(&answer).then(|| format!("{} by {role:?}: {}", method.path, String::from_utf8_lossy(&answer)))
        })
        .buffer_unordered(AT_ONCE);
    let leaks: Vec<String> = leaks.filter_map(async |leak| leak).collect().await;
    assert!(leaks.is_empty(), "{leaks:#?}");
}
