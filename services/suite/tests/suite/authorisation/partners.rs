//! Two partners of one tenant: whatever one of them has, its own user sees, and that of the other never, however it asks.

use std::collections::BTreeSet;

use prost::Message as _;
use prost_reflect::DynamicMessage;
use serde_json::{Value as Json, json};
use tributary_core::Role;
use tributary_rpc::policy::{Access, PartnerScope};

use super::{
    World,
    methods::{self, Method, OWN},
    tenants::{self, Row},
    wire,
};

/// Last part of the name of the other partner.
const OTHER: &str = "other";
/// Reads about what a request says, whose answers have no row of anybody.
const WITHOUT_ROWS: [&str; 1] = ["/tributary.partner.v1.DealService/FindDealConflicts"];

/// Two people of the house, who approve what the other one wrote.
struct House<'a> {
    world: &'a World,
    methods: Vec<Method>,
    maker: String,
    checker: String,
}

impl House<'_> {
    /// Asks by somebody, and gives back the answer.
    async fn by(&self, key: &str, name: &str, request: Json) -> Result<Json, String> {
        let path = format!("/{name}");
        let method = self.methods.iter().find(|method| method.path == path).expect(name);
        let message = DynamicMessage::deserialize(method.method.input(), request).expect(name).encode_to_vec();
        let answer = wire::answer(&self.world.channel, &path, key, &message).await?;
        let message = answer.get(5..).expect("a frame");
        let message = DynamicMessage::decode(method.method.output(), message).expect("readable");
        Ok(serde_json::to_value(&message).expect("JSON"))
    }

    async fn made(&self, name: &str, request: Json) -> Json {
        let name = format!("tributary.{name}");
        self.by(&self.maker, &name, request).await.unwrap_or_else(|refusal| panic!("{name}: {refusal}"))
    }

    async fn checked(&self, name: &str, request: Json) -> Json {
        let name = format!("tributary.{name}");
        self.by(&self.checker, &name, request).await.unwrap_or_else(|refusal| panic!("{name}: {refusal}"))
    }

    async fn waited(&self, operation: &Json) {
        let wait = json!({"name": operation["name"], "timeout": "60s"});
        let done = self.by(&self.maker, "google.longrunning.Operations/WaitOperation", wait).await.expect("it ends");
        assert!(done["done"] == true && done.get("error").is_none(), "{done}");
    }

    /// Both parties sign the contract that is there.
    async fn signed(&self) {
        let name = "contracts/mtx-contract";
        let mut contract = self.made("contract.v1.ContractService/GetContract", json!({"name": name})).await;
        for step in ["NegotiateContract", "SubmitContract"] {
            let request = json!({"name": name, "etag": contract["etag"]});
            contract = self.made(&format!("contract.v1.ContractService/{step}"), request).await;
        }
        let request = json!({"name": name, "etag": contract["etag"]});
        contract = self.checked("contract.v1.ContractService/ApproveContract", request).await;
        for party in ["PARTY_PARTNER", "PARTY_PRINCIPAL"] {
            let signature = json!({
                "party": party, "signer": "mtx", "signedOn": {"year": 2026, "month": 1, "day": 1},
                "termsDigest": contract["termsDigest"],
            });
            let request = json!({"name": name, "etag": contract["etag"], "signature": signature});
            contract = self.made("contract.v1.ContractService/SignContract", request).await;
        }
    }

    /// The tier programme in force gives a benefit to a tier that the partner has.
    async fn tiered(&self) {
        let day = json!({"year": 2026, "month": 1, "day": 1});
        let programme = json!({"displayName": "mtx", "tiers": [{"id": "basic", "benefits": [{"id": "mtx-gift"}]}]});
        let of = |step: &str| format!("partner.v1.TierProgrammeService/{step}TierProgrammeVersion");
        let drafted = self.made(&of("Create"), json!({"programme": programme})).await;
        let name = drafted["name"].clone();
        self.checked(&of("Approve"), json!({"name": name})).await;
        self.checked(&of("Activate"), json!({"name": name, "effectiveFrom": day})).await;
        let assign =
            json!({"partner": format!("partners/{OWN}"), "tier": "basic", "effectiveFrom": day, "reason": "mtx"});
        self.made("partner.v1.TierService/AssignTier", assign).await;
    }

    /// Everybody's price list has an item.
    async fn priced(&self) {
        let of = |step: &str| format!("incentive.v1.PriceService/{step}");
        let list = json!({
            "displayName": "mtx", "currencyCode": "CNY", "effectiveFrom": {"year": 2026, "month": 1, "day": 1},
        });
        let draft = json!({"priceList": "priceLists/mtx-list", "version": list, "requestId": "draft"});
        let name = self.made(&of("CreatePriceListVersion"), draft).await["name"].clone();
        let item = json!({"sku": "mtx-sku", "listPrice": {"currencyCode": "CNY", "units": "100"}});
        let put = json!({"name": name, "items": [item], "requestId": "put"});
        let filled = self.made(&of("PutPriceItems"), put).await;
        let approve = json!({"name": name, "etag": filled["etag"], "requestId": "approve"});
        self.checked(&of("ApprovePriceListVersion"), approve).await;
    }

    /// January is paid by a plan, locked, and settled; the settlement is submitted. Gives back the names of both.
    async fn settled(&self) -> (String, String) {
        let of = |step: &str| format!("incentive.v1.{step}");
        let measure = json!({"field": "MEASURE_FIELD_NET", "kinds": ["FACT_KIND_SELL_IN"]});
        let tiers = json!([{"from": {"value": "0"}, "rate": {"value": "0.1"}}]);
        let rule = json!({
            "id": "mtx-rule", "title": "mtx", "measure": measure, "negativeMeasure": "NEGATIVE_MEASURE_SIGNED",
            "marginal": {"table": {"edgeSide": "EDGE_SIDE_LOWER_INCLUSIVE", "tiers": tiers}},
        });
        let (programme, period) = ("programmes/mtx-programme", "programmes/mtx-programme/periods/2026-01");
        let draft = json!({
            "plan": "plans/mtx-plan", "programme": programme, "slot": "rebate", "spec": {"title": "mtx", "rules": [rule]},
        });
        let mut plan = self.made(&of("PlanService/CreatePlanVersion"), draft).await;
        for step in ["Approve", "Activate"] {
            let change = json!({"name": plan["name"], "etag": plan["etag"], "requestId": step});
            plan = self.checked(&of(&format!("PlanService/{step}PlanVersion")), change).await;
        }
        let run = json!({"programme": programme, "period": "2026-01", "mode": "RUN_MODE_FINAL", "requestId": "run"});
        self.waited(&self.made(&of("RunService/Calculate"), run).await).await;
        let open = self.made(&of("ClosingService/GetPeriod"), json!({"name": period})).await;
        let lock = json!({"name": period, "run": open["newestRun"], "etag": open["etag"], "requestId": "lock"});
        self.checked(&of("ClosingService/LockPeriod"), lock).await;
        let terms = json!({"form": "SETTLEMENT_FORM_CASH", "disputeDays": 30});
        let settle = json!({"name": period, "terms": terms, "requestId": "settle"});
        self.waited(&self.made(&of("SettlementService/SettlePeriod"), settle).await).await;
        let own = json!({"partner": format!("partners/{OWN}")});
        let list = self.made(&of("SettlementService/ListSettlements"), own).await;
        let draft = list["settlements"][0].clone();
        let submit = json!({"name": draft["name"], "etag": draft["etag"], "requestId": "submit"});
        let stated = self.made(&of("SettlementService/SubmitSettlement"), submit).await;
        let text = |field: &str| stated[field].as_str().expect(field).to_owned();
        (text("statement"), text("name"))
    }

    /// One partner has everything that a partner can see; the other one is there and has nothing.
    async fn seeded(&self) -> Vec<Row> {
        tenants::seed(self.world).await;
        let other = json!({"partnerId": OTHER, "initialStatus": "PARTNER_STATUS_ACTIVE", "partner": {
            "displayName": OTHER, "kind": "PARTNER_KIND_DEALER", "region": "CN/GD",
        }});
        self.made("partner.v1.PartnerService/CreatePartner", other).await;
        self.signed().await;
        self.tiered().await;
        self.priced().await;
        let (statement, settlement) = self.settled().await;
        let mut rows = tenants::rows();
        rows.push(("statements/*/lines/*", format!("{statement}/lines/rebate.mtx-rule")));
        rows.push(("statements/*", statement));
        rows.push(("settlements/*", settlement));
        let held = json!({"parent": format!("partners/{OWN}")});
        let held = self.made("partner.v1.CertificationService/ListCertificates", held).await;
        rows.retain(|(pattern, _)| *pattern != "partners/*/certificates/*");
        let certificate = held["certificates"][0]["name"].as_str().expect("issued by the result").to_owned();
        rows.push(("partners/*/certificates/*", certificate));
        rows.push(("period", "2026-01".to_owned()));
        rows.push(("benefit", "mtx-gift".to_owned()));
        rows.push(("sku", "mtx-sku".to_owned()));
        rows
    }

    /// What changes something, about rows of the one partner, whole enough to be done.
    async fn changes(&self, rows: &[Row]) -> Vec<(&'static str, Json)> {
        let day = json!({"year": 2026, "month": 1, "day": 1});
        let named = |pattern: &str| rows.iter().find(|(known, _)| *known == pattern).expect(pattern).1.clone();
        let duty = named("contracts/*/obligations/*");
        let owed = self.made("contract.v1.ObligationService/GetObligation", json!({"name": duty})).await;
        let settlement = named("settlements/*");
        let stated = self.made("incentive.v1.SettlementService/GetSettlement", json!({"name": settlement})).await;
        vec![
            (
                "tributary.contract.v1.ObligationService/SubmitProof",
                json!({"name": duty, "etag": owed["etag"], "proof": {"title": "mtx", "fulfilledOn": day}}),
            ),
            (
                "tributary.incentive.v1.SettlementService/DisputeSettlementLine",
                json!({
                    "name": settlement, "etag": stated["etag"], "requestId": "dispute", "line": "rebate.mtx-rule",
                    "reason": "mtx",
                }),
            ),
            (
                "tributary.partner.v1.DocumentService/SubmitDocument",
                json!({"parent": format!("partners/{OWN}"), "documentId": "mtx-permit", "document": {
                    "kind": "DOCUMENT_KIND_OTHER", "title": "mtx", "fileDigest": "1".repeat(64),
                    "mediaType": "image/png", "sizeBytes": "1",
                }}),
            ),
            (
                "tributary.partner.v1.DealService/RegisterDeal",
                json!({"parent": format!("partners/{OWN}"), "dealId": "mtx-lead", "deal": {
                    "customer": {"displayName": "another"}, "productLine": "mtx",
                    "value": {"currencyCode": "CNY", "units": "1"},
                }}),
            ),
            (
                "tributary.partner.v1.DealService/WithdrawDeal",
                json!({"name": named("partners/*/deals/*"), "reason": "mtx"}),
            ),
            (
                "tributary.partner.v1.CertificationService/CreatePerson",
                json!({"parent": format!("partners/{OWN}"), "personId": "mtx-other", "person": {
                    "displayName": "mtx", "activeFrom": day,
                }}),
            ),
            (
                "tributary.partner.v1.CertificationService/UpdatePerson",
                json!({"person": {"name": named("partners/*/persons/*"), "role": "mtx"}}),
            ),
            (
                "tributary.partner.v1.TrainingService/CancelEnrolment",
                json!({"name": named("partners/*/persons/*/enrolments/*"), "reason": "mtx"}),
            ),
            (
                "tributary.partner.v1.TrainingService/EnrolPerson",
                json!({"person": named("partners/*/persons/*"), "session": named("trainingSessions/*")}),
            ),
            (
                "tributary.partner.v1.CertificationService/ErasePerson",
                json!({"name": named("partners/*/persons/*"), "reason": "mtx"}),
            ),
        ]
    }
}

