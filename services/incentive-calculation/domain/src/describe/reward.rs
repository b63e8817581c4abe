//! Rewards of other shapes than a table over the measure, in words.

use tributary_core::Decimal;

use super::{
    table::Scale,
    text::{Language, say},
};
use crate::plan::{
    Amount, Baseline, Curve, CurveEnd, CurveOf, Draw, DrawKind, EdgeScale, FrozenNode, Guarantee, Indicator, Matrix,
    Override, PartStep, PerFact, PerFactOn, ProfitShare, Reward, Rule, Step, TableReading,
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
            CurveOf::Amount if reward.paid_on == crate::plan::PaidOn::Measure => {
                self.of("an amount", "金额").to_owned()
            }
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
            clauses.push(say!(self, "at most {most} steps count", "最多计 {most} 步"));
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

    fn profit_share(self, reward: &ProfitShare) -> String {
        let rate = self.percent(reward.rate);
        let mut clauses = vec![match &reward.baseline {
            Baseline::None => say!(self, "{rate} of the measure above 0", "计量值大于 0 部分的 {rate}"),
            Baseline::Amount(amount) => {
                let amount = self.number(*amount);
                say!(
                    self,
                    "{rate} of the measure above the baseline of {amount}",
                    "计量值超出基线 {amount} 部分的 {rate}"
                )
            }
            Baseline::Figure(name) => say!(
                self,
                "{rate} of the measure above the baseline, the sum of the figure “{name}” over the window (0 without it)",
                "计量值超出基线部分的 {rate}；基线为统计期内指标“{name}”之和（没有则为 0）"
            ),
        }];
        if !reward.guaranteed.is_zero() {
            let least = self.number(reward.guaranteed);
            clauses.push(say!(self, "at least {least} is paid", "保底 {least}"));
        }
        if reward.carry_losses {
            clauses.push(
                self.of(
                    "what the profit is below the baseline lowers the profit of the next period, until it is used up",
                    "低于基线的差额抵减下期利润，直至抵完",
                )
                .to_owned(),
            );
        }
        self.sentence(&self.clauses(&clauses))
    }

    fn override_(self, rule: &Rule, reward: &Override) -> String {
        let scale = Scale::of(rule, EdgeScale::Absolute);
        let levels: Vec<String> = reward
            .levels
            .iter()
            .map(|l| {
                let (level, rate) = (l.level, scale.rate(self, l.rate));
                say!(self, "level {level} {rate}", "第 {level} 级 {rate}")
            })
            .collect();
        let levels = self.and(&levels);
        let head = say!(
            self,
            "uplines earn on the sales of their downline, by level of the tree on the day of the sale (1 is the direct downline, deeper levels earn nothing): {levels}",
            "上级按下级的业绩计奖，层级以发生当日的树为准（第 1 级为直属下级，更深不计）：{levels}"
        );
        let frozen = match reward.frozen {
            FrozenNode::Skip => self.of(
                "a frozen upline earns nothing on those facts and the levels above keep their numbers",
                "被冻结的上级对这些业绩不计奖，其上各级层号不变",
            ),
            FrozenNode::Hold => self.of("a frozen upline earns, and its line is held", "被冻结的上级照计，但暂扣"),
            FrozenNode::Compress => self.of(
                "a frozen upline is left out and the levels above move down",
                "被冻结的上级视为不存在，其上各级递补",
            ),
        };
        self.sentence(&self.clauses(&[head, frozen.to_owned()]))
    }

    fn guarantee(self, reward: &Guarantee) -> String {
        let (earned, currency) = (self.earned(&reward.rules), reward.currency.code());
        let amount = match &reward.guaranteed {
            Amount::Given(amount) => {
                let amount = self.money(*amount, reward.currency);
                say!(self, "{amount} are guaranteed for a whole period", "整期保底 {amount}")
            }
            Amount::Figure(name) => say!(
                self,
                "the newest value of the figure “{name}” in the period is guaranteed in {currency} (nothing without it)",
                "保底为本期内指标“{name}”的最新值，币种 {currency}（没有则无保底）"
            ),
        };
        let pays = say!(self, "the line pays what {earned} is short of it", "不足部分由本行补足，已得按{earned}计");
        self.sentence(&self.clauses(&[amount, pays]))
    }

    fn draw(self, reward: &Draw) -> String {
        let (earned, currency) = (self.earned(&reward.rules), reward.currency.code());
        let mut clauses = vec![match &reward.drawn {
            Amount::Given(amount) => {
                let amount = self.money(*amount, reward.currency);
                say!(self, "a draw of {amount} for a whole period", "整期预支 {amount}")
            }
            Amount::Figure(name) => say!(
                self,
                "a draw of the newest value of the figure “{name}” in the period, in {currency} (none without it)",
                "预支额为本期内指标“{name}”的最新值，币种 {currency}（没有则不预支）"
            ),
        }];
        clauses.push(match reward.kind {
            DrawKind::Guarantee => say!(self, "{earned} is topped up to it", "把{earned}补足到该额"),
            DrawKind::AddOn => say!(self, "it is paid whatever {earned} is", "不论{earned}多少都支付"),
        });
        clauses.push(
            match reward.recoverable {
                true => self.of("later earnings pay it back", "由以后的所得归还"),
                false => self.of("it is not paid back", "无需归还"),
            }
            .to_owned(),
        );
        let (share, periods) = (self.percent(reward.recovery_share), reward.forgive_after_periods);
        if reward.recoverable || reward.recovery_share != Decimal::ONE {
            clauses.push(say!(
                self,
                "{share} of what is earned above the draw goes into recovery",
                "超出预支额的所得按 {share} 用于归还"
            ));
        }
        if periods > 0 {
            clauses.push(say!(
                self,
                "what is still open after {periods} periods is forgiven",
                "满 {periods} 期仍未还清的予以免除"
            ));
        }
        self.sentence(&self.clauses(&clauses))
    }

    /// The rules whose lines are earnings.
    fn earned(self, rules: &[String]) -> String {
        if rules.is_empty() {
            return self.of("what all rules before it gave", "此前各规则之和").to_owned();
        }
        let rules = self.all_quoted(rules);
        let rules = self.and(&rules);
        say!(self, "what {rules} gave", "{rules}之和")
    }
}
