//! Runs that take lines over from an earlier run (IC-20) give, to the last digit and word, what a calculation of everybody
//! gives: for random late facts, returns, attributes, figures, rates and older lines, under plans of each kind.

pub mod plans;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use incentive_calculation_domain::run::{Run, Statement, StatementLine};
use incentive_calculation_server::{
    ports::{IncentiveStore, StatementOrder},
    store,
};
use tributary_core::Currency;
use tributary_proto::{
    google::r#type::Decimal,
    tributary::{
        incentive::v1::{
            BatchRecordFiguresRequest, BatchRecordOpeningLinesRequest, BatchRecordRatesRequest, CalculateRequest,
            FactKind, Figure, OpeningLine, Rate, RecordOutcome, SalesFact, calculate_request::Subject, figure,
            opening_line,
        },
        partner::v1::PartnerStatus,
    },
};
use tributary_sql::PoolOptions;
use tributary_testkit::engines;

use crate::{
    histories::Dice,
    support::{World, answer, day, dealer, decimal, fang, final_run, mei, money, sale, world_of},
};
use plans::{Programme, programmes};

const PARTNERS: [&str; 6] = ["anqing", "baoding", "chengde", "dalian", "enshi", "fuzhou"];
const PERIOD: &str = "2012-08";

/// What can make a line different.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Sale,
    Return,
    Tier,
    Revision,
    Figure,
    Rate,
    Opening,
}

/// Each is alone in a round, so that no other one hides what it did.
const KINDS: [Kind; 7] =
    [Kind::Sale, Kind::Figure, Kind::Return, Kind::Opening, Kind::Tier, Kind::Rate, Kind::Revision];
/// Each kind before July is closed, and after.
const ROUNDS: usize = 14;

/// What makes a line different, one of them at a time.
struct History {
    dice: Dice,
    /// Counts everything that is recorded.
    next: usize,
    sales: Vec<SalesFact>,
}

