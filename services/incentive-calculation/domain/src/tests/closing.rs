//! Closing periods against the engine: whatever arrives when, in whatever order, and whenever periods are locked, what is
//! stated and what is open add up to what the engine gives over all facts.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{collection::vec, prelude::*};
use tributary_core::{Currency, Date, Exact, MinorAmount, Timestamp};

use super::support::{Sale, day, dec, growth, in_run, lookup, marginal, payees, period, plan, rule, sale, table};
use crate::{
    close::{
        Changes, LineKey, Lines, LockAttempt, PayeeChanges, ProgrammePeriod, Recomputed, RecomputedLine, TrueUp,
        builds_on_stated, differences, formulas, lines_of, true_ups,
    },
    engine::{Engine, LineResult, PlanInRun, Stated, StatedLine},
    explain,
    plan::{EdgeSide, GrowthBase, NegativeMeasure, Reward, Rule},
    rate::RateKey,
    run::{Run, RunMode, RunState},
    trace::{InputTrace, LineTrace, OriginCause},
};

const MONTHS: [&str; 5] = ["2012-03", "2012-04", "2012-05", "2012-06", "2012-07"];

/// Tiers, and growth over the month before: a month's facts decide two months.
fn plans() -> Vec<PlanInRun> {
    let tiers = table(&[("0", "0.01", "0"), ("500", "0.025", "1")], EdgeSide::LowerInclusive);
    let grown = table(&[("0", "0.01", "0"), ("0.2", "0.03", "0")], EdgeSide::LowerInclusive);
    let growing = crate::plan::Growth { base: GrowthBase::PriorPeriod, ..growth(grown) };
    vec![
        in_run("a", plan(vec![rule("m", marginal(tiers))])),
        in_run("b", plan(vec![rule("g", Reward::Growth(growing))])),
    ]
}

/// A fact of a history: a sale, or a return of one of the others.
#[derive(Debug, Clone)]
struct Fact {
    payee: u32,
    month: usize,
    day: u32,
    cents: i64,
    /// Index of the sale, for a return.
    of: Option<usize>,
}

/// Facts as the engine gets them once some are known: a return whose sale is known counts on the sale's day.
fn counted(facts: &[Fact], known: &BTreeSet<usize>) -> Vec<Sale> {
    let on = |fact: &Fact| day(&format!("{}-{:02}", MONTHS[fact.month], fact.day));
    let mut sales: Vec<Sale> = known
        .iter()
        .map(|index| {
            let fact = &facts[*index];
            let of = fact.of.filter(|sale| known.contains(sale)).map(|sale| &facts[sale]);
            let mut row = sale(&format!("{index:04}"), "2012-01-01", "0");
            (row.payee, row.net, row.day) = (fact.payee, fact.cents * 10_000, on(of.unwrap_or(fact)));
            row
        })
        .collect();
    sales.sort_by(|a, b| a.id.cmp(&b.id));
    sales
}

/// F: the lines of a month over the facts that are known.
fn calculated(month: usize, sales: &[Sale]) -> Vec<LineResult> {
    let mut engine = Engine::new(period(MONTHS[month]), plans());
    sales.iter().for_each(|sale| engine.absorb(&sale.as_fact()));
    engine.finish(&lookup(&payees(3))).expect("runs")
}

fn named(lines: &[LineResult]) -> Lines {
    let names: Vec<String> = (0..3).map(|n| format!("partners/p{n}")).collect();
    lines_of(lines, |n| names.get(usize::try_from(n).ok()?).map(String::as_str)).expect("small amounts")
}

/// The amounts of lines and true-ups by payee and currency, without zeros.
fn balance(all: impl IntoIterator<Item = (String, Currency, i64)>) -> BTreeMap<(String, Currency), i64> {
    let mut sums = BTreeMap::new();
    for (partner, currency, value) in all {
        *sums.entry((partner, currency)).or_insert(0) += value;
    }
    sums.retain(|_, value| *value != 0);
    sums
}

fn amounts(lines: &Lines) -> Vec<(String, Currency, i64)> {
    lines.0.iter().map(|(key, amount)| (key.partner.clone(), key.currency, amount.value)).collect()
}

/// A programme's periods as they close.
#[derive(Default)]
struct Books {
    known: BTreeSet<usize>,
    /// What each locked month states, true-ups of it included; and which facts had been seen.
    locked: BTreeMap<usize, (Lines, BTreeSet<usize>)>,
    /// Every amount that was ever put on a statement.
    stated: Vec<(String, Currency, i64)>,
    recomputed: usize,
}

