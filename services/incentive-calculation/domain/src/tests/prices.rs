//! Prices, by hand: the order of conditions, scales, promotions, floors, the one rounding, and which list counts.

use tributary_core::{Currency, Date, Decimal, Exact, Timestamp};

use crate::{
    assignment::{Assignment, AssignmentTarget, Attributes},
    describe::Language,
    price::{
        Ask, Condition, Effect, Factor, Ground, Item, Life, Miss, PriceList, Promotion, Quote, Scale, ScaleMode,
        Stacking, State, Step, StepEffect, Unagreed, check_item, chosen, in_force, quote, undecided,
    },
};

pub fn cny() -> Currency {
    Currency::parse("CNY").expect("known")
}

pub fn on(text: &str) -> Date {
    Date::parse(text).expect("a day")
}

pub fn number(text: &str) -> Decimal {
    text.parse().expect("a number")
}

fn fraction(text: &str) -> Exact {
    let (top, bottom) = text.split_once('/').unwrap_or((text, "1"));
    let whole = |text: &str| Exact::from(text.parse::<i64>().expect("an integer"));
    whole(top).checked_div(&whole(bottom)).expect("not zero")
}

pub fn approved() -> Life {
    let life = Life::begun("mei", "", Timestamp(0));
    life.approved_by("it", "fang", "", Timestamp(1)).expect("approved")
}

pub fn acme() -> Attributes {
    let labels = [("segment".to_owned(), "road".to_owned())].into();
    let partner = "partners/acme".to_owned();
    Attributes { partner, tier: Some("basic".to_owned()), region: "CN/GD".to_owned(), labels, ..Attributes::default() }
}

fn less(from: &str, share: &str) -> Step {
    Step { from: number(from), effect: StepEffect::Discount(number(share)) }
}

fn all(mode: ScaleMode, steps: Vec<Step>) -> Scale {
    Scale { skus: Vec::new(), product_lines: Vec::new(), mode, steps }
}

/// From 50 on 5 % less, from 100 on 10 %.
pub fn east() -> PriceList {
    PriceList {
        id: "east".to_owned(),
        version: 3,
        display_name: "East".to_owned(),
        currency: cny(),
        assignments: Vec::new(),
        from: on("2026-01-01"),
        to: None,
        benefit: Some("price-factor".to_owned()),
        unagreed: Unagreed::Refuse,
        scales: vec![all(ScaleMode::Whole, vec![less("50", "0.05"), less("100", "0.1")])],
        items: 1,
        life: approved(),
    }
}

/// SKU A of the line "bikes"; prices are in 10⁻⁶ CNY.
pub fn item(list_price: i64) -> Item {
    Item {
        sku: "A".to_owned(),
        list_price,
        unit: "piece".to_owned(),
        product_line: "bikes".to_owned(),
        floor_price: None,
    }
}

pub fn agreed(factor: &str) -> Factor {
    Factor::Agreed {
        benefit: "price-factor".to_owned(),
        programme: "tierProgrammeVersions/2".to_owned(),
        tier: "basic".to_owned(),
        factor: number(factor),
    }
}

/// 10 % off everything in the second half of June 2026.
pub fn sale(id: &str) -> Promotion {
    Promotion {
        id: id.to_owned(),
        display_name: format!("Sale {id}"),
        skus: Vec::new(),
        product_lines: Vec::new(),
        assignments: Vec::new(),
        first_day: on("2026-06-16"),
        end_day: on("2026-07-01"),
        min_quantity: None,
        effect: Effect::Discount(number("0.1")),
        stacking: Stacking::Combinable,
        priority: 0,
        life: approved(),
    }
}

pub struct Case {
    pub list: PriceList,
    pub item: Item,
    pub factor: Factor,
    pub promotions: Vec<Promotion>,
    pub day: Date,
    pub own: bool,
}

impl Case {
    pub fn of(price: i64) -> Self {
        let (list, item, factor) = (east(), item(price), agreed("0.85"));
        Self { list, item, factor, promotions: vec![sale("618")], day: on("2026-06-18"), own: false }
    }

    pub fn ask(&self, quantity: &str) -> Quote {
        self.asked(number(quantity), Language::En).expect("a quote")
    }

    pub fn asked(&self, quantity: Decimal, language: Language) -> Result<Quote, tributary_core::Fault> {
        let ask = Ask { partner: &acme(), quantity, date: self.day, language, own: self.own };
        let Self { list, item, factor, promotions, .. } = self;
        quote(ask, Ground { list, item, factor, promotions })
    }
}

fn lines(quote: &Quote) -> Vec<(Condition, String)> {
    quote.lines.iter().map(|line| (line.condition, line.change.display())).collect()
}