impl History {
    fn partner(&mut self) -> &'static str {
        PARTNERS[self.dice.below(PARTNERS.len())]
    }

    fn number(&mut self) -> usize {
        self.next += 1;
        self.next
    }

    /// A sale of this or last year, in yuan or dollars; some name an order.
    fn sale(&mut self) -> SalesFact {
        let year = if self.dice.below(4) == 0 { "2011" } else { "2012" };
        let on = format!("{year}-{:02}-{:02}", 6 + self.dice.below(4), 1 + self.dice.below(28));
        let net = format!("{}.{:02}", self.dice.below(900), self.dice.below(100));
        let currency = if self.dice.below(5) == 0 { "USD" } else { "CNY" };
        let (partner, number) = (self.partner(), self.number());
        let order = self.dice.below(3);
        SalesFact {
            net: Some(money(currency, &net)),
            order_id: if order == 0 { String::new() } else { format!("O-{}", number / 2) },
            ..sale(&format!("F-{number:04}"), partner, &on, "0")
        }
    }

    /// Goods that come back of a sale; of one in five the sale comes later, if ever.
    fn returned(&mut self) -> SalesFact {
        let of = match self.dice.below(5) {
            0 => SalesFact { source_id: format!("F-{:04}", self.next + 2 + self.dice.below(4)), ..self.sale() },
            _ => self.sales[self.dice.below(self.sales.len())].clone(),
        };
        let currency = of.net.map_or_else(|| "CNY".to_owned(), |net| net.currency_code);
        SalesFact {
            kind: FactKind::Return.into(),
            original_source_id: of.source_id,
            partner_ref: of.partner_ref,
            net: Some(money(&currency, &format!("-{}.50", self.dice.below(200)))),
            order_id: String::new(),
            ..self.sale()
        }
    }

    async fn record(&mut self, world: &World, fact: SalesFact) {
        if fact.kind() == FactKind::SellIn {
            self.sales.push(fact.clone());
        }
        world.record(&mei(), vec![fact]).await;
    }

    /// Something happens.
    async fn happen(&mut self, world: &World, kind: Kind) {
        match kind {
            Kind::Sale => {
                let fact = self.sale();
                self.record(world, fact).await;
            }
            Kind::Return => {
                let fact = self.returned();
                self.record(world, fact).await;
            }
            Kind::Tier => {
                let (partner, from) = (self.partner(), format!("2012-08-{:02}", 1 + self.dice.below(31)));
                let tier = ["gold", "silver"][self.dice.below(2)];
                world.tier(&mei(), partner, tier, (&from, None), "2012-10-05").await;
            }
            Kind::Revision => {
                let id = self.partner();
                let mut changed = dealer(id);
                changed.revision = 1 + i64::try_from(self.number()).expect("few");
                let standing = [PartnerStatus::Active, PartnerStatus::Frozen, PartnerStatus::Exiting];
                changed.status = standing[self.dice.below(3)].into();
                changed.display_name = format!("Dealer {id}, {}", self.next);
                let on = format!("2012-{:02}-10", 7 + self.dice.below(4));
                world.changed(&mei(), changed, &on).await;
            }
            Kind::Figure => self.figure(world).await,
            Kind::Rate => {
                let on = format!("2012-08-{:02}", 1 + self.dice.below(10));
                self.rate(world, &on).await;
            }
            Kind::Opening => self.opening(world).await,
        }
    }

    /// A quota beside the partner's own. A few keys, so that a revision may go over to another partner.
    async fn figure(&mut self, world: &World) {
        let (key, partner) = (format!("q-{}", self.dice.below(4)), self.partner());
        let value = 100 + self.dice.below(900);
        self.quota(world, &key, partner, value).await;
    }

    async fn quota(&self, world: &World, key: &str, partner: &str, value: usize) {
        let figure = Figure {
            source_system: "crm".to_owned(),
            source_id: key.to_owned(),
            partner_ref: Some(figure::PartnerRef::Partner(format!("partners/{partner}"))),
            figure: "quota".to_owned(),
            period: PERIOD.to_owned(),
            value: Some(Decimal { value: value.to_string() }),
            ..Figure::default()
        };
        let request = BatchRecordFiguresRequest { figures: vec![figure], ..Default::default() };
        let results = answer(world.figures().batch_record_figures(mei().ask(request)).await).expect("results").results;
        assert_ne!(results[0].outcome(), RecordOutcome::Refused, "{results:?}");
    }

    async fn rate(&mut self, world: &World, on: &str) {
        let rate = Rate {
            rate_table: "rateTables/group".to_owned(),
            from_currency: "USD".to_owned(),
            into_currency: "CNY".to_owned(),
            day: day(on),
            rate: decimal(&format!("6.{}", 1 + self.dice.below(900))),
            ..Rate::default()
        };
        let request = BatchRecordRatesRequest { rates: vec![rate], ..Default::default() };
        answer(world.rates().batch_record_rates(fang().ask(request)).await).expect("recorded");
    }

    async fn opening(&mut self, world: &World) {
        let line = OpeningLine {
            source_system: "old".to_owned(),
            source_id: format!("o-{}", self.dice.below(4)),
            programme: "programmes/year".to_owned(),
            slot: "slot".to_owned(),
            rule: ["cumulative", "capped"][self.dice.below(2)].to_owned(),
            partner_ref: Some(opening_line::PartnerRef::Partner(format!("partners/{}", self.partner()))),
            period: "2012-06".to_owned(),
            amount: Some(money("CNY", &format!("{}.00", self.dice.below(20)))),
            ..OpeningLine::default()
        };
        let request = BatchRecordOpeningLinesRequest { lines: vec![line], ..Default::default() };
        answer(world.go_live().batch_record_opening_lines(fang().ask(request)).await).expect("recorded");
    }
}

/// Statements by payee and currency, without what is the run's own: ids.
type Told = BTreeMap<(String, Currency), (Statement, Vec<StatementLine>)>;

/// A run as its store keeps it.
struct Kept {
    run: Run,
    told: Told,
}

struct Rig {
    world: World,
    store: Arc<dyn IncentiveStore>,
}

impl Rig {
    async fn new(engine: tributary_testkit::Engine) -> Self {
        let world = world_of(engine, 2).await;
        world.start();
        let url = world.database.url().parse().expect("a store url");
        let store = store::open(&url, PoolOptions::for_service("test")).await.expect("the store opens").store;
        Self { world, store }
    }

    async fn preview(&self, programme: &str) -> Kept {
        let subject = Some(Subject::Programme(format!("programmes/{programme}")));
        let request = CalculateRequest { subject, period: PERIOD.to_owned(), ..CalculateRequest::default() };
        let run = self.world.run(&fang(), request).await;
        let id = run.name.trim_start_matches("runs/");
        let run = self.store.run(fang().tenant(), id).await.expect("read").expect("a run");
        let statements = self.store.statements(fang().tenant(), id, "", StatementOrder::ByPartner, None, 1_000).await;
        let bare = |statement: Statement| Statement { id: String::new(), run: String::new(), ..statement };
        let of = |(statement, lines): (Statement, Vec<StatementLine>)| {
            ((statement.partner_business_key.clone(), statement.total.currency), (bare(statement), lines))
        };
        Kept { run, told: statements.expect("read").into_iter().map(of).collect() }
    }