impl Books {
    /// Whether something that a month's windows can see counts otherwise than when it was seen.
    fn changed(&self, facts: &[Fact], month: usize, seen: &BTreeSet<usize>) -> bool {
        let windows = Engine::new(period(MONTHS[month]), plans()).windows();
        let inside = |day: Date| windows.iter().any(|(from, to)| *from <= day && day < *to);
        let days = |known: &BTreeSet<usize>| -> BTreeMap<String, Date> {
            counted(facts, known).into_iter().map(|row| (row.id, row.day)).collect()
        };
        let (before, after) = (days(seen), days(&self.known));
        after.iter().any(|(id, day)| {
            before.get(id) != Some(day) && (inside(*day) || before.get(id).is_some_and(|d| inside(*d)))
        })
    }

    /// Calculates the next open month finally, and locks it.
    fn close(&mut self, facts: &[Fact], month: usize) {
        let sales = counted(facts, &self.known);
        let mut found = Vec::new();
        let months: Vec<usize> = self.locked.keys().copied().filter(|m| *m < month).collect();
        for earlier in months {
            let (stated, seen) = self.locked[&earlier].clone();
            if !self.changed(facts, earlier, &seen) {
                continue;
            }
            self.recomputed += 1;
            let now = named(&calculated(earlier, &sales));
            let all = differences(MONTHS[earlier], &stated, &now, &BTreeSet::new(), &Changes::default());
            found.extend(all.expect("small amounts"));
            self.locked.insert(earlier, (now, self.known.clone()));
        }
        for true_up in true_ups(found).expect("small amounts") {
            let line = true_up.line();
            let parts: i64 = line.trace.origins.iter().map(|o| o.recomputed.value - o.stated.value).sum();
            assert_eq!((parts, line.exact.clone()), (line.amount.value, Exact::from_scaled(i128::from(parts), 2)));
            self.stated.push((true_up.partner.clone(), true_up.amount.currency, true_up.amount.value));
        }
        let own = named(&calculated(month, &sales));
        self.stated.extend(amounts(&own));
        self.locked.insert(month, (own, self.known.clone()));
    }
}

fn histories() -> impl Strategy<Value = (Vec<Fact>, Vec<usize>, Vec<u8>)> {
    let one = (0..3_u32, 0..MONTHS.len(), 1..29_u32, 1..100_000_i64, any::<prop::sample::Index>(), 0..4_u8);
    vec(one, 1..40).prop_flat_map(|rows| {
        let count = rows.len();
        let facts: Vec<Fact> = rows
            .iter()
            .enumerate()
            .map(|(i, (payee, month, day, cents, of, sort))| {
                // One in four is a return of a sale, which may arrive before or after it.
                let of = (*sort == 0).then(|| of.index(count)).filter(|of| *of != i && rows[*of].5 != 0);
                let cents = if of.is_some() { -*cents } else { *cents };
                let payee = of.map_or(*payee, |of| rows[of].0);
                Fact { payee, month: *month, day: *day, cents, of }
            })
            .collect();
        let order = Just((0..count).collect::<Vec<usize>>()).prop_shuffle();
        (Just(facts), order, vec(0..8_u8, count))
    })
}

proptest! {
    // Each history runs the engine dozens of times.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_stated_and_what_is_open_is_what_all_facts_give((facts, order, moments) in histories()) {
        let mut books = Books::default();
        let mut next = 0;
        for (index, moment) in order.iter().zip(&moments) {
            books.known.insert(*index);
            // At random moments the next month is calculated and locked; the last one stays open.
            if *moment == 0 && next < MONTHS.len() - 1 {
                books.close(&facts, next);
                next += 1;
            }
        }
        // The months that nobody has locked yet, in order: each settles what the ones before left.
        for month in next..MONTHS.len() {
            books.close(&facts, month);
        }
        let sales = counted(&facts, &books.known);
        let all = (0..MONTHS.len()).flat_map(|month| amounts(&named(&calculated(month, &sales))));
        prop_assert_eq!(balance(books.stated.clone()), balance(all));
        // Nothing is left to settle, and nothing is looked at again.
        let before = books.recomputed;
        books.close(&facts, MONTHS.len() - 1);
        prop_assert_eq!(books.recomputed, before);
    }
}

