//! A settlement as a page that a partner can read and print: one HTML document without scripts and outside references.

use std::fmt::Write as _;

use super::{AdjustmentKind, Form, HoldKind, Outcome, Settlement, State};

/// A language of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Chinese.
    Chinese,
}

const STYLE: &str = "@page{size:A4;margin:18mm}body{font:11pt/1.45 'Noto Sans','Noto Sans CJK SC','PingFang SC',\
     'Microsoft YaHei',sans-serif;color:#111;max-width:180mm;margin:auto}h1{font-size:18pt;margin:0 0 2mm}h2{font-size:13pt;\
     margin:8mm 0 2mm}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:1.2mm 2mm;border-bottom:.2mm \
     solid #ccc;vertical-align:top}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}tr{\
     break-inside:avoid}tr.sum td{font-weight:600;border-top:.4mm solid #111}small{color:#555}";

/// A text in both languages.
type Said = (&'static str, &'static str);

const TITLE: Said = ("Settlement statement", "结算单");
const PARTNER: Said = ("Partner", "合作伙伴");
const PROGRAMME: Said = ("Programme", "激励方案");
const PERIOD: Said = ("Period", "结算周期");
const STATE: Said = ("State", "状态");
const FORM: Said = ("Form of settlement", "结算方式");
const NUMBER: Said = ("Number", "编号");
const DISPUTE: Said = ("Lines can be disputed until", "异议截止日期");
const LINES: Said = ("What was earned", "激励明细");
const LINE: Said = ("Line", "项目");
const AMOUNT: Said = ("Amount", "金额");
const HELD: Said = ("held back", "暂缓支付");
const ADJUSTMENTS: Said = ("Adjustments", "调整项");
const SUMMARY: Said = ("Summary", "汇总");
const OPENING: Said = ("Brought forward", "期初余额");
const EARNED: Said = ("Earned", "本期激励");
const ADJUSTED: Said = ("Adjusted", "调整");
const WITHHELD: Said = ("Held back", "暂缓支付");
const TAX: Said = ("Tax withheld", "代扣税款");
const PAYABLE: Said = ("Payable", "应付金额");
const CLOSING: Said = ("Carried forward", "期末余额");
const REMITTANCE: Said = ("Remittance advice", "付款通知");
const REFERENCE: Said = ("Reference", "付款编号");
const PAID_ON: Said = ("Date", "付款日期");
const INVOICE: Said = ("Red-letter invoice", "红字发票");

fn state(state: State) -> Said {
    match state {
        State::Draft => ("draft", "草稿"),
        State::InReview => ("in review", "审核中"),
        State::Approved => ("approved", "已批准"),
        State::Locked => ("locked", "已锁定"),
        State::Exported => ("in payment", "付款中"),
        State::Paid => ("paid", "已支付"),
        State::Failed => ("payment failed", "付款失败"),
    }
}

fn form(form: Form) -> Said {
    match form {
        Form::Cash => ("cash", "现金"),
        Form::InvoiceDiscount => ("invoice discount", "票折"),
        Form::Goods => ("goods", "货返"),
        Form::RebateAccount => ("credit to the rebate account", "计入返利账户"),
        Form::PrepaymentAccount => ("credit to the prepayment account", "计入预存账户"),
        Form::DepositAccount => ("credit to the deposit account", "计入保证金账户"),
        Form::OverdraftAccount => ("repayment of the overdraft", "偿还透支"),
    }
}

fn adjustment(kind: AdjustmentKind) -> Said {
    match kind {
        AdjustmentKind::Correction => ("Correction", "更正"),
        AdjustmentKind::Deposit => ("Deposit", "保证金"),
        AdjustmentKind::Draw => ("Advance", "预支"),
        AdjustmentKind::Fee => ("Fee", "费用"),
        AdjustmentKind::Release => ("Released", "解除暂缓"),
    }
}

fn hold(kind: HoldKind) -> Said {
    match kind {
        HoldKind::Rule => ("by the plan", "方案规定"),
        HoldKind::Manual => ("by decision", "人工决定"),
        HoldKind::Dispute => ("disputed", "异议"),
    }
}

/// Writes a page.
struct Page<'a> {
    settlement: &'a Settlement,
    language: Language,
    html: String,
}

impl Settlement {
    /// The page in a language.
    #[must_use]
    pub fn page(&self, language: Language) -> String {
        let mut page = Page { settlement: self, language, html: String::new() };
        page.write();
        page.html
    }
}