/// Whether something of the one partner is in it.
fn tells(answer: &[u8]) -> bool {
    answer.windows(OWN.len()).any(|part| part == OWN.as_bytes())
}

/// A request about the rows of the one partner, in the name of the other one where it names a partner.
fn in_its_own_name(method: &Method, rows: &[Row]) -> Vec<u8> {
    let mut message = tenants::about_rows(method, rows);
    if let Some((field, name)) = method.names(OTHER) {
        methods::set(&mut message, &field, name);
    }
    message.encode_to_vec()
}

pub async fn see_only_their_own(world: &World) {
    let maker = world.suite.api_key.clone();
    let checker = world.key_of("default", "checker", Role::Admin, Vec::new()).await;
    let house = House { world, methods: methods::all(), maker, checker };
    let rows = house.seeded().await;
    let own = world.key("default", Role::Partner).await;
    let other = world.key_of("default", OTHER, Role::Partner, vec![format!("partners/{OTHER}")]).await;

    let open = house.methods.iter().filter_map(|method| Some((method, method.policy.own.as_ref()?.scope)));
    let (reads, writes): (Vec<_>, Vec<_>) = open.partition(|(method, _)| method.policy.access == Access::Read);
    let mut wrong = Vec::new();
    for (method, scope) in &reads {
        let ask = async |key: &str, message: Vec<u8>| wire::answer(&world.channel, &method.path, key, &message).await;
        let about = tenants::about_rows(method, &rows).encode_to_vec();
        let theirs = ask(&other, about.clone()).await;
        let named = ask(&other, in_its_own_name(method, &rows)).await;
        for (answer, how) in [(&theirs, "by its name"), (&named, "in another name")] {
            match answer {
                Ok(answer) if tells(answer) => wrong.push(format!("{} shows others {how}", method.path)),
                Err(refusal) if tells(refusal.as_bytes()) => wrong.push(format!("{} tells {how}", method.path)),
                _ => {}
            }
        }
        if *scope == PartnerScope::None {
            continue;
        }
        // What has no row to show proves nothing.
        match ask(&own, about).await {
            _ if WITHOUT_ROWS.contains(&method.path.as_str()) => {}
            Ok(answer) if tells(&answer) => {}
            answer => wrong.push(format!("{} does not show a row to its own partner: {answer:?}", method.path)),
        }
        if !theirs.as_ref().is_err_and(|refusal| refusal.contains("PermissionDenied")) {
            wrong.push(format!("{} is not refused: {theirs:?}", method.path));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(reads.len() >= 28, "only {} reads are open to partners", reads.len());

    // In its own name, about a row of another: it is answered like a row that is not there.
    let renewed = async |id: &str| {
        let document = json!({
            "kind": "DOCUMENT_KIND_OTHER", "title": "renewal", "fileDigest": "2".repeat(64), "mediaType": "image/png",
            "sizeBytes": "1", "supersedes": format!("partners/{OWN}/documents/{id}"),
        });
        let renewal = json!({"parent": format!("partners/{OTHER}"), "documentId": "renewal", "document": document});
        let answer = house.by(&other, "tributary.partner.v1.DocumentService/SubmitDocument", renewal).await;
        // What comes after the message differs in every call.
        let refusal = answer.expect_err("refused").replace(id, "ID");
        refusal.split(", details:").next().map(str::to_owned)
    };
    assert_eq!(renewed("mtx-licence").await, renewed("mtx-never").await);

    let changes = house.changes(&rows).await;
    let known: BTreeSet<String> = changes.iter().map(|(name, _)| format!("/{name}")).collect();
    let open: BTreeSet<String> = writes.iter().map(|(method, _)| method.path.clone()).collect();
    assert_eq!(open, known, "what partners may change is tried here");
    for (name, request) in changes {
        let theirs = house.by(&other, name, request.clone()).await;
        let refused = theirs.as_ref().is_err_and(|refusal| refusal.contains("PermissionDenied"));
        assert!(refused && !theirs.as_ref().is_err_and(|refusal| tells(refusal.as_bytes())), "{name}: {theirs:?}");
        // The row is as it was: its own partner can still do it, decided on what was read before.
        house.by(&own, name, request).await.unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
    }
}