fn key(rule: &str) -> LineKey {
    LineKey {
        partner: "partners/p0".to_owned(),
        currency: super::support::currency("CNY"),
        slot: "s".to_owned(),
        rule: rule.to_owned(),
        part: String::new(),
    }
}

fn lines(all: &[(&str, i64, &str)]) -> Lines {
    let mut lines = Lines::default();
    for (rule, value, version) in all {
        lines.add(key(rule), *value, version).expect("small");
    }
    lines
}

#[test]
fn a_true_up_names_what_changed_and_leaves_formulas_out() {
    let stated = lines(&[
        ("gone", 500, "plans/p/versions/1"),
        ("same", 7, "plans/p/versions/1"),
        ("ytd", 9, "plans/p/versions/1"),
    ]);
    let now = lines(&[
        ("new", 250, "plans/p/versions/2"),
        ("same", 7, "plans/p/versions/2"),
        ("ytd", 1, "plans/p/versions/2"),
    ]);
    let late = PayeeChanges { late_facts: 2, linked_returns: 1, ..PayeeChanges::default() };
    let payees = BTreeMap::from([("partners/p0".to_owned(), late)]);
    let changes = Changes { payees, earlier_period: true, ..Changes::default() };
    let formulas = BTreeSet::from([("s".to_owned(), "ytd".to_owned())]);
    let all = differences("2012-Q2", &stated, &now, &formulas, &changes).expect("small");
    let line = true_ups(all).expect("small").remove(0).line();
    assert_eq!((line.id().as_str(), line.amount.number().as_str()), ("true-up", "-2.50"));
    let expected = [
        "This settles 2 lines of closed periods of Dealer that would now be stated otherwise.",
        "2012-Q2, rule \"gone\" of slot \"s\": stated 5.00, now 0.00, difference -5.00; because of 2 late facts, 1 return \
         linked to its sale, plans/p/versions/1, which gives no line any more, a change of an earlier closed period.",
        "2012-Q2, rule \"new\" of slot \"s\": stated 0.00, now 2.50, difference 2.50; because of 2 late facts, 1 return \
         linked to its sale, plans/p/versions/2, which did not pay before, a change of an earlier closed period.",
        "Together: CNY -2.50; nothing had to be rounded.",
    ];
    assert_eq!(explain::sentences(&line.trace, "Dealer"), expected);
    let table = explain::table(&line.trace);
    assert!(table.contains("2012-Q2 s.gone") && table.ends_with("CNY -2.50\n"), "{table}");
}

/// What a line's trace tells of the rates that converted it.
fn converted(rates: &[&str]) -> LineTrace {
    let input = |name: &&str| InputTrace {
        input: "rate USD into CNY from 2012-04-02".to_owned(),
        value: Exact::from(7),
        source: format!("{name}, revision 2"),
    };
    let figure = InputTrace { source: "figures/crm/q, revision 1".to_owned(), ..input(&"") };
    let inputs = rates.iter().map(input).chain([figure]).collect();
    let amount = MinorAmount { currency: super::support::currency("CNY"), value: 0 };
    let any = TrueUp { partner: String::new(), amount, origins: Vec::new() };
    LineTrace { inputs, ..any.line().trace }
}

#[test]
fn a_changed_rate_concerns_payees_whose_lines_convert_by_it() {
    let [second, ninth] = ["rateTables/g/rates/USD-CNY-2012-04-02", "rateTables/g/rates/USD-CNY-2012-04-09"];
    let euro = "rateTables/g/rates/EUR-CNY-2012-04-02";
    let of = |partner: &str, rule: &str| LineKey { partner: partner.to_owned(), ..key(rule) };
    let all = |rows: &[(&str, &str, i64, &[&str])]| {
        let mut lines = Lines::default();
        for (partner, rule, value, rates) in rows {
            lines.add_line(of(partner, rule), *value, &converted(rates)).expect("small");
        }
        lines
    };
    let stated = all(&[
        ("dollars", "r", 10, &[second]),
        ("dollars", "guarantee", 5, &[]),
        ("gone", "r", 10, &[second]),
        ("euros", "r", 10, &[euro]),
        ("none", "r", 10, &[]),
    ]);
    // The ninth came late: Dollars' sales after it convert by it. What is gone converted dollars, too.
    let now = all(&[
        ("dollars", "r", 12, &[second, ninth]),
        ("dollars", "guarantee", 3, &[]),
        ("euros", "r", 11, &[euro]),
        ("none", "r", 11, &[]),
    ]);
    let changed = [ninth].map(|name| RateKey::of_name(name).expect("a rate"));
    let changes = Changes { rates: BTreeSet::from(changed), ..Changes::default() };
    let found = differences("2012-Q2", &stated, &now, &BTreeSet::new(), &changes).expect("small");
    let told: Vec<_> = found
        .iter()
        .map(|(key, origin)| (key.partner.as_str(), key.rule.as_str(), origin.cause.rate_changes))
        .collect();
    let expected =
        [("dollars", "guarantee", 1), ("dollars", "r", 1), ("euros", "r", 0), ("gone", "r", 1), ("none", "r", 0)];
    assert_eq!(told, expected);
}

