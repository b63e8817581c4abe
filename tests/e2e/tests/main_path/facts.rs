//! Facts: what is refused, what is recorded beside it, what a repeat does.

use anyhow::{Context as _, ensure};
use e2e_tests::{
    Place,
    calls::{explained, preview, refusal, row_refusal, statements},
    exact::money,
    fixtures::{create_partner, day, partner_request, plan, record, record_new, sale},
    on_every_place, on_every_store,
};
use tonic::Code;
use tributary_proto::{
    google::r#type::Money,
    tributary::{
        common::v1::ExternalRef,
        incentive::v1::{FactKind, FactOutcome, ListFactsRequest, RecordFactRequest, SalesFact, sales_fact},
        partner::v1::{BatchUpsertPartnersRequest, ListPartnersRequest, PartnerUpsert, UpsertOutcome},
    },
};

/// A bad fact and how it must be refused: code, reason, field (its beginning), a word of the description or message.
struct Bad {
    what: &'static str,
    fact: SalesFact,
    code: Code,
    reason: &'static str,
    field: &'static str,
    names: &'static str,
}

fn good(id: &str) -> anyhow::Result<SalesFact> {
    sale("dealer", id, day(2031, 4, 1), "100.000001")
}

/// Every fact here is wrong in one way. "known" is the id of a fact that is recorded with other content.
fn bad_facts() -> anyhow::Result<Vec<Bad>> {
    let invalid = |what, names, field, change: &dyn Fn(&mut SalesFact)| -> anyhow::Result<Bad> {
        let mut fact = good(what)?;
        change(&mut fact);
        Ok(Bad { what, fact, code: Code::InvalidArgument, reason: "INVALID_REQUEST", field, names })
    };
    let net = |text: &str, currency: &str| -> anyhow::Result<Option<Money>> { Ok(Some(money(text, currency)?)) };
    let on = |y, m, d| Some(sales_fact::Occurred::OccurredOn(day(y, m, d)));
    let unknown = net("1", "XQQ")?;
    let seven = net("1.0000001", "CNY")?;
    let five = net("1.00001", "JPY")?;
    let positive = net("1", "CNY")?;
    let mixed = Some(Money { currency_code: "CNY".to_owned(), units: 1, nanos: -1 });
    let other_currency = net("1", "USD")?;
    let mut bad = vec![
        invalid("unknown currency", "XQQ", "net", &|f| f.net.clone_from(&unknown))?,
        invalid("seven decimals of CNY, six are kept", "1.0000001", "net", &|f| f.net.clone_from(&seven))?,
        invalid("five decimals of JPY, four are kept", "1.00001", "net", &|f| f.net.clone_from(&five))?,
        invalid("units and nanos of two signs", "", "net", &|f| f.net.clone_from(&mixed))?,
        invalid("no amount", "", "net", &|f| f.net = None)?,
        invalid("a cost in another currency", "USD", "cost", &|f| f.cost.clone_from(&other_currency))?,
        invalid("before 1970", "1969", "occurred_on", &|f| f.occurred = on(1969, 12, 31))?,
        invalid("after 2199", "2200", "occurred_on", &|f| f.occurred = on(2200, 1, 1))?,
        invalid("30 February", "", "occurred_on", &|f| f.occurred = on(2031, 2, 30))?,
        invalid("no kind", "", "kind", &|f| f.kind = 0)?,
        invalid("a return above zero", "", "net", &|f| {
            f.kind = FactKind::Return.into();
            f.net.clone_from(&positive);
        })?,
        invalid("no source id", "", "source_id", &|f| f.source_id.clear())?,
    ];
    bad.push(Bad {
        what: "a known id with another amount",
        fact: SalesFact { net: net("100.000002", "CNY")?, ..good("known")? },
        code: Code::AlreadyExists,
        reason: "FACT_CONTENT_DIFFERS",
        field: "",
        names: "known",
    });
    let nobody = sales_fact::PartnerRef::Partner("partners/nobody".to_owned());
    let stranger = ExternalRef { system: "erp".to_owned(), id: "ERP-stranger".to_owned() };
    for (what, names, partner_ref) in [
        ("a name that no partner has", "nobody", nobody),
        ("a key that no partner has", "ERP-stranger", sales_fact::PartnerRef::PartnerExternalRef(stranger)),
    ] {
        let fact = SalesFact { partner_ref: Some(partner_ref), ..good(what)? };
        bad.push(Bad { what, fact, code: Code::FailedPrecondition, reason: "PARTNER_UNKNOWN", field: "", names });
    }
    Ok(bad)
}

fn check(bad: &Bad, said: &tributary_rpc::status::Described, prefix: &str) -> anyhow::Result<()> {
    ensure!(said.code == bad.code && said.reason == bad.reason, "{said:?}");
    if bad.field.is_empty() {
        ensure!(said.message.contains(bad.names), "does not name '{}': {said:?}", bad.names);
    } else {
        let field = format!("{prefix}{}", bad.field);
        let found = said.violations.iter().find(|v| v.field == field || v.field.starts_with(&format!("{field}.")));
        let found = found.with_context(|| format!("no violation of {field}: {said:?}"))?;
        ensure!(found.description.contains(bad.names), "does not name '{}': {found:?}", bad.names);
        ensure!(said.violations.len() == 1, "one thing is wrong: {said:?}");
    }
    Ok(())
}

async fn stocked(place: &Place) -> anyhow::Result<()> {
    create_partner(place, "dealer").await?;
    record_new(place, vec![good("known")?]).await
}

