//! Rewards of other shapes than a table over the measure, in words.

use tributary_core::Decimal;

use super::{
    table::Scale,
    text::{Language, say},
};
use crate::plan::{
    Curve, CurveEnd, CurveOf, EdgeScale, Indicator, Matrix, PaidOn, PartStep, PerFact, PerFactOn, Reward, Rule, Step,
    TableReading,
};

impl Language {
    /// What a rule earns.
    pub(super) fn reward(self, rule: &Rule) -> String {
        match &rule.reward {
            Reward::Marginal(m) => self.marginal(rule, m),
            Reward::WholeVolume(w) => self.whole_volume(rule, w),
            Reward::Growth(g) => self.growth(rule, g),
            Reward::PerFact(p) => self.per_fact(rule, p),
            Reward::Curve(c) => self.curve(rule, c),
            Reward::Step(s) => self.step(s),
            Reward::Matrix(m) => self.matrix(rule, m),
            Reward::ProfitShare(p) => self.profit_share(p),
            Reward::Override(o) => self.override_(rule, o),
            Reward::Guarantee(g) => self.guarantee(g),
            Reward::Draw(d) => self.draw(d),
        }
    }

    fn per_fact(self, rule: &Rule, reward: &PerFact) -> String {
        let mut parts = Vec::new();
        if !reward.rate.is_zero() {
            let rate = self.percent(reward.rate);
            parts.push(say!(self, "{rate} of its value", "其数值的 {rate}"));
        }
        if !reward.per_unit.is_zero() {
            let amount = self.number(reward.per_unit);
            parts.push(say!(self, "{amount} per unit of quantity", "每件 {amount}"));
        }
        if !reward.per_fact.is_zero() {
            let amount = self.number(reward.per_fact);
            parts.push(say!(
                self,
                "a fixed {amount}, given back by a fact below zero",
                "每笔固定 {amount}，负数的一笔则扣回"
            ));
        }
        let mut clauses = Vec::new();
        if !parts.is_empty() {
            let parts = self.and(&parts);
            clauses.push(say!(self, "each fact earns {parts}", "每笔计{parts}"));
        }
        if let Some(table) = &reward.table {
            let scale = Scale::of(rule, table.edge_scale);
            let on = match reward.on {
                PerFactOn::SingleFact => self.of("the single fact", "单笔"),
                PerFactOn::RunningTotal => self.of(
                    "the running total of the window, in the order of days and source ids",
                    "统计期内的累计数（按日期和来源编号排序）",
                ),
            };
            let (reading, parts) = match reward.reading {
                TableReading::Marginal => (self.of("each part at its own rate", "各段按本段比例"), true),
                TableReading::Whole => (self.of("the tier reached on the whole", "按所在档全额"), false),
            };
            let tiers = self.tiers(table, scale, parts);
            clauses.push(say!(self, "a table applies to {on}, {reading}: {tiers}", "按{on}查表，{reading}：{tiers}"));
            clauses.extend(self.edges(table, scale));
        } else if (reward.reading, reward.on) != (TableReading::default(), PerFactOn::default()) {
            clauses.push(
                self.of("there is no table to be read over totals or on the whole", "没有可查的累计表或全额表")
                    .to_owned(),
            );
        }
        clauses.extend(reward.floor.map(|floor| {
            let floor = self.number(floor);
            say!(self, "a fact of 0 or above earns at least {floor}", "非负的一笔至少计 {floor}")
        }));
        clauses.extend(reward.cap.map(|cap| {
            let cap = self.number(cap);
            say!(self, "a fact earns at most {cap}", "一笔最多计 {cap}")
        }));
        clauses.push(
            self.of(
                "a return that names its sale takes back what that sale earned, in proportion",
                "注明原单的退货按比例扣回原单所得",
            )
            .to_owned(),
        );
        self.sentence(&self.clauses(&clauses))
    }

