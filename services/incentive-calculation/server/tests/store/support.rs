//! Opens a fresh store on each engine and makes small things to keep in it.

use std::{collections::BTreeMap, sync::Arc};

use incentive_calculation_domain::{
    assignment::Attributes,
    fact::{Fact, FactKind},
};
use incentive_calculation_server::{
    ports::{IncentiveStore, PartnerCopy, StoredFact},
    store,
};
use tributary_core::{Currency, Date, TenantId, Timestamp};
use tributary_sql::PoolOptions;
use tributary_testkit::{TestDatabase, engines};
use uuid::Uuid;

/// A store and the database that holds it.
pub struct Opened {
    pub store: Arc<dyn IncentiveStore>,
    pub database: TestDatabase,
}

/// One fresh store per engine.
pub async fn stores() -> Vec<Opened> {
    let mut opened = Vec::new();
    for engine in engines() {
        let database = TestDatabase::migrated(engine, async |url| {
            incentive_calculation_server::migrate(&url.parse().expect("a store url")).await.expect("migrated")
        })
        .await;
        let url = database.url().parse().expect("a store url");
        let open = store::open(&url, PoolOptions::for_service("test")).await.expect("the store opens");
        opened.push(Opened { store: open.store, database });
    }
    opened
}

pub fn tenant() -> TenantId {
    TenantId::default_tenant()
}

pub fn other_tenant() -> TenantId {
    TenantId::parse("other").expect("tenant")
}

pub fn day(text: &str) -> Date {
    Date::parse(text).expect("date")
}

/// A fact of partner `p` in CNY; the first byte of its digest is `content`.
pub fn fact(source_id: &str, occurred_on: &str, content: u8, batch: i64) -> StoredFact {
    StoredFact {
        fact: Fact {
            source_system: "erp".to_owned(),
            source_id: source_id.to_owned(),
            kind: FactKind::SellIn,
            occurred_on: day(occurred_on),
            sku: "sku".to_owned(),
            product_line: "line".to_owned(),
            region: "CN/GD".to_owned(),
            channel: None,
            sub_channel: String::new(),
            quantity: Some(2_500_000),
            currency: Currency::parse("CNY").expect("known"),
            gross: None,
            net: -20_565_620_600,
            cost: Some(7),
            original_source_id: String::new(),
            order_id: "SO1".to_owned(),
            customer_key: "c-9f86".to_owned(),
            labels: BTreeMap::from([("k".to_owned(), "v".to_owned())]),
        },
        partner_id: "p".to_owned(),
        content_hash: [content; 32],
        batch,
        record_time: Timestamp(1_000_001),
        sale_day: None,
    }
}

/// Revision `revision` of partner `id`, in force from `effective_on`, with external refs.
pub fn partner(id: &str, revision: i64, effective_on: &str, refs: &[(&str, &str)]) -> PartnerCopy {
    PartnerCopy {
        partner_id: id.to_owned(),
        uid: Uuid::from_u128(u128::from(id.as_bytes()[0])),
        revision,
        external_refs: refs.iter().map(|(s, i)| ((*s).to_owned(), (*i).to_owned())).collect(),
        attributes: Attributes {
            partner: format!("partners/{id}"),
            business_key: format!("key-{id}"),
            display_name: format!("{id} r{revision}"),
            kind: "DEALER".to_owned(),
            revision,
            ..Attributes::default()
        },
        status: "ACTIVE".to_owned(),
        effective_on: day(effective_on),
        record_time: Timestamp(revision),
    }
}