#[tokio::test]
async fn each_bad_fact_is_refused_with_its_field_and_its_value() -> anyhow::Result<()> {
    on_every_place(async |place| {
        stocked(place).await?;
        let mut wrong = Vec::new();
        for bad in bad_facts()? {
            let request = RecordFactRequest { fact: Some(bad.fact.clone()) };
            let said = refusal(place.gateway.facts().record_fact(request).await);
            let checked = said.and_then(|said| check(&bad, &said, "fact."));
            wrong.extend(checked.err().map(|e| format!("{}: {e:#}", bad.what)));
        }
        ensure!(wrong.is_empty(), "{wrong:#?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_bad_row_never_costs_the_good_ones() -> anyhow::Result<()> {
    on_every_place(async |place| {
        stocked(place).await?;
        let bad = bad_facts()?;
        let mut facts = Vec::new();
        for (n, bad) in bad.iter().enumerate() {
            facts.push(good(&format!("good-{n}"))?);
            facts.push(bad.fact.clone());
        }
        let answer = record(place, facts).await?;
        ensure!(answer.results.len() == 2 * bad.len(), "{} results", answer.results.len());
        let mut wrong = Vec::new();
        for (pair, bad) in answer.results.chunks(2).zip(&bad) {
            let [good, refused] = pair else { anyhow::bail!("results come in pairs here") };
            ensure!(good.outcome() == FactOutcome::Recorded, "the row before '{}': {good:?}", bad.what);
            ensure!(refused.outcome() == FactOutcome::Refused, "'{}': {refused:?}", bad.what);
            let checked = row_refusal(refused.error.as_ref()).and_then(|said| check(bad, &said, ""));
            wrong.extend(checked.err().map(|e| format!("{}: {e:#}", bad.what)));
        }
        ensure!(wrong.is_empty(), "{wrong:#?}");
        let count = i32::try_from(bad.len())?;
        ensure!(
            (answer.recorded_count, answer.duplicate_count, answer.refused_count) == (count, 0, count),
            "{answer:?}"
        );
        ensure!(count_facts(place).await? == 1 + bad.len(), "the good rows, and the one from before");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn every_violation_of_a_fact_comes_at_once() -> anyhow::Result<()> {
    on_every_store(async |place| {
        let request = RecordFactRequest { fact: Some(SalesFact::default()) };
        let single = refusal(place.gateway.facts().record_fact(request).await)?;
        let answer = record(place, vec![SalesFact::default()]).await?;
        let row = row_refusal(answer.results.first().and_then(|r| r.error.as_ref()))?;
        for said in [row, single] {
            ensure!(said.code == Code::InvalidArgument && said.reason == "INVALID_REQUEST", "{said:?}");
            // Whatever the violation calls the choice between two fields, as for the partner and the day.
            for part in ["source_system", "source_id", "kind", "net", "partner", "occurred"] {
                ensure!(said.violations.iter().any(|v| v.field.contains(part)), "no {part}: {said:?}");
            }
        }
        Ok(())
    })
    .await
}

/// Half of it again, the whole again, in another order, with other labels and digits: nothing changes.
#[tokio::test]
async fn repeating_everything_adds_nothing() -> anyhow::Result<()> {
    on_every_place(async |place| {
        let first = create_partner(place, "dealer").await?;
        let facts: Vec<_> = (0..40).map(|n| good(&format!("f{n:02}"))).collect::<Result<_, _>>()?;
        record_new(place, facts.clone()).await?;
        let run = preview(&place.gateway, &plan(), "2031-Q2").await?;

        let again = create_partner(place, "dealer").await?;
        ensure!(again == first, "the same request gave {again:?}");
        let item = PartnerUpsert { partner: partner_request("dealer").partner, ..PartnerUpsert::default() };
        let request = BatchUpsertPartnersRequest { items: vec![item] };
        let answer = place.gateway.partners().batch_upsert_partners(request).await.map_err(explained)?;
        let results = answer.into_inner().results;
        ensure!(results.iter().all(|r| r.outcome() == UpsertOutcome::Unchanged), "{results:?}");

        let mut repeated = facts;
        repeated.reverse();
        for (n, fact) in repeated.iter_mut().enumerate() {
            // Neither labels nor the way the partner is named are content.
            fact.labels.insert("try".to_owned(), n.to_string());
            let key = ExternalRef { system: "erp".to_owned(), id: "ERP-dealer".to_owned() };
            fact.partner_ref = Some(sales_fact::PartnerRef::PartnerExternalRef(key));
        }
        for part in [&repeated[..20], &repeated[..]] {
            let answer = record(place, part.to_vec()).await?;
            ensure!((answer.recorded_count, answer.batch) == (0, 0), "{answer:?}");
            ensure!(usize::try_from(answer.duplicate_count)? == part.len(), "{answer:?}");
        }
        ensure!(count_facts(place).await? == 40, "40 facts");
        let partners =
            place.gateway.partners().list_partners(ListPartnersRequest::default()).await.map_err(explained)?;
        ensure!(partners.into_inner().partners.len() == 1, "one partner");

        let same = preview(&place.gateway, &plan(), "2031-Q2").await?;
        ensure!(same.digest == run.digest && !run.digest.is_empty(), "{same:?} after {run:?}");
        ensure!(statements(&place.gateway, &same.name).await?.len() == 1, "one statement");
        Ok(())
    })
    .await
}

/// Counts over pages of seven, so that page tokens are used.
async fn count_facts(place: &Place) -> anyhow::Result<usize> {
    let mut request = ListFactsRequest { page_size: 7, ..ListFactsRequest::default() };
    let mut keys = Vec::new();
    loop {
        let page = place.gateway.facts().list_facts(request.clone()).await.map_err(explained)?.into_inner();
        keys.extend(page.facts.into_iter().map(|f| (f.source_system, f.source_id)));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    ensure!(keys.is_sorted(), "facts come in the order of their keys");
    Ok(keys.len())
}
