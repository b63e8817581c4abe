//! Tier tables and the rewards over them in words.

use tributary_core::Decimal;

use super::text::{Language, say};
use crate::plan::{
    EdgeScale, EdgeSide, Growth, GrowthBase, GrowthOn, Marginal, NoBasePolicy, NonPositiveBasePolicy, PaidOn,
    Retrospective, Rule, Tier, TierTable, WholeVolume,
};

/// What the edges and rates of a table are.
#[derive(Clone, Copy)]
pub(super) struct Scale<'r> {
    pub rule: &'r Rule,
    /// Edges are ratios, shown as percentages.
    pub ratio_edges: bool,
}

impl<'r> Scale<'r> {
    pub fn of(rule: &'r Rule, scale: EdgeScale) -> Self {
        Self { rule, ratio_edges: scale == EdgeScale::ShareOfTarget }
    }

    /// Whether rates are shares of money.
    pub fn money(self) -> bool {
        self.rule.measure.as_ref().is_some_and(|m| m.field.is_money())
    }

    pub fn edge(self, language: Language, edge: Decimal) -> String {
        if self.ratio_edges { language.percent(edge) } else { language.number(edge) }
    }

    /// A rate: "15 %", "2 per order".
    pub fn rate(self, language: Language, rate: Decimal) -> String {
        if self.money() {
            return language.percent(rate);
        }
        let (rate, unit) = (language.number(rate), language.per_unit(self.rule));
        say!(language, "{rate} {unit}", "{unit} {rate}")
    }
}

impl Language {
    pub(super) fn marginal(self, rule: &Rule, reward: &Marginal) -> String {
        let scale = Scale::of(rule, reward.table.edge_scale);
        let head = self.of("each part of the measure earns at its own rate", "分段累进，各段按本段比例计算");
        let mut clauses = vec![format!("{head}{}{}", self.of(": ", "："), self.tiers(&reward.table, scale, true))];
        clauses.extend(self.edges(&reward.table, scale));
        if reward.table.tiers.first().is_some_and(|t| !t.flat.is_zero()) || reward.first_flat_at_zero {
            clauses.push(
                match reward.first_flat_at_zero {
                    true => self.of(
                        "the fixed amount of the first tier is due even when the measure is 0",
                        "计量值为 0 时也支付首档固定额",
                    ),
                    false => self.of(
                        "the fixed amount of the first tier needs a measure above 0",
                        "计量值大于 0 才支付首档固定额",
                    ),
                }
                .to_owned(),
            );
        }
        clauses.extend(reward.retrospective.map(|r| self.retrospective(r)));
        self.sentence(&self.clauses(&clauses))
    }

    fn retrospective(self, retrospective: Retrospective) -> String {
        let from = match retrospective {
            Retrospective::FirstUnit => self.of("from the first unit on", "从第一元（件）起").to_owned(),
            Retrospective::LowestBracket => {
                self.of("from the start of the lowest tier with a rate on", "从最低的有比例档起").to_owned()
            }
            Retrospective::StartOfGrowth => {
                self.of("from the measure of the same period last year on", "从去年同期计量值起").to_owned()
            }
            Retrospective::Point(point) => {
                let point = self.number(point);
                say!(self, "from {point} on", "从 {point} 起")
            }
        };
        say!(
            self,
            "the rate reached is also paid {from}, the difference as a line of its own",
            "达到的比例{from}追溯适用，差额单独成行"
        )
    }

    pub(super) fn whole_volume(self, rule: &Rule, reward: &WholeVolume) -> String {
        let scale = Scale::of(rule, reward.table.edge_scale);
        let on = self.paid_on(reward.paid_on);
        let head = say!(
            self,
            "the tier that holds the measure decides on the whole; its rate is paid on {on}",
            "按计量值所在档全额计算，比例乘以{on}"
        );
        let mut clauses = vec![format!("{head}{}{}", self.of(": ", "："), self.tiers(&reward.table, scale, false))];
        clauses.extend(self.edges(&reward.table, scale));
        self.sentence(&self.clauses(&clauses))
    }

    pub(super) fn paid_on(self, on: PaidOn) -> String {
        match on {
            PaidOn::Measure => self.of("the measure", "计量值").to_owned(),
            PaidOn::Target => self.of("the target", "目标").to_owned(),
            PaidOn::Amount(amount) => {
                let amount = self.number(amount);
                say!(self, "the given amount of {amount}", "给定金额 {amount}")
            }
        }
    }

