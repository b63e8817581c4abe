//! What modifies a reward, in words.

use super::text::{Language, say};
use crate::plan::{
    CapScope, Gate, Hold, HoldUntil, InKind, InKindSort, Indicator, Limits, MissingIndicator, Multiplier,
    NegativeMeasure, Proration, ShareOf, SharePayee, SharedCap, Split,
};

impl Language {
    pub(super) fn negative(self, negative: NegativeMeasure) -> String {
        let text = match negative {
            NegativeMeasure::Signed => {
                self.of("a measure below 0 is owed back at the rate of the first tier", "计量值为负时按首档比例扣回")
            }
            NegativeMeasure::Zero => self.of("a measure below 0 earns nothing", "计量值为负时不计"),
            NegativeMeasure::Carry => self.of(
                "a measure below 0 earns nothing now and is taken off the measure of the next period",
                "计量值为负时本期不计，并抵减下期计量值",
            ),
        };
        self.sentence(text)
    }

    pub(super) fn gate(self, gate: &Gate) -> String {
        let (title, when) = (self.heading(&gate.title), self.condition(&gate.when));
        let text = if gate.otherwise.is_zero() {
            say!(self, "{title}nothing is earned unless {when}", "{title}须{when}，否则不计")
        } else {
            let left = self.percent(gate.otherwise);
            say!(self, "{title}only {left} is left unless {when}", "{title}须{when}，否则只计 {left}")
        };
        self.sentence(&text)
    }

    pub(super) fn multiplier(self, multiplier: &Multiplier) -> String {
        let edge = |value| match &multiplier.by {
            Indicator::Attainment | Indicator::ScoreCard(_) => self.percent(value),
            Indicator::Figure(_) | Indicator::Measure(_) => self.number(value),
        };
        let steps: Vec<String> = multiplier
            .steps
            .iter()
            .map(|s| {
                let (from, factor) = (edge(s.from), self.number(s.factor));
                say!(self, "× {factor} from {from} on", "{from} 起 × {factor}")
            })
            .collect();
        let (title, by, steps) = (self.heading(&multiplier.title), self.indicator(&multiplier.by), self.and(&steps));
        let run = match multiplier.linear {
            true => self.of("the factor runs linearly between the steps", "系数在各点之间线性变化"),
            false => self.of("the factor jumps at the steps", "系数在各点跳变"),
        };
        let missing = match multiplier.missing {
            MissingIndicator::Nothing => self.of("without it the rule earns nothing", "缺少时本规则不计"),
            MissingIndicator::Neutral => self.of("without it the factor is 1", "缺少时系数为 1"),
        };
        let head = say!(
            self,
            "{title}the reward is multiplied by {by}: × 1 below the first step, {steps}",
            "{title}奖励乘以系数，依据{by}：低于首点 × 1，{steps}"
        );
        self.sentence(&self.clauses(&[head, run.to_owned(), missing.to_owned()]))
    }

    /// `None` when nothing is prorated.
    pub(super) fn proration(self, proration: Proration) -> Option<String> {
        let text = match proration {
            Proration::None => return None,
            Proration::MembershipDays => self.of(
                "the money is prorated by the days of membership in the period; the tier is decided on full units",
                "金额按本期加入天数折算，档位按全量判定",
            ),
            Proration::AssignmentDays => self.of(
                "the money is prorated by the days on which the plan fits the member: the period is cut where tier, kind, region or labels change",
                "金额按方案适用且在册的天数折算：等级、类型、地区或标签变更处切分本期",
            ),
        };
        Some(self.sentence(text))
    }

    /// The limits of a rule, one sentence; `None` when there is none.
    pub(super) fn limits(self, limits: &Limits) -> Option<String> {
        let mut clauses = Vec::new();
        let mut add = |value: Option<_>, en: &str, zh: &str| {
            clauses.extend(value.map(|v| {
                let v = self.number(v);
                match self {
                    Self::En => en.replace("{}", &v),
                    Self::Zh => zh.replace("{}", &v),
                }
            }));
        };
        add(limits.period_cap, "at most {} in a period", "每期最多 {}");
        add(limits.period_floor, "at least {} in a period with a line", "有明细行的每期至少 {}");
        add(
            limits.year_cap,
            "at most {} in the year, with what its earlier periods stated",
            "全年（含已出账各期）最多 {}",
        );
        add(limits.year_floor, "at least {} in the year, made up in its last period", "全年至少 {}，在最后一期补足");
        if clauses.is_empty() {
            return None;
        }
        let clauses = self.clauses(&clauses);
        Some(self.sentence(&say!(self, "a payee gets {clauses}", "每个收款方{clauses}")))
    }

