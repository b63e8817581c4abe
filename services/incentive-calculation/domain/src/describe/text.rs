//! Languages, and numbers, rates, dates and lists for people.

use tributary_core::{Currency, Date, Decimal};

use crate::{
    canonical::decimal_text,
    explain::grouped,
    fact::{ChannelClass, FactKind},
};

/// A language of sentences.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Chinese, simplified.
    Zh,
}

/// The same in both languages, side by side: `say!(language, "at most {x}", "最多 {x}")`.
macro_rules! say {
    ($language:expr, $en:literal, $zh:literal) => {
        match $language {
            $crate::describe::Language::En => format!($en),
            $crate::describe::Language::Zh => format!($zh),
        }
    };
}
pub(crate) use say;

impl Language {
    /// One of two fixed texts.
    pub(crate) fn of(self, en: &'static str, zh: &'static str) -> &'static str {
        match self {
            Self::En => en,
            Self::Zh => zh,
        }
    }

    /// A number with separators: "1,000,000", "0.5".
    pub(crate) fn number(self, value: Decimal) -> String {
        grouped(&decimal_text(value))
    }

    /// A ratio as a percentage: "15 %", "15%".
    pub(crate) fn percent(self, ratio: Decimal) -> String {
        let Some(hundred) = ratio.checked_mul(Decimal::ONE_HUNDRED) else { return decimal_text(ratio) };
        let text = grouped(&decimal_text(hundred));
        say!(self, "{text} %", "{text}%")
    }

    /// An amount in a currency: "10,000 CNY", "10,000 元".
    pub(super) fn money(self, value: Decimal, currency: Currency) -> String {
        let (text, code) = (self.number(value), currency.code());
        match (self, code) {
            (Self::Zh, "CNY") => format!("{text} 元"),
            (Self::En | Self::Zh, _) => format!("{text} {code}"),
        }
    }

    /// A day.
    pub(crate) fn date(self, day: Date) -> String {
        let (y, m, d) = day.ymd();
        match self {
            Self::En => day.to_string(),
            Self::Zh => format!("{y} 年 {m} 月 {d} 日"),
        }
    }

    /// "a, b and c", "a、b 和 c".
    pub(super) fn and<S: AsRef<str>>(self, items: &[S]) -> String {
        self.list(items, self.of(" and ", "和"))
    }

    /// "a, b or c", "a、b 或 c".
    pub(super) fn or<S: AsRef<str>>(self, items: &[S]) -> String {
        self.list(items, self.of(" or ", "或"))
    }

    fn list<S: AsRef<str>>(self, items: &[S], last: &str) -> String {
        let Some((end, rest)) = items.split_last() else { return String::new() };
        if rest.is_empty() {
            return end.as_ref().to_owned();
        }
        let rest: Vec<&str> = rest.iter().map(AsRef::as_ref).collect();
        format!("{}{last}{}", rest.join(self.of(", ", "、")), end.as_ref())
    }

    /// Clauses of one sentence: "a; b", "a;b".
    pub(super) fn clauses(self, items: &[String]) -> String {
        items.join(self.of("; ", "；"))
    }

    /// A sentence out of clauses: first letter large, full stop.
    pub(super) fn sentence(self, text: &str) -> String {
        let mut letters = text.chars();
        let first: String = letters.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
        let text = format!("{first}{}", letters.as_str());
        if text.ends_with(['.', '。', '!', '?', '…']) {
            return text;
        }
        say!(self, "{text}.", "{text}。")
    }

    /// A name in quotes.
    pub(crate) fn quoted(self, name: &str) -> String {
        format!("“{name}”")
    }

    /// Names in quotes.
    pub(super) fn all_quoted(self, names: &[String]) -> Vec<String> {
        names.iter().map(|name| self.quoted(name)).collect()
    }

    /// What people call something: its title with its id, or its id.
    pub(super) fn titled(self, title: &str, id: &str) -> String {
        if title.is_empty() || title == id {
            return self.quoted(id);
        }
        say!(self, "“{title}” ({id})", "“{title}”（{id}）")
    }

    /// A title before a sentence, if there is one: "Certified service: ".
    pub(super) fn heading(self, title: &str) -> String {
        if title.is_empty() { String::new() } else { say!(self, "{title}: ", "{title}：") }
    }

    pub(super) fn kind(self, kind: FactKind) -> &'static str {
        match kind {
            FactKind::SellIn => self.of("sell-in", "进货（sell-in）"),
            FactKind::SellOut => self.of("sell-out", "销货（sell-out）"),
            FactKind::Return => self.of("returns", "退货"),
            FactKind::Adjustment => self.of("adjustments", "调整"),
        }
    }

    pub(super) fn channel(self, channel: ChannelClass) -> &'static str {
        match channel {
            ChannelClass::Online => self.of("online", "线上"),
            ChannelClass::Offline => self.of("offline", "线下"),
            ChannelClass::Emerging => self.of("emerging", "新兴"),
        }
    }
}