    pub(super) fn growth(self, rule: &Rule, reward: &Growth) -> String {
        let scale = Scale { rule, ratio_edges: reward.table.edge_scale == EdgeScale::Absolute };
        let figure = &reward.base_figure;
        let mut base = match reward.base {
            GrowthBase::SamePeriodLastYear => self.of("the same period one year earlier", "去年同期").to_owned(),
            GrowthBase::PriorPeriod => self.of("the period just before", "上一期").to_owned(),
            GrowthBase::Given => self.of("the given base", "给定基数").to_owned(),
            GrowthBase::Figure => {
                self.of("the sum of a figure over the same period one year earlier", "去年同期的指标之和").to_owned()
            }
        };
        if !figure.is_empty() {
            base.push_str(&say!(self, " (figure “{figure}”)", "（指标“{figure}”）"));
        }
        let on = match reward.on {
            GrowthOn::Increment => self.of("the increment over the base", "超出基数的增量"),
            GrowthOn::Whole => self.of("the whole measure", "全部计量值"),
        };
        let head = say!(
            self,
            "growth against {base} picks the tier, whose rate is paid on {on}",
            "以{base}为基数的增长率定档，比例乘以{on}"
        );
        let mut clauses = vec![format!("{head}{}{}", self.of(": ", "："), self.tiers(&reward.table, scale, false))];
        clauses.extend(self.edges(&reward.table, scale));
        clauses.push(
            match reward.no_base {
                NoBasePolicy::Skip => {
                    self.of("without facts in the base there is no line", "基期没有数据则不生成明细行")
                }
                NoBasePolicy::DefaultBase => {
                    self.of("without facts in the base the given base stands in", "基期没有数据则用给定基数")
                }
            }
            .to_owned(),
        );
        clauses.push(
            match reward.non_positive_base {
                NonPositiveBasePolicy::Nothing => self.of("a base of 0 or below earns nothing", "基数为零或负则不计奖"),
                NonPositiveBasePolicy::TopTier => {
                    self.of("a base of 0 or below earns the highest tier", "基数为零或负则按最高档")
                }
            }
            .to_owned(),
        );
        clauses.extend(reward.given_base.map(|base| {
            let base = self.number(base);
            say!(self, "the given base is {base}", "给定基数为 {base}")
        }));
        self.sentence(&self.clauses(&clauses))
    }

    /// The tiers of a table in one clause: "15 % of the part to 1,000,000, 20 % of the part above 1,000,000".
    pub(super) fn tiers(self, table: &TierTable, scale: Scale<'_>, parts: bool) -> String {
        let uppers = table.tiers.iter().skip(1).map(|t| Some(t.from)).chain([None]);
        let said: Vec<String> =
            table.tiers.iter().zip(uppers).map(|(tier, next)| self.tier(tier, next, scale, parts)).collect();
        said.join(self.of(", ", "，"))
    }

    fn tier(self, tier: &Tier, next: Option<Decimal>, scale: Scale<'_>, parts: bool) -> String {
        let pays = self.pays(tier, scale);
        let from = scale.edge(self, tier.from);
        let Some(to) = tier.to.or(next).map(|to| scale.edge(self, to)) else {
            return match parts {
                true => say!(self, "{pays} on the part above {from}", "{from} 以上部分{pays}"),
                false => say!(self, "{pays} from {from} on", "{from} 以上{pays}"),
            };
        };
        match parts {
            true => say!(self, "{pays} on the part from {from} to {to}", "{from} 至 {to} 部分{pays}"),
            false => say!(self, "{pays} from {from} to {to}", "{from} 至 {to} {pays}"),
        }
    }

    /// What a tier pays: "15 %", "a fixed 500", "15 % and a fixed 500", "nothing".
    fn pays(self, tier: &Tier, scale: Scale<'_>) -> String {
        let (rate, flat) = (scale.rate(self, tier.rate), self.number(tier.flat));
        match (tier.rate.is_zero(), tier.flat.is_zero()) {
            (true, true) => self.of("nothing", "不计").to_owned(),
            (false, true) => say!(self, "{rate}", "按 {rate}"),
            (true, false) => say!(self, "a fixed {flat}", "固定 {flat}"),
            (false, false) => say!(self, "{rate} and a fixed {flat}", "按 {rate} 另加固定 {flat}"),
        }
    }

    /// To which side values exactly on an edge belong, and what edges are.
    pub(super) fn edges(self, table: &TierTable, scale: Scale<'_>) -> Vec<String> {
        let mut clauses = Vec::new();
        // A single tier from 0 on has no edge that anything could stand on.
        if table.tiers.len() > 1 || table.tiers.iter().any(|tier| !tier.from.is_zero()) {
            clauses.push(self.edge_side(table.edge_side));
        }
        for tier in &table.tiers {
            let Some(side) = tier.edge_side else { continue };
            let (from, side) = (scale.edge(self, tier.from), self.side(side));
            clauses.push(say!(self, "exactly {from} belongs to the {side} tier", "恰为 {from} 归入{side}一档"));
        }
        clauses.extend(self.edge_scale(table.edge_scale));
        clauses
    }

    pub(super) fn edge_side(self, side: EdgeSide) -> String {
        let side = self.side(side);
        say!(self, "a value exactly on an edge belongs to the {side} tier", "恰在分界点上归入{side}一档")
    }

    fn side(self, side: EdgeSide) -> &'static str {
        match side {
            EdgeSide::LowerInclusive => self.of("upper", "较高"),
            EdgeSide::UpperInclusive => self.of("lower", "较低"),
        }
    }

    /// Said only where edges are shares of the target.
    pub(super) fn edge_scale(self, scale: EdgeScale) -> Option<String> {
        match scale {
            EdgeScale::Absolute => None,
            EdgeScale::ShareOfTarget => Some(
                self.of("edges are shares of the target (attainment)", "分界点为目标的百分比（达成率）").to_owned(),
            ),
        }
    }
}
