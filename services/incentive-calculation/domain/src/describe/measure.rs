//! Measures, windows, indicators and targets in words.

use super::text::{Language, say};
use crate::plan::{
    Indicator, Measure, MeasureField, MissingTarget, Rule, ScoreCard, ScoreItem, ScoreOf, Target, TargetOf, Window,
};

impl Language {
    /// What is counted: "the sum of net amounts of sell-in and returns, only online, in the period".
    pub(super) fn measure(self, measure: &Measure, whose: &str) -> String {
        let what = self.field(measure);
        let kinds: Vec<&str> = measure.kinds.iter().map(|k| self.kind(*k)).collect();
        let kinds = self.and(&kinds);
        let window = self.window(measure.window);
        let mut filters = Vec::new();
        let mut only = |en: &str, zh: &str, names: Vec<String>| {
            if !names.is_empty() {
                let names = self.or(&names);
                filters.push(match self {
                    Self::En => format!("{en} {names}"),
                    Self::Zh => format!("{zh}{names}"),
                });
            }
        };
        only("of product line", "产品线为", self.all_quoted(&measure.product_lines));
        only("of SKU", "SKU 为", self.all_quoted(&measure.skus));
        only(
            "in the channel class",
            "渠道类别为",
            measure.channels.iter().map(|c| self.channel(*c).to_owned()).collect(),
        );
        only("in the region (with everything below it)", "地区（含下级）为", self.all_quoted(&measure.regions));
        only("in the sub-channel", "子渠道为", self.all_quoted(&measure.sub_channels));
        let filters = if filters.is_empty() {
            String::new()
        } else {
            let filters = self.and(&filters);
            say!(self, ", only those {filters}", "（仅限{filters}）")
        };
        match self {
            Self::En if kinds.is_empty() => format!("{what} of {whose}{filters}, {window}"),
            Self::En => format!("{what} from {kinds} of {whose}{filters}, {window}"),
            Self::Zh if kinds.is_empty() => format!("{whose}{window}的{what}{filters}"),
            Self::Zh => format!("{whose}{window}{kinds}的{what}{filters}"),
        }
    }

    fn field(self, measure: &Measure) -> String {
        let figure = &measure.figure;
        let known = match measure.field {
            MeasureField::Net => self.of("the sum of net amounts", "净额合计"),
            MeasureField::Gross => self.of("the sum of gross amounts", "毛额（折前）合计"),
            MeasureField::Profit => self.of("the sum of profit (net less cost)", "利润合计（净额减成本）"),
            MeasureField::Quantity => self.of("the sum of quantities", "数量合计"),
            MeasureField::Count => self.of("the number of facts", "笔数"),
            MeasureField::DistinctOrders => self.of("the number of different orders", "订单数（去重）"),
            MeasureField::DistinctCustomers => self.of("the number of different customers", "客户数（去重）"),
            MeasureField::DistinctSkus => self.of("the number of different SKUs", "SKU 数（去重）"),
            MeasureField::Figure => return say!(self, "the sum of the figure “{figure}”", "指标“{figure}”合计"),
        };
        if figure.is_empty() {
            known.to_owned()
        } else {
            say!(
                self,
                "{known} (with the figure “{figure}”, which it does not use)",
                "{known}（另写有不使用的指标“{figure}”）"
            )
        }
    }

    fn window(self, window: Window) -> String {
        match window {
            Window::Period => self.of("in the period", "本期").to_owned(),
            Window::YearToDate => {
                self.of("from the first day of the year to the end of the period", "年初至本期末").to_owned()
            }
            Window::TrailingMonths(n) => {
                say!(self, "in the {n} months up to the end of the period", "截至本期末的最近 {n} 个月")
            }
            Window::Since(day) => {
                let day = self.date(day);
                say!(self, "from {day} to the end of the period", "{day}起至本期末")
            }
            Window::SinceJoining => {
                self.of("from the first day of membership to the end of the period", "自加入之日起至本期末").to_owned()
            }
        }
    }

    /// What decides: "the attainment (measure ÷ target)".
    pub(super) fn indicator(self, indicator: &Indicator) -> String {
        match indicator {
            Indicator::Attainment => self.of("the attainment (measure ÷ target)", "达成率（计量值 ÷ 目标）").to_owned(),
            Indicator::Figure(name) => {
                say!(self, "the newest value of the figure “{name}” in the period", "本期内指标“{name}”的最新值")
            }
            Indicator::Measure(measure) => self.measure(measure, self.of("the payee", "收款方")),
            Indicator::ScoreCard(card) => self.score_card(card),
        }
    }

    fn score_card(self, card: &ScoreCard) -> String {
        let items: Vec<String> = card.items.iter().map(|item| self.score_item(item)).collect();
        let items = self.clauses(&items);
        say!(self, "the weighted score of [{items}]", "加权得分［{items}］")
    }

    fn score_item(self, item: &ScoreItem) -> String {
        let of = match &item.of {
            ScoreOf::Figure(name) => say!(self, "figure “{name}”", "指标“{name}”"),
            ScoreOf::Measure(measure) => self.measure(measure, self.of("the payee", "收款方")),
        };
        let title = self.heading(&item.title);
        let (weight, target) = (self.number(item.weight), self.number(item.target));
        let cap = item.cap.map_or_else(|| self.percent(tributary_core::Decimal::ONE), |cap| self.percent(cap));
        say!(
            self,
            "{title}{of}, against a target of {target}, counted to at most {cap}, with weight {weight}",
            "{title}{of}对目标 {target}，最多计 {cap}，权重 {weight}"
        )
    }

    /// The target of a rule.
    pub(super) fn target(self, target: &Target) -> String {
        let of = match &target.of {
            TargetOf::Amount(amount) => {
                let amount = self.number(*amount);
                say!(
                    self,
                    "the target is {amount} for everybody, for the whole window",
                    "目标为整个统计期 {amount}，人人相同"
                )
            }
            TargetOf::Figure(name) => {
                say!(
                    self,
                    "the target is the sum of the figure “{name}” over the window",
                    "目标为统计期内指标“{name}”之和"
                )
            }
        };
        let missing = match target.missing {
            MissingTarget::Skip => self.of("without one there is no line", "没有目标则不生成明细行"),
            MissingTarget::NoneAttained => self.of("without one the attainment is 0", "没有目标则达成率按 0 计"),
        };
        self.sentence(&self.clauses(&[of, missing.to_owned()]))
    }

    /// What one unit of the measure is, for rates that are no shares: "per order".
    pub(super) fn per_unit(self, rule: &Rule) -> &'static str {
        match rule.measure.as_ref().map(|m| m.field) {
            Some(MeasureField::Quantity) => self.of("per unit", "每件"),
            Some(MeasureField::Count) => self.of("per fact", "每笔"),
            Some(MeasureField::DistinctOrders) => self.of("per order", "每单"),
            Some(MeasureField::DistinctCustomers) => self.of("per customer", "每位客户"),
            Some(MeasureField::DistinctSkus) => self.of("per SKU", "每个 SKU"),
            _ => self.of("per unit of the figure", "每单位指标"),
        }
    }
}