fn missed(quote: &Quote) -> Vec<(&str, Miss)> {
    quote.not_applied.iter().map(|miss| (miss.promotion.trim_start_matches("promotions/"), miss.miss)).collect()
}

#[test]
fn conditions_come_in_their_order_and_add_up() {
    // 60 × 100 = 6000; × 0.85 = 5100; × 0.95 = 4845; × 0.9 = 4360.5. A unit: 4360.5 ÷ 60 = 72.675.
    let quote = Case::of(100_000_000).ask("60");
    use Condition::{ListPrice, Promotion, TierFactor, VolumeStep};
    let told = [(ListPrice, "6000"), (TierFactor, "-900"), (VolumeStep, "-255"), (Promotion, "-484.5")];
    assert_eq!(lines(&quote), told.map(|(condition, change)| (condition, change.to_owned())));
    assert_eq!((quote.total.to_string().as_str(), quote.unit.display().as_str()), ("CNY 4360.50", "72.675"));
    assert_eq!(quote.exact, fraction("8721/2"));
    let texts: Vec<&str> = quote.lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "list price CNY 100.00 of East",
            "tier basic: 85 % of the list price",
            "from 50 on, for the whole quantity: 5 % less",
            "“Sale 618”: 10 % less"
        ]
    );
    // 100 pieces: 100 × 0.85 × 0.9 × 0.9 = 68.85 each.
    let next = quote.next.expect("a next step");
    assert_eq!((next.quantity, next.more, next.beyond_only), (number("100"), number("40"), false));
    assert_eq!(next.text, "40 more, and the unit price falls to CNY 68.85");
    // Python: hashlib over the canonical text.
    assert_eq!(quote.digest, "974627dbb4dbc1429434f9a17cf7c01a5f5c076a81a260154fbf9455d9cf2e5f");
    let zh = Case::of(100_000_000).asked(number("60"), Language::Zh).expect("a quote");
    assert_eq!((zh.digest, zh.lines[1].text.as_str()), (quote.digest, "等级 basic：目录价的 85%"));
    assert_eq!(zh.next.expect("a next step").text, "再加 40，单价降至 68.85 元");
}

#[test]
fn bounds_are_inclusive() {
    // 49 × 85 × 0.9; 50 × 85 × 0.95 × 0.9; 99.999999 × 80.75 × 0.9 = 7267.49992…; 100 × 85 × 0.9 × 0.9.
    let case = Case::of(100_000_000);
    for (quantity, total) in
        [("49", "CNY 3748.50"), ("50", "CNY 3633.75"), ("99.999999", "CNY 7267.50"), ("100", "CNY 6885.00")]
    {
        assert_eq!(case.ask(quantity).total.to_string(), total, "{quantity}");
    }
}

#[test]
fn a_total_is_rounded_once_half_away_from_zero() {
    let mut case = Case::of(333_300);
    (case.factor, case.list.scales, case.promotions) = (Factor::None, Vec::new(), Vec::new());
    // 3 × 0.3333 = 0.9999, not 3 × 0.33.
    let quote = case.ask("3");
    assert_eq!((quote.total.to_string().as_str(), quote.exact.display().as_str()), ("CNY 1.00", "0.9999"));
    assert_eq!(lines(&quote)[1], (Condition::Rounding, "0.0001".to_owned()));
    for (price, total) in [(5_000, "CNY 0.01"), (4_999, "CNY 0.00"), (15_000, "CNY 0.02"), (25_000, "CNY 0.03")] {
        case.item.list_price = price;
        assert_eq!(case.ask("1").total.to_string(), total, "{price}");
    }
    case.item.list_price = i64::MAX;
    assert_eq!(case.asked(number("1000000000"), Language::En).expect_err("too large").reason().code, "AMOUNT_OVERFLOW");
}