#[test]
fn what_changed_beside_facts_is_said() {
    let payee = PayeeChanges { figure_changes: 1, opening_line_changes: 2, ..PayeeChanges::default() };
    let changes = Changes { payees: BTreeMap::from([("partners/p0".to_owned(), payee)]), ..Changes::default() };
    let (stated, now) = (lines(&[("r", 100, "v")]), lines(&[("r", 150, "v")]));
    let mut all = differences("2012-Q2", &stated, &now, &BTreeSet::new(), &changes).expect("small");
    all[0].1.cause.rate_changes = 3;
    let told = explain::sentences(&true_ups(all).expect("small").remove(0).line().trace, "Dealer");
    let expected = "2012-Q2, rule \"r\" of slot \"s\": stated 1.00, now 1.50, difference 0.50; because of 1 changed \
                    figure, 3 changed exchange rates, 2 changed lines of an older system.";
    assert_eq!(told[1], expected);
}

#[test]
fn a_cause_that_was_kept_before_there_were_others_is_read() {
    let kept = r#"{"late_facts": 2, "linked_returns": 0, "attribute_changes": 1, "plan_version_before": "",
        "plan_version_after": "", "earlier_period": true}"#;
    let read: OriginCause = serde_json::from_str(kept).expect("reads");
    assert_eq!((read.late_facts, read.figure_changes, read.rate_changes, read.opening_line_changes), (2, 0, 0, 0));
}

#[test]
fn rules_that_build_on_stated_lines_are_known() {
    let with = |change: fn(&mut Rule)| {
        let mut rule = rule("r", marginal(table(&[("0", "0.1", "0")], EdgeSide::LowerInclusive)));
        change(&mut rule);
        let plans = [in_run("s", plan(vec![rule]))];
        (builds_on_stated(&plans), formulas(&plans).len())
    };
    assert_eq!(with(|_| {}), (false, 0));
    assert_eq!(with(|r| r.negative_measure = NegativeMeasure::Carry), (true, 0));
    assert_eq!(with(|r| r.limits.year_cap = Some(dec("100"))), (true, 0));
    assert_eq!(with(|r| r.less_stated = true), (false, 1));
}

#[test]
fn recomputed_lines_take_the_place_of_stated_ones_but_not_of_formulas() {
    let (from, to) = (day("2012-04-01"), day("2012-05-01"));
    let amount = |value| MinorAmount { currency: super::support::currency("CNY"), value };
    let stated_line = |from: &str, to: &str, value| StatedLine {
        from: day(from),
        to: day(to),
        part: String::new(),
        amount: amount(value),
        carried: Exact::from(0),
        source: "statements/s".to_owned(),
    };
    let at = |payee: u32, rule: &str| (payee, "s".to_owned(), rule.to_owned());
    let march = stated_line("2012-03-01", "2012-04-01", 1);
    let may = stated_line("2012-05-01", "2012-06-01", 3);
    let mut stated = Stated(BTreeMap::from([
        (at(0, "r"), vec![march.clone(), stated_line("2012-04-01", "2012-05-01", 2), may.clone()]),
        (at(0, "ytd"), vec![stated_line("2012-04-01", "2012-05-01", 8)]),
        (at(1, "r"), vec![stated_line("2012-04-01", "2012-05-01", 9)]),
    ]));
    let line = |partner: &str, rule: &str, value| RecomputedLine {
        partner: partner.to_owned(),
        slot: "s".to_owned(),
        rule: rule.to_owned(),
        part: String::new(),
        amount: amount(value),
        carried: Exact::from(5),
    };
    let recomputed = Recomputed {
        from,
        to,
        lines: vec![line("partners/p0", "r", 20), line("partners/p0", "ytd", 80), line("partners/gone", "r", 7)],
        formulas: BTreeSet::from([("s".to_owned(), "ytd".to_owned())]),
    };
    recomputed.lay_over(&mut stated, |name| (name == "partners/p0").then_some(0));
    let values = |lines: &[StatedLine]| lines.iter().map(|l| l.amount.value).collect::<Vec<_>>();
    let all: Vec<_> = stated.0.iter().map(|((payee, _, rule), lines)| (*payee, rule.as_str(), values(lines))).collect();
    assert_eq!(all, [(0, "r", vec![1, 20, 3]), (0, "ytd", vec![8])]);
    assert_eq!(stated.0[&at(0, "r")][1].carried, Exact::from(5));
}