    pub(super) fn less_stated(self) -> String {
        self.sentence(self.of(
            "the line pays what the window earns less what earlier periods stated; it may be negative",
            "本行支付统计期累计应得减去此前各期已出账的差额，可为负",
        ))
    }

    pub(super) fn split(self, split: &Split) -> String {
        let shares: Vec<String> = split
            .shares
            .iter()
            .map(|share| {
                let who = match &share.payee {
                    SharePayee::Own => self.of("the partner of the facts", "业绩所属伙伴").to_owned(),
                    SharePayee::Partner(name) => self.quoted(name),
                };
                let mut text = match &share.share {
                    ShareOf::Weight(weight) => say!(self, "{who} with weight {weight}", "{who}的权重为 {weight}"),
                    ShareOf::WeightFigure(name) => say!(
                        self,
                        "{who} with the newest value of its figure “{name}” as weight (0 without it)",
                        "{who}以其指标“{name}”的最新值为权重（没有则为 0）"
                    ),
                };
                if let Some(least) = share.minimum {
                    let least = self.number(least);
                    text.push_str(&say!(self, " and at least {least}", "，且至少 {least}"));
                }
                text
            })
            .collect();
        let shares = self.clauses(&shares);
        let pool = if split.less_figure.is_empty() {
            self.of("the amount", "金额").to_owned()
        } else {
            let figure = &split.less_figure;
            say!(
                self,
                "the amount less the figure “{figure}” of the facts' partner (never below 0)",
                "金额减去业绩所属伙伴的指标“{figure}”（不低于 0）"
            )
        };
        self.sentence(&say!(
            self,
            "{pool} is split by weight, and the parts add up to the whole: {shares}",
            "{pool}按权重分配，各份之和等于总额：{shares}"
        ))
    }

    pub(super) fn in_kind(self, in_kind: &InKind) -> String {
        let sort = match in_kind.sort {
            InKindSort::Goods => self.of("goods", "实物"),
            InKindSort::Loan => self.of("equipment on loan", "借用设备"),
            InKindSort::Training => self.of("places in a training", "培训名额"),
            InKindSort::Reward => self.of("a non-cash reward", "非现金奖励"),
        };
        let (item, value) = (self.titled(&in_kind.title, &in_kind.item), self.number(in_kind.unit_value));
        self.sentence(&say!(
            self,
            "it is given in kind: the reward counts pieces of {item} ({sort}), each worth {value}; the amount in money is 0",
            "以非现金方式给付：奖励按{item}（{sort}）的件数计，每件价值 {value}；现金金额为 0"
        ))
    }

    pub(super) fn hold(self, hold: &Hold) -> String {
        let title = self.heading(&hold.title);
        let text = match &hold.until {
            HoldUntil::Days(days) => say!(
                self,
                "{title}the line is held until {days} days after the end of the period",
                "{title}暂扣至期末后 {days} 天"
            ),
            HoldUntil::Condition(condition) => {
                let condition = self.condition(condition);
                say!(self, "{title}the line is held until {condition}", "{title}暂扣，直至{condition}")
            }
        };
        self.sentence(&text)
    }

    pub(super) fn shared_cap(self, cap: &SharedCap) -> String {
        let name = self.titled(&cap.title, &cap.id);
        let rules = if cap.rules.is_empty() {
            self.of("all rules", "全部规则").to_owned()
        } else {
            let rules = self.all_quoted(&cap.rules);
            self.and(&rules)
        };
        let amount = self.money(cap.amount, cap.currency);
        let scope = match cap.scope {
            CapScope::Plan => self.of("to all payees together", "所有收款方合计"),
            CapScope::Payee => self.of("to each payee", "每个收款方"),
        };
        let when = match cap.yearly {
            true => self.of("in the year", "每年"),
            false => self.of("in a period", "每期"),
        };
        self.sentence(&say!(
            self,
            "shared cap {name}: {rules} together give at most {amount} {scope} {when}; lines above 0 are cut in proportion",
            "共同上限{name}：{rules}{scope}{when}最多 {amount}；超出时按比例削减正数行"
        ))
    }
}