    fn curve(self, rule: &Rule, reward: &Curve) -> String {
        let scale = Scale::of(rule, reward.edge_scale);
        let points: Vec<String> = reward
            .points
            .iter()
            .map(|p| {
                let (at, value) = (scale.edge(self, p.at), self.cell(reward.of, scale, p.value));
                say!(self, "{value} at {at}", "{at} 处为 {value}")
            })
            .collect();
        let points = self.and(&points);
        let on = self.paid_on(reward.paid_on);
        let of = match reward.of {
            CurveOf::Rate => say!(self, "a rate on {on}", "乘以{on}的比例"),
            CurveOf::Amount if reward.paid_on == PaidOn::Measure => self.of("an amount", "金额").to_owned(),
            CurveOf::Amount => say!(self, "an amount (and not a rate on {on})", "金额（而非乘以{on}的比例）"),
        };
        let head = say!(
            self,
            "a curve gives {of}, linear between its points: {points}",
            "按折线给出{of}，各点之间线性插值：{points}"
        );
        let below = self.curve_end(reward.below);
        let above = self.curve_end(reward.above);
        let mut clauses = vec![head, say!(self, "below the first point {below}", "低于首点{below}")];
        clauses.push(say!(self, "above the last point {above}", "高于末点{above}"));
        clauses.extend(self.edge_scale(reward.edge_scale));
        self.sentence(&self.clauses(&clauses))
    }

    fn curve_end(self, end: CurveEnd) -> &'static str {
        match end {
            CurveEnd::Nothing => self.of("it gives nothing", "不计"),
            CurveEnd::Level => self.of("it stays level", "保持该点的值"),
            CurveEnd::Continue => self.of("the line goes on", "按原斜率延伸"),
        }
    }

    /// A rate or an amount.
    pub(super) fn cell(self, of: CurveOf, scale: Scale<'_>, value: Decimal) -> String {
        match of {
            CurveOf::Rate => scale.rate(self, value),
            CurveOf::Amount => self.number(value),
        }
    }

    fn step(self, reward: &Step) -> String {
        let ratio = reward.edge_scale == EdgeScale::ShareOfTarget;
        let edge = |value| if ratio { self.percent(value) } else { self.number(value) };
        let (amount, step) = (self.number(reward.amount), edge(reward.step));
        let mut head = say!(self, "{amount} for every {step} of the measure", "计量值每满 {step} 计 {amount}");
        if !reward.above.is_zero() {
            let above = edge(reward.above);
            head = say!(self, "{head} above {above}", "计量值超过 {above} 的部分，每满 {step} 计 {amount}");
        }
        let part = match reward.part_step {
            PartStep::Nothing => self.of("a part of a step counts nothing", "不足一步不计"),
            PartStep::Whole => self.of("a part of a step counts as a whole one", "不足一步按一步计"),
            PartStep::Share => self.of("a part of a step counts its share", "不足一步按比例计"),
        };
        let mut clauses = vec![head, part.to_owned()];
        if reward.max_steps > 0 {
            let most = self.number(Decimal::from(reward.max_steps));
            clauses.push(say!(self, "steps that count: at most {most}", "最多计 {most} 步"));
        }
        clauses.extend(self.edge_scale(reward.edge_scale));
        self.sentence(&self.clauses(&clauses))
    }

    fn matrix(self, rule: &Rule, reward: &Matrix) -> String {
        let scale = Scale::of(rule, EdgeScale::Absolute);
        let column = self.indicator(&reward.column);
        let of = match reward.of {
            CurveOf::Rate => self.of("a rate on the measure", "乘以计量值的比例"),
            CurveOf::Amount => self.of("an amount", "金额"),
        };
        let mut clauses = vec![say!(
            self,
            "a matrix gives {of}: the measure picks the row, {column} the column, which below the first edge is none and earns nothing",
            "按矩阵给出{of}：计量值定行，{column}定列；列值低于首个分界点不计"
        )];
        for (edge, row) in reward.row_edges.iter().zip(&reward.rows) {
            let edge = self.number(*edge);
            let cells: Vec<String> = row
                .iter()
                .zip(&reward.column_edges)
                .map(|(cell, column)| {
                    let (cell, column) = (self.cell(reward.of, scale, *cell), self.column_edge(reward, *column));
                    say!(self, "{cell} from {column} on", "{column} 起 {cell}")
                })
                .collect();
            let cells = self.and(&cells);
            clauses.push(say!(self, "row from {edge} on: {cells}", "{edge} 起的行：{cells}"));
        }
        clauses.push(self.edge_side(reward.edge_side));
        self.sentence(&self.clauses(&clauses))
    }

    /// An edge of the columns, a percentage where the indicator is a ratio.
    pub(super) fn column_edge(self, matrix: &Matrix, edge: Decimal) -> String {
        match matrix.column {
            Indicator::Attainment | Indicator::ScoreCard(_) => self.percent(edge),
            Indicator::Figure(_) | Indicator::Measure(_) => self.number(edge),
        }
    }
}