#[test]
fn a_marginal_scale_prices_what_lies_above_its_bounds() {
    let mut case = Case::of(10_000_000);
    let price = Step { from: number("500"), effect: StepEffect::UnitPrice(8_500_000) };
    case.list.scales = vec![all(ScaleMode::Marginal, vec![less("100", "0.1"), price])];
    (case.factor, case.promotions) = (Factor::None, Vec::new());
    // 100 × 10 + 400 × 9 + 100 × 8.5 = 5450; a unit 5450 ÷ 600 = 109/12.
    let quote = case.ask("600");
    assert_eq!((quote.total.to_string().as_str(), quote.unit.clone()), ("CNY 5450.00", fraction("109/12")));
    let told: Vec<_> = quote.lines.iter().map(|l| (l.quantity, l.base.display(), l.change.display())).collect();
    let line = |quantity: &str, base: &str, change: &str| (number(quantity), base.to_owned(), change.to_owned());
    assert_eq!(told, [line("600", "0", "6000"), line("400", "4000", "-400"), line("100", "1000", "-150")]);
    let parts: Vec<_> = quote.parts.iter().map(|part| (part.quantity, part.unit.display())).collect();
    assert_eq!(parts, [("100", "10"), ("400", "9"), ("100", "8.5")].map(|(q, u)| (number(q), u.to_owned())));
    assert_eq!(quote.next, None);
    // On the bound everything costs 10 still, and the next one 9.
    let quote = case.ask("100");
    assert_eq!(quote.total.to_string(), "CNY 1000.00");
    let next = quote.next.expect("a next step");
    assert_eq!((next.more, next.unit.display().as_str(), next.beyond_only), (number("0"), "9", true));
    assert_eq!(case.ask("120").next.expect("next").text, "380 more, and each one beyond 500 costs CNY 8.50");
}

#[test]
fn the_closest_scale_counts_and_a_step_never_raises() {
    let mut case = Case::of(100_000_000);
    case.promotions.clear();
    let fixed = |price| vec![Step { from: number("1"), effect: StepEffect::UnitPrice(price) }];
    let for_line = Scale { product_lines: vec!["bikes".to_owned()], ..all(ScaleMode::Whole, fixed(80_000_000)) };
    case.list.scales.push(for_line);
    assert_eq!(case.ask("1").total.to_string(), "CNY 80.00");
    case.list.scales.push(Scale { skus: vec!["A".to_owned()], ..all(ScaleMode::Whole, fixed(90_000_000)) });
    // 90 is above 85: nothing changes, and the line says so.
    let quote = case.ask("1");
    assert_eq!(quote.total.to_string(), "CNY 85.00");
    assert_eq!(quote.lines[2].text, "from 1 on, for the whole quantity: CNY 90.00 a unit, which is not lower");
}

#[test]
fn a_floor_cuts_and_says_so() {
    let mut case = Case::of(100_000_000);
    case.item.floor_price = Some(70_000_000);
    // 100 × 68.85 = 6885 is cut to 7000.
    let quote = case.ask("100");
    assert_eq!(quote.total.to_string(), "CNY 7000.00");
    let cut = quote.lines.last().expect("a line");
    assert_eq!((cut.condition, cut.change.display().as_str()), (Condition::Floor, "115"));
    assert_eq!(cut.text, "cut: a unit costs CNY 70.00 at least");
    // From 60 pieces at 72.675 the next step leads to the floor only.
    assert_eq!(case.ask("60").next.expect("next").unit.display(), "70");
    assert_eq!(case.ask("100").next, None);
}

#[test]
fn promotions_say_why_they_do_not_apply() {
    let mut case = Case::of(100_000_000);
    (case.factor, case.list.scales) = (Factor::None, Vec::new());
    let usd = Currency::parse("USD").expect("known");
    let with = |id: &str, change: fn(&mut Promotion)| {
        let mut promotion = sale(id);
        change(&mut promotion);
        promotion
    };
    let target = |target| vec![Assignment { target, priority: 0 }];
    let mut others = sale("others");
    others.assignments = target(AssignmentTarget::Partner("partners/zenith".to_owned()));
    let mut ours = sale("ours");
    ours.assignments = target(AssignmentTarget::Label("segment=road".to_owned()));
    let mut foreign = sale("foreign");
    foreign.effect = Effect::AmountOff(usd, 1_000_000);
    let mut dear = sale("dear");
    dear.effect = Effect::FixedPrice(cny(), 99_000_000);
    let mut ended = sale("ended");
    ended.life = ended.life.retired_by("it", "fang", on("2026-06-18"), "", Timestamp(2)).expect("ended");
    case.promotions = vec![
        with("later", |p| p.first_day = on("2026-06-19")),
        with("gone", |p| p.end_day = on("2026-06-18")),
        ended,
        others,
        ours,
        foreign,
        dear,
        with("many", |p| p.min_quantity = Some(Decimal::TEN)),
        with("other-item", |p| p.skus = vec!["B".to_owned()]),
        with("alone", |p| p.stacking = Stacking::Exclusive),
    ];
    // By name: alone comes first, takes 10 % and shuts the others out.
    let quote = case.ask("1");
    assert_eq!(quote.total.to_string(), "CNY 90.00");
    let alone = [
        ("dear", Miss::Excluded),
        ("ended", Miss::Ended),
        ("foreign", Miss::Currency),
        ("gone", Miss::Ended),
        ("later", Miss::NotStarted),
        ("many", Miss::Quantity),
        ("others", Miss::OtherPartners),
        ("ours", Miss::Excluded),
    ];
    assert_eq!(missed(&quote), alone);
    assert_eq!(quote.not_applied[5].text, "from 10 on; 9 more are needed");
    assert_eq!(quote.not_applied[7].text, "“Sale alone” applies alone");
    // With a higher priority ours comes first, and alone is shut out: 100 × 0.9; 99 is not lower.
    case.promotions[4].priority = 1;
    let quote = case.ask("1");
    assert_eq!(quote.total.to_string(), "CNY 90.00");
    assert_eq!(missed(&quote)[..2], [("alone", Miss::Excluded), ("dear", Miss::NoEffect)]);
    // From 10 on two combinable ones: 100 × 0.9 × 0.9.
    assert_eq!(case.ask("10").unit.display(), "81");
    let next = quote.next.expect("next");
    assert_eq!((next.quantity, next.unit.display().as_str()), (number("10"), "81"));
    // The partner itself is told neither of others nor of what is to come.
    case.own = true;
    let told = missed(&case.ask("1")).into_iter().map(|(id, _)| id.to_owned()).collect::<Vec<_>>();
    assert_eq!(told, ["alone", "dear", "ended", "foreign", "gone", "many"]);
}