fn run(id: &str) -> Run {
    Run {
        id: id.to_owned(),
        programme: None,
        period: "2012-Q2".to_owned(),
        mode: RunMode::Final,
        state: RunState::Succeeded,
        snapshot_batch: 7,
        snapshot_arrival: 3,
        plan_versions: vec!["plans/p/versions/1".to_owned()],
        plan: None,
        digest: String::new(),
        fact_count: 0,
        statement_count: 0,
        line_count: 0,
        totals: Vec::new(),
        actor: "fang".to_owned(),
        create_time: Timestamp(0),
        end_time: None,
        named: None,
        year: None,
        failure: String::new(),
        version: 2,
        period_locked: false,
        closed: Vec::new(),
        stating_runs: Vec::new(),
        true_up_count: 0,
        release: String::new(),
        carried_from: String::new(),
    }
}

#[test]
fn every_refusal_of_a_lock_has_its_reason() {
    let open = ProgrammePeriod {
        named: None,
        year: None,
        programme: tributary_core::ResourceId::parse("g").expect("id"),
        period: "2012-Q2".to_owned(),
        from: day("2012-04-01"),
        to: day("2012-07-01"),
        lockable_from: day("2012-07-11"),
        newest_run: "r2".to_owned(),
        newest_version: 2,
        lock: None,
        revision: 4,
    };
    let (newest, older) = (run("r2"), run("r1"));
    let attempt = || LockAttempt {
        run: &newest,
        actor: "ada",
        etag: "r4",
        now: Timestamp(9),
        today: day("2012-07-11"),
        in_progress: false,
        newer_facts: 0,
        allow_newer_facts: false,
        outdated: &[],
        reason: "done",
    };
    let outdated = ["2012-Q1".to_owned()];
    let refusals = [
        ("ETAG_MISMATCH", LockAttempt { etag: "r3", ..attempt() }),
        ("RUN_IN_PROGRESS", LockAttempt { in_progress: true, ..attempt() }),
        ("RUN_NOT_NEWEST", LockAttempt { run: &older, ..attempt() }),
        ("PERIOD_NOT_OVER", LockAttempt { today: day("2012-07-10"), ..attempt() }),
        ("LOCKER_IS_CALCULATOR", LockAttempt { actor: "fang", ..attempt() }),
        ("NEWER_FACTS", LockAttempt { newer_facts: 1, ..attempt() }),
        ("TRUE_UPS_OUTDATED", LockAttempt { outdated: &outdated, ..attempt() }),
    ];
    for (reason, attempt) in refusals {
        assert_eq!(open.locked(&attempt).expect_err(reason).reason().code, reason);
    }
    let locked = open.locked(&LockAttempt { newer_facts: 1, allow_newer_facts: true, ..attempt() }).expect("locked");
    assert_eq!((locked.etag().as_str(), locked.stating_run()), ("r5", Some("r2")));
    let again = locked.locked(&LockAttempt { etag: "r5", ..attempt() });
    assert_eq!(again.expect_err("final").reason().code, "PERIOD_LOCKED");
    // A later run keeps what is stated; what true-ups settle moves on and never back.
    assert_eq!(locked.with_version(&run("r9")).expect("days").stating_run(), Some("r2"));
    let later = crate::close::Seen { batch: 8, ..newest.seen() };
    let settled = locked.settled_by(later.clone()).expect("moved on");
    assert_eq!(settled.lock.as_ref().map(|l| (l.seen.batch, l.locked.batch)), Some((8, 7)));
    assert_eq!(settled.settled_by(newest.seen()), None);
    assert_eq!(settled.settled_by(later), None);
}
