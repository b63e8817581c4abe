//! Rewards on profit, on the downline and on what other rules gave, in words.

use tributary_core::Decimal;

use super::{
    table::Scale,
    text::{Language, say},
};
use crate::plan::{Amount, Baseline, Draw, DrawKind, EdgeScale, FrozenNode, Guarantee, Override, ProfitShare, Rule};

impl Language {
    pub(super) fn profit_share(self, reward: &ProfitShare) -> String {
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

    pub(super) fn override_(self, rule: &Rule, reward: &Override) -> String {
        let scale = Scale::of(rule, EdgeScale::Absolute);
        let levels: Vec<String> = reward
            .levels
            .iter()
            .map(|l| {
                let (level, rate) = (l.level, scale.rate(self, l.rate));
                say!(self, "{rate} on level {level}", "第 {level} 级 {rate}")
            })
            .collect();
        let levels = self.and(&levels);
        let head = say!(
            self,
            "uplines earn on what their downline is credited with, by its level in the hierarchy on the day of the fact (level 1 is the direct downline; levels that are not named earn nothing): {levels}",
            "上级按下级的业绩计奖，层级以业绩发生当日的上下级关系为准（第 1 级为直属下级，未列出的层级不计）：{levels}"
        );
        let frozen = match reward.frozen {
            FrozenNode::Skip => self.of(
                "an upline that is frozen on that day earns nothing on the fact, and the uplines above it keep their levels",
                "当日被冻结的上级对该笔业绩不计奖，其上各级的层级不变",
            ),
            FrozenNode::Hold => self.of(
                "an upline that is frozen on that day earns all the same, and its line is held",
                "当日被冻结的上级照常计奖，但该行暂扣",
            ),
            FrozenNode::Compress => self.of(
                "an upline that is frozen on that day is left out, and the uplines above it count one level nearer",
                "当日被冻结的上级视为不存在，其上各级依次递补",
            ),
        };
        self.sentence(&self.clauses(&[head, frozen.to_owned()]))
    }

    pub(super) fn guarantee(self, reward: &Guarantee) -> String {
        let (earned, currency) = (self.earned(&reward.rules), reward.currency.code());
        let amount = match &reward.guaranteed {
            Amount::Given(amount) => {
                let amount = self.money(*amount, reward.currency);
                say!(self, "{amount} is guaranteed for a whole period", "整期保底 {amount}")
            }
            Amount::Figure(name) => say!(
                self,
                "the newest value of the figure “{name}” in the period is guaranteed in {currency} (nothing without it)",
                "保底为本期内指标“{name}”的最新值，币种 {currency}（没有则无保底）"
            ),
        };
        let pays = say!(self, "the line pays by how much {earned} falls short of it", "本行支付{earned}不足保底的差额");
        self.sentence(&self.clauses(&[amount, pays]))
    }

    pub(super) fn draw(self, reward: &Draw) -> String {
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
            return self.of("the sum of all rules before it", "此前各规则之和").to_owned();
        }
        let rules = self.all_quoted(rules);
        let rules = self.and(&rules);
        say!(self, "the sum of {rules}", "{rules}之和")
    }
}
