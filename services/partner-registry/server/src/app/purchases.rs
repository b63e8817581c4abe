//! Adds a durable batch of facts to the purchases of days, exactly once in effect, in whatever order batches come.

use std::sync::Arc;

use async_trait::async_trait;
use tributary_core::{Clock, Event, Fault};
use tributary_feed::{FactKind, FactSink, FeedFact, STREAM};

use crate::ports::{PurchaseCells, RegistryStore};

/// Name of this consumer in inboxes and dead letters.
pub(crate) const CONSUMER: &str = "partner-registry-purchases";

/// Takes batches in.
pub(crate) struct PurchaseCopy {
    pub store: Arc<dyn RegistryStore>,
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl FactSink for PurchaseCopy {
    async fn add(&self, event: &Event, batch: i64, facts: Vec<FeedFact>) -> Result<(), Fault> {
        let more = purchases(facts);
        let mut tx = self.store.begin().await?;
        if !tx.first_seen(CONSUMER, event, self.clock.now()).await? {
            return Ok(());
        }
        // A batch that another event brought in already (a replay under new ids, say) is only noted as seen.
        if tx.arrived(&event.tenant, STREAM, batch).await? {
            tx.add_purchases(&event.tenant, &more).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// What partners bought: sell-in less returns, with adjustments.
fn purchases(facts: Vec<FeedFact>) -> PurchaseCells {
    let mut cells = PurchaseCells::new();
    for fact in facts.into_iter().filter(|fact| fact.kind != FactKind::SellOut) {
        let sum = cells.entry((fact.partner, fact.occurred_on, fact.net.currency)).or_default();
        *sum = sum.saturating_add(fact.net.value.into());
    }
    cells
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tributary_core::{Currency, Date, Event, FactAmount, ResourceId, TenantId, Timestamp};
    use tributary_feed::{FactKind, FactSink as _, FeedFact};
    use tributary_testkit::{ManualClock, TestDatabase, engines};
    use uuid::Uuid;

    use super::PurchaseCopy;
    use crate::{
        Settings,
        ports::{Span, Wanted},
        wire,
    };

    /// A copy on a fresh store.
    struct Copied {
        copy: PurchaseCopy,
        _database: TestDatabase,
    }

    async fn copies() -> Vec<Copied> {
        let mut copies = Vec::new();
        for engine in engines() {
            let database = TestDatabase::create(engine).await;
            let settings = Settings::new(database.url().parse().expect("a store url"));
            let store = wire::open(&settings).await.expect("the store opens").store;
            let copy = PurchaseCopy { store, clock: Arc::new(ManualClock::at_seconds(1)) };
            copies.push(Copied { copy, _database: database });
        }
        copies
    }

    fn tenant(name: &str) -> TenantId {
        TenantId::parse(name).expect("a tenant")
    }

    /// A fact of a partner on a day: so many whole units of a currency, at the fact scale of six decimals.
    fn fact(kind: FactKind, partner: &str, day: &str, units: i64, currency: &str) -> FeedFact {
        let currency = Currency::parse(currency).expect("a currency");
        FeedFact {
            source_system: "erp".to_owned(),
            source_id: String::new(),
            partner: ResourceId::parse(partner).expect("an id"),
            kind,
            occurred_on: Date::parse(day).expect("a day"),
            order_id: String::new(),
            customer_key: String::new(),
            sku: String::new(),
            product_line: String::new(),
            region: String::new(),
            channel: None,
            sub_channel: String::new(),
            quantity: 0,
            net: FactAmount { currency, value: units * 1_000_000 },
            gross: None,
            cost: None,
        }
    }

    impl Copied {
        async fn take(&self, event: u128, batch: i64, facts: &[FeedFact]) {
            let event = Event {
                id: Uuid::from_u128(event),
                tenant: tenant("one"),
                source: "incentive-calculation".to_owned(),
                event_type: "tributary.incentive.v1.FactsRecorded".to_owned(),
                subject: format!("factBatches/{batch}"),
                sequence: 1,
                time: Timestamp(1),
                data: Vec::new(),
                trace_parent: String::new(),
            };
            self.copy.add(&event, batch, facts.to_vec()).await.expect("taken in");
        }

        /// Partner, day, currency and whole units of every sum.
        async fn sums(&self, of: &str) -> Vec<(String, String, String, i128)> {
            let days = (Date::parse("2026-01-01").expect("a day"), Date::parse("2026-12-31").expect("a day"));
            let wanted = Wanted { purchases: Some(days), ..Wanted::default() };
            let id = |text: &str| ResourceId::parse(text).expect("an id");
            let span = Span { first: id("a"), last: id("z") };
            let known = self.copy.store.tier_source().known(&tenant(of), &span, &wanted).await.expect("read");
            let mut sums = Vec::new();
            for (partner, known) in known {
                for sum in known.inputs.purchases {
                    let (day, currency) = (sum.day.to_string(), sum.currency.code().to_owned());
                    sums.push((partner.to_string(), day, currency, sum.net / 1_000_000));
                }
            }
            sums.sort();
            sums
        }
    }

    /// Bought 1,000, of which 200 came back, 30 were taken off and 5 put on again; what the partner sold does not count.
    fn batches() -> [Vec<FeedFact>; 3] {
        use FactKind::{Adjustment, Return, SellIn, SellOut};
        [
            vec![
                fact(SellIn, "a", "2026-03-01", 600, "CNY"),
                fact(SellIn, "a", "2026-03-01", 400, "CNY"),
                fact(SellOut, "a", "2026-03-01", 7_000, "CNY"),
                fact(SellIn, "a", "2026-03-01", 9, "USD"),
                fact(SellIn, "b", "2026-03-02", 50, "CNY"),
            ],
            vec![
                fact(Return, "a", "2026-03-01", -200, "CNY"),
                fact(Adjustment, "a", "2026-03-01", -30, "CNY"),
                fact(SellOut, "b", "2026-03-02", -3, "CNY"),
            ],
            vec![fact(Adjustment, "a", "2026-03-01", 5, "CNY"), fact(Return, "b", "2026-03-05", -1, "CNY")],
        ]
    }

    fn wanted() -> Vec<(String, String, String, i128)> {
        let sum = |partner: &str, day: &str, currency: &str, units| {
            (partner.to_owned(), day.to_owned(), currency.to_owned(), units)
        };
        vec![
            sum("a", "2026-03-01", "CNY", 775),
            sum("a", "2026-03-01", "USD", 9),
            sum("b", "2026-03-02", "CNY", 50),
            sum("b", "2026-03-05", "CNY", -1),
        ]
    }

    #[tokio::test]
    async fn every_kind_of_fact_counts_as_what_it_is_in_whatever_order_batches_come() {
        for copied in copies().await {
            for (n, batch) in batches().iter().enumerate() {
                let number = i64::try_from(n).expect("few") + 1;
                copied.take(number.unsigned_abs().into(), number, batch).await;
            }
            assert_eq!(copied.sums("one").await, wanted());
            assert_eq!(copied.sums("two").await, []);
        }
        for copied in copies().await {
            for (n, batch) in batches().iter().enumerate().rev() {
                let number = i64::try_from(n).expect("few") + 1;
                copied.take(number.unsigned_abs().into(), number, batch).await;
            }
            assert_eq!(copied.sums("one").await, wanted());
        }
    }

    #[tokio::test]
    async fn a_batch_counts_once_however_often_and_under_whatever_ids_it_comes() {
        for copied in copies().await {
            // Each twice in a row; then all again, reversed, by a replay under new ids, which comes twice itself.
            for ids in [[1, 2, 3], [1, 2, 3]] {
                for ((batch, number), id) in batches().iter().zip(1..).zip(ids) {
                    copied.take(id, number, batch).await;
                    copied.take(id, number, batch).await;
                }
            }
            for _ in 0..2 {
                for (batch, (number, id)) in batches().iter().zip([(1, 11), (2, 12), (3, 13)]).rev() {
                    copied.take(id, number, batch).await;
                }
            }
            assert_eq!(copied.sums("one").await, wanted());
        }
    }
}