#[test]
fn amounts_are_taken_off_down_to_nothing() {
    let mut case = Case::of(8_000_000);
    (case.factor, case.list.scales) = (Factor::None, Vec::new());
    case.promotions[0].effect = Effect::AmountOff(cny(), 3_000_000);
    assert_eq!(case.ask("2").total.to_string(), "CNY 10.00");
    case.promotions[0].effect = Effect::AmountOff(cny(), 9_000_000);
    assert_eq!(case.ask("2").total.to_string(), "CNY 0.00");
    case.promotions[0].effect = Effect::FixedPrice(cny(), 7_990_000);
    assert_eq!(case.ask("2").total.to_string(), "CNY 15.98");
}

#[test]
fn a_factor_that_was_not_agreed_is_refused_or_told() {
    let mut case = Case::of(100_000_000);
    let (benefit, tier) = ("price-factor".to_owned(), "basic".to_owned());
    case.factor = Factor::Unagreed { benefit: benefit.clone(), programme: "v".to_owned(), tier };
    let fault = case.asked(number("1"), Language::En).expect_err("not agreed");
    assert_eq!(fault.reason().code, "PRICE_FACTOR_NOT_AGREED");
    assert!(fault.message().contains("partners/acme") && fault.message().contains("basic"), "{fault}");
    case.list.unagreed = Unagreed::ListPrice;
    let quote = case.ask("1");
    assert_eq!(quote.total.to_string(), "CNY 90.00");
    assert_eq!((quote.lines[1].rate, quote.lines[1].change.is_zero()), (None, true));
    assert!(quote.lines[1].text.contains("none was agreed"), "{}", quote.lines[1].text);
    case.factor = Factor::NotEntitled { benefit, programme: "v".to_owned(), tier: String::new() };
    assert_eq!(case.ask("1").lines[1].text, "no tier in force, so no price-factor: the list price counts");
}

#[test]
fn the_most_specific_list_that_has_the_item_prices_it() {
    let list = |id: &str, target, priority| PriceList {
        id: id.to_owned(),
        assignments: vec![Assignment { target, priority }],
        ..east()
    };
    let item = item(1);
    let region = list("region", AssignmentTarget::Region("CN".to_owned()), 9);
    let tier = list("tier", AssignmentTarget::Tier("basic".to_owned()), 0);
    let other = list("other", AssignmentTarget::Tier("advanced".to_owned()), 9);
    let of = |lists: &[&PriceList]| {
        let won = chosen(lists.iter().map(|list| (*list, &item)), &acme());
        won.map(|won| won.map(|(list, ..)| list.id.clone()))
    };
    assert_eq!(of(&[&region, &tier, &other]), Ok(Some("tier".to_owned())));
    assert_eq!(of(&[&region, &other]), Ok(Some("region".to_owned())));
    assert_eq!(of(&[&other]), Ok(None));
    let twin = PriceList { id: "twin".to_owned(), ..tier.clone() };
    assert_eq!(of(&[&tier, &twin, &region]).expect_err("twice").reason().code, "PRICE_LIST_UNDECIDED");
    // Approved lists that share an item and a day; another currency, other days or a draft never meet.
    assert!(undecided(&tier, &twin, "A").is_err());
    let usd = PriceList { currency: Currency::parse("USD").expect("known"), ..twin.clone() };
    let before = PriceList { to: Some(tier.from), from: on("2025-01-01"), ..twin.clone() };
    let draft = PriceList { life: Life::begun("mei", "", Timestamp(0)), ..twin.clone() };
    for apart in [&usd, &before, &draft, &region, &PriceList { version: 4, ..tier.clone() }] {
        assert_eq!(undecided(&tier, apart, "A"), Ok(()), "{}", apart.name());
    }
}

