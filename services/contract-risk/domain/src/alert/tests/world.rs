//! A partner with one contract over 2026, whose pace and clock are set by hand, and the alerts as a store would keep them.

use tributary_core::{Currency, Date, Decimal, ResourceId, Timestamp, exact::parse_decimal};

use crate::{
    Cells, Contract, ContractState,
    alert::{Alert, AlertState, Condition, Effect, Pace, PartnerView, RuleSpec, RuleVersion, Severity, Step, evaluate},
    sales::{CellKey, SalesKind, Sums},
};

pub fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).expect("an id")
}

pub fn day(text: &str) -> Date {
    Date::parse(text).expect("a date")
}

pub fn decimal(text: &str) -> Decimal {
    parse_decimal(text, 28).expect("a decimal")
}

pub fn cny() -> Currency {
    Currency::parse("CNY").expect("known")
}

/// A contract in force over 2026 with commitments given as JSON.
pub fn contract(name: &str, commitments: serde_json::Value) -> Contract {
    let terms = serde_json::json!({
        "partner": "gz", "title": "Dealer agreement", "effective_from": "2026-01-01", "effective_to": "2027-01-01",
        "external_refs": [], "commitments": commitments,
    });
    let terms = serde_json::from_value(terms).expect("terms");
    let contract = Contract::new(id(name), "uid".to_owned(), terms, "zhao", Timestamp(0));
    Contract { state: ContractState::Active, ..contract }
}

/// 365,000.00 CNY of purchases a window: 1,000.00 a day in a window of a year.
pub fn purchases(cadence: &str) -> serde_json::Value {
    serde_json::json!([{
        "commitment_id": "purchases", "kind": "PURCHASE", "cadence": cadence,
        "target": {"amount": {"currency": "CNY", "value": 36_500_000}},
    }])
}

pub fn cell(on: &str, kind: SalesKind, line: &str, currency: &str, net: i128, quantity: i128) -> (CellKey, Sums) {
    let currency = Currency::parse(currency).expect("known");
    let key = CellKey { partner: "gz".to_owned(), day: day(on), kind, product_line: line.to_owned(), currency };
    (key, Sums { net, quantity, fact_count: 1 })
}

pub fn spec(condition: Condition) -> RuleSpec {
    RuleSpec {
        title: "A rule".to_owned(),
        suggested_action: "call the partner".to_owned(),
        owner: "channel-manager".to_owned(),
        partners: Vec::new(),
        condition,
    }
}

/// Trigger 0.8, clear 0.9, critical 0.5, from a tenth of the window on.
pub fn pace_rule() -> RuleVersion {
    let pace = Pace {
        trigger_below: decimal("0.8"),
        clear_from: decimal("0.9"),
        critical_below: Some(decimal("0.5")),
        minimum_elapsed: decimal("0.1"),
    };
    RuleVersion::standard(id("commitment-pace"), spec(Condition::CommitmentPace(pace)))
}

pub fn view() -> PartnerView {
    PartnerView {
        partner: id("gz"),
        contracts: Vec::new(),
        sales: Cells::new(),
        overdue: Vec::new(),
        on_time: std::collections::BTreeMap::new(),
        documents: Vec::new(),
    }
}

pub struct World {
    pub rules: Vec<RuleVersion>,
    pub view: PartnerView,
    pub alerts: Vec<Alert>,
    pub today: Date,
    clock: i64,
}

impl World {
    /// On the 100th day of 2026, 10 April, under the pace rule.
    pub fn new() -> Self {
        let contract = contract("dealer", purchases("YEAR"));
        let view = PartnerView { contracts: vec![contract], ..view() };
        Self { rules: vec![pace_rule()], view, alerts: Vec::new(), today: day("2026-04-10"), clock: 0 }
    }

    pub fn now(&mut self) -> Timestamp {
        self.clock += 1;
        Timestamp(self.clock)
    }

    /// What was bought by now, in yuan.
    pub fn bought(&mut self, yuan: i64) {
        self.view.sales =
            Cells::from([cell("2026-01-02", SalesKind::SellIn, "", "CNY", i128::from(yuan) * 1_000_000, 0)]);
    }

    /// Sets the pace in per cent (on the 100th day 1 % of the pace is 1,000 CNY) and evaluates.
    pub fn pace(&mut self, percent: i64) -> Vec<String> {
        self.bought(percent * 1_000);
        self.run()
    }

    /// Evaluates and keeps what comes of it; each step as "raised WARNING", "figures" and so on.
    pub fn run(&mut self) -> Vec<String> {
        let now = self.now();
        let live: Vec<_> = self.alerts.iter().filter(|alert| alert.is_live()).cloned().collect();
        let steps = evaluate(&self.rules, &self.view, &live, self.today, now);
        steps.into_iter().map(|step| self.keep(step, now)).collect()
    }

    fn keep(&mut self, step: Step, now: Timestamp) -> String {
        match step {
            Step::Raise(new) => {
                let alert = new.with_id(id(&format!("a{}", self.alerts.len() + 1)), "uid".to_owned(), now);
                let said = format!("raised {}", alert.severity);
                self.alerts.push(alert);
                said
            }
            Step::Change(alert, effect) => {
                let said = match effect {
                    Effect::Figures => "figures".to_owned(),
                    Effect::Severity => format!("now {}", alert.severity),
                    Effect::Closed => "closed".to_owned(),
                    Effect::Memory => "memory".to_owned(),
                };
                let known = self.alerts.iter_mut().find(|known| known.id == alert.id).expect("known");
                let seen = known.revision + i64::from(effect != Effect::Memory);
                assert_eq!(alert.revision, seen, "what a reader sees has a new etag, and nothing else has");
                *known = *alert;
                said
            }
        }
    }

    /// The newest alert.
    pub fn last(&self) -> &Alert {
        self.alerts.last().expect("an alert")
    }

    /// State and severity of the newest alert.
    pub fn stands(&self) -> (AlertState, Severity) {
        (self.last().state, self.last().severity)
    }

    pub fn acknowledge(&mut self) {
        let now = self.now();
        let alert = self.alerts.last_mut().expect("an alert");
        *alert = alert.acknowledge("li.wei", "on it", now).expect("open");
    }

    pub fn resolve(&mut self) {
        let now = self.now();
        let alert = self.alerts.last_mut().expect("an alert");
        *alert = alert.resolve("li.wei", "agreed on a plan", now).expect("standing");
    }
}