impl Page<'_> {
    fn say(&self, said: Said) -> &'static str {
        match self.language {
            Language::English => said.0,
            Language::Chinese => said.1,
        }
    }

    fn put(&mut self, text: &str) {
        self.html.push_str(text);
    }

    fn write(&mut self) {
        let s = self.settlement;
        let (title, name) = (self.say(TITLE), escaped(&s.partner_display_name));
        let lang = match self.language {
            Language::English => "en",
            Language::Chinese => "zh-CN",
        };
        self.put(&format!(
            "<!DOCTYPE html><html lang=\"{lang}\"><head><meta charset=\"utf-8\"><title>{title} {} {name}</title><style>{STYLE}\
             </style></head><body><h1>{title}</h1><table>",
            escaped(&s.period)
        ));
        self.fact(PARTNER, &s.partner_display_name);
        self.fact(PROGRAMME, &s.programme);
        self.fact(PERIOD, &s.period);
        self.fact(NUMBER, &s.id);
        self.fact(STATE, self.say(state(s.state)));
        self.fact(FORM, self.say(form(s.terms.form)));
        if let Some(until) = s.dispute_until.filter(|_| s.terms.dispute_days > 0) {
            self.fact(DISPUTE, &until.to_string());
        }
        self.put("</table>");
        self.lines();
        self.adjustments();
        self.summary();
        self.remittance();
        self.put("</body></html>\n");
    }

    fn fact(&mut self, what: Said, value: &str) {
        let what = self.say(what);
        // Writing to a String cannot fail.
        let _ = write!(self.html, "<tr><th>{what}</th><td>{}</td></tr>", escaped(value));
    }

    fn row(&mut self, what: &str, note: &str, amount: i64, class: &str) {
        let note = if note.is_empty() { String::new() } else { format!("<br><small>{}</small>", escaped(note)) };
        let amount = self.settlement.money(amount).number();
        let _ = write!(self.html, "<tr{class}><td>{}{note}</td><td class=\"n\">{amount}</td></tr>", escaped(what));
    }

    fn head(&mut self, title: Said) {
        let (title, line, amount) = (self.say(title), self.say(LINE), self.say(AMOUNT));
        let currency = self.settlement.currency;
        let _ = write!(
            self.html,
            "<h2>{title}</h2><table><tr><th>{line}</th><th class=\"n\">{amount} ({currency})</th></tr>"
        );
    }

    fn lines(&mut self) {
        self.head(LINES);
        for line in &self.settlement.lines {
            let held = if line.withheld() > 0 { line.holds.as_slice() } else { &[] };
            let why = held.iter().map(|h| format!("{} ({}): {}", self.say(HELD), self.say(hold(h.kind)), h.reason));
            let why = why.collect::<Vec<_>>().join("; ");
            self.row(&line.title, &why, line.amount, "");
        }
        self.put("</table>");
    }

    fn adjustments(&mut self) {
        if self.settlement.adjustments.is_empty() {
            return;
        }
        self.head(ADJUSTMENTS);
        for made in &self.settlement.adjustments {
            self.row(self.say(adjustment(made.kind)), &made.reason, made.amount, "");
        }
        self.put("</table>");
    }

    fn summary(&mut self) {
        self.head(SUMMARY);
        let amounts = self.settlement.amounts;
        let rows = [
            (OPENING, amounts.opening),
            (EARNED, amounts.earned),
            (ADJUSTED, amounts.adjusted),
            (WITHHELD, amounts.withheld.saturating_neg()),
            (TAX, amounts.tax.saturating_neg()),
        ];
        for (what, amount) in rows {
            self.row(self.say(what), "", amount, "");
        }
        self.row(self.say(PAYABLE), "", amounts.payable, " class=\"sum\"");
        self.row(self.say(CLOSING), "", amounts.closing, "");
        self.put("</table>");
    }

    fn remittance(&mut self) {
        let paid = self.settlement.payments.iter().filter_map(|payment| payment.outcome.as_ref());
        let paid = paid.filter_map(|outcome| match outcome {
            Outcome::Paid { reference, paid_on, red_letter_invoice } => Some((reference, paid_on, red_letter_invoice)),
            Outcome::Failed { .. } => None,
        });
        for (reference, paid_on, invoice) in paid {
            let title = self.say(REMITTANCE);
            let _ = write!(self.html, "<h2>{title}</h2><table>");
            self.fact(REFERENCE, reference);
            self.fact(PAID_ON, &paid_on.to_string());
            self.fact(AMOUNT, &self.settlement.money(self.settlement.amounts.payable).to_string());
            if !invoice.is_empty() {
                self.fact(INVOICE, invoice);
            }
            self.put("</table>");
        }
    }
}

/// A text that HTML shows as it is.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