#[test]
fn the_newest_version_whose_bounds_hold_the_day_counts() {
    let version =
        |version, from: &str, to: Option<&str>| PriceList { version, from: on(from), to: to.map(on), ..east() };
    let mut all = vec![version(1, "2026-01-01", None), version(2, "2026-06-01", Some("2026-07-01"))];
    all.push(PriceList { life: Life::begun("mei", "", Timestamp(0)), ..version(3, "2026-01-01", None) });
    let at = |all: &[PriceList], day: &str| {
        in_force(all.to_vec(), on(day)).into_iter().map(|list| list.version).collect::<Vec<_>>()
    };
    for (day, counts) in
        [("2025-12-31", vec![]), ("2026-05-31", vec![1]), ("2026-06-01", vec![2]), ("2026-06-30", vec![2])]
    {
        assert_eq!(at(&all, day), counts, "{day}");
    }
    assert_eq!(at(&all, "2026-07-01"), [1]);
    // Ended on 15 June: the days before keep it, then the older one counts again.
    all[1].life = all[1].life.retired_by("it", "fang", on("2026-06-15"), "wrong", Timestamp(2)).expect("ended");
    assert_eq!((at(&all, "2026-06-14"), at(&all, "2026-06-15")), (vec![2], vec![1]));
    assert_eq!(all[1].life.state, State::Retired);
}

#[test]
fn maker_is_not_checker_and_an_end_is_final() {
    let draft = Life::begun("mei", "new year", Timestamp(5));
    let code = |result: Result<Life, tributary_core::Fault>| result.expect_err("refused").reason().code;
    assert_eq!(code(draft.approved_by("it", "mei", "", Timestamp(6))), "MAKER_IS_CHECKER");
    let approved = draft.approved_by("it", "fang", "checked", Timestamp(6)).expect("approved");
    assert_eq!(code(approved.approved_by("it", "ada", "", Timestamp(7))), "PRICE_STATE_REFUSED");
    let told: Vec<_> = approved.history.iter().map(|c| (&*c.what, &*c.actor, &*c.reason, c.time.0)).collect();
    assert_eq!(told, [("CREATED", "mei", "new year", 5), ("APPROVED", "fang", "checked", 6)]);
    let discarded = draft.retired_by("it", "mei", on("2026-01-01"), "typo", Timestamp(7)).expect("discarded");
    assert_eq!((discarded.retired_from, discarded.counts_on(on("2025-01-01"))), (None, false));
    assert_eq!(code(discarded.retired_by("it", "mei", on("2026-01-01"), "", Timestamp(8))), "PRICE_STATE_REFUSED");
}

#[test]
fn everything_wrong_is_told_at_once() {
    let mut list = east();
    list.display_name = String::new();
    list.to = Some(list.from);
    list.assignments = vec![Assignment { target: AssignmentTarget::Tier("No Tier".to_owned()), priority: 0 }];
    list.scales.push(all(ScaleMode::Whole, vec![less("5", "1.5"), less("5", "0"), less("9", "0.1")]));
    let found = list.check().into_vec();
    let fields: Vec<&str> = found.iter().map(|violation| violation.field.as_str()).collect();
    let wrong = [
        "display_name",
        "effective_to",
        "assignments[0].tier",
        "scales[1].steps[0].discount",
        "scales[1].steps[1].from",
        "scales[1].steps[1].discount",
        "scales[1]",
    ];
    assert_eq!(fields, wrong);
    let bad = Item { floor_price: Some(2), ..item(1) };
    assert_eq!(
        check_item(&bad, cny()).as_slice()[0].description,
        "CNY 0.000002 is not between 0 and the list price CNY 0.000001"
    );
    assert_eq!(check_item(&item(0), cny()).as_slice()[0].field, "list_price");
    let mut promotion = sale("x");
    (promotion.end_day, promotion.min_quantity) = (promotion.first_day, Some(Decimal::ZERO));
    promotion.effect = Effect::AmountOff(cny(), 0);
    promotion.display_name = String::new();
    let found = promotion.check().into_vec();
    let fields: Vec<&str> = found.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, ["display_name", "end_day", "min_quantity", "amount_off"]);
}