    /// Lets a run be one of another release, from which nothing is taken over, or of its own again.
    async fn release(&self, run: &Run, own: bool) {
        let release = if own { run.release.clone() } else { "another".to_owned() };
        let mut tx = self.store.begin().await.expect("begin");
        tx.update_run(fang().tenant(), &Run { release, ..run.clone() }).await.expect("updated");
        tx.commit().await.expect("commit");
    }
}

async fn prepare(rig: &Rig, all: &[Programme]) {
    rig.world.dealers(&mei(), &PARTNERS).await;
    rig.world.linked(&mei(), "anqing", "baoding", "2012-01-02").await;
    rig.world.linked(&mei(), "chengde", "baoding", "2012-01-02").await;
    for programme in all {
        rig.world.programme(&fang(), programme.id, &["slot"]).await;
        for (plan, spec) in &programme.plans {
            let plan = format!("{}-{plan}", programme.id);
            rig.world.active((&mei(), &fang()), &plan, (programme.id, "slot"), spec.clone()).await;
        }
    }
}

/// What two runs of one snapshot tell: the same.
fn assert_same(carried: &Kept, whole: &Kept, case: &str) {
    let (a, b) = (&carried.run, &whole.run);
    assert_eq!(b.carried_from, "", "{case}: the run beside it is no calculation of everybody");
    assert_eq!((a.snapshot_batch, a.snapshot_arrival), (b.snapshot_batch, b.snapshot_arrival), "{case}");
    assert_eq!(carried.told, whole.told, "{case}");
    assert_eq!((&a.digest, a.fact_count), (&b.digest, b.fact_count), "{case}");
    let counts = |run: &Run| (run.statement_count, run.line_count, run.true_up_count);
    assert_eq!((counts(a), &a.totals), (counts(b), &b.totals), "{case}");
}

#[tokio::test]
async fn a_run_that_takes_lines_over_gives_what_a_calculation_of_everybody_gives() {
    for engine in engines() {
        let rig = Rig::new(engine).await;
        let all = programmes();
        prepare(&rig, &all).await;
        let mut history = History { dice: Dice(7), next: 0, sales: Vec::new() };
        history.rate(&rig.world, "2011-01-01").await;
        for _ in 0..40 {
            let fact = history.sale();
            history.record(&rig.world, fact).await;
        }
        // Every payee has something in August, after the days of the rates that come, and every kind is looked up.
        for partner in PARTNERS {
            for currency in ["CNY", "USD"] {
                let number = history.number();
                let net = Some(money(currency, "700.00"));
                let fact = SalesFact { net, ..sale(&format!("F-{number:04}"), partner, "2012-08-20", "0") };
                history.record(&rig.world, fact).await;
            }
            history.quota(&rig.world, &format!("own-{partner}"), partner, 600).await;
        }
        let mut before: BTreeMap<&str, Run> = BTreeMap::new();
        let mut taken: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        for round in 0..ROUNDS {
            history.happen(&rig.world, KINDS[round % KINDS.len()]).await;
            for programme in &all {
                let case = format!("{engine:?}, round {round}, {}", programme.id);
                // July is stated, and stated otherwise, and closed while August is calculated again and again.
                if matches!(round, 2 | 4) {
                    rig.world.run(&fang(), final_run(programme.id, "2012-07", &case)).await;
                }
                if round == KINDS.len() {
                    rig.world.close(programme.id, "2012-07", &case).await;
                }
                if let Some(earlier) = before.get(programme.id) {
                    rig.release(earlier, false).await;
                }
                let whole = rig.preview(programme.id).await;
                rig.release(&whole.run, false).await;
                if let Some(earlier) = before.get(programme.id) {
                    rig.release(earlier, true).await;
                }
                let next = rig.preview(programme.id).await;
                assert_same(&next, &whole, &case);
                if !next.run.carried_from.is_empty() {
                    assert_eq!(Some(&next.run.carried_from), before.get(programme.id).map(|run| &run.id), "{case}");
                    taken.entry(programme.id).or_default().insert(round);
                }
                if let Some(earlier) = before.insert(programme.id, next.run) {
                    rig.release(&earlier, false).await;
                }
            }
        }
        for programme in &all {
            let rounds = taken.get(programme.id).map_or(0, BTreeSet::len);
            assert_eq!(rounds == 0, programme.reaches, "{engine:?}, {}: taken over in {taken:?}", programme.id);
        }
        assert!(taken.values().map(BTreeSet::len).sum::<usize>() > 20, "{engine:?}: taken over in {taken:?}");
    }
}
