//! Accounts: who holds them, what for, and how far they may go down.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use tributary_core::{Currency, Fault, ResourceId};

/// The side on which an account grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Assets and costs.
    Debit,
    /// Liabilities and income.
    Credit,
}

/// Whose kind of account a purpose is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Partner,
    Fund,
    House,
}

/// What an account is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Earned and not yet settled.
    Accrued,
    /// Settled and to be paid.
    Payable,
    /// Earned, but held back.
    Withheld,
    /// All that was ever handed over for payment.
    Paid,
    /// To be used against orders.
    Rebate,
    /// Paid in ahead of orders.
    Prepayment,
    /// Security held by the brand.
    Deposit,
    /// Points, units, goods that may be claimed.
    Entitlement,
    /// Earnings to be given back.
    Clawback,
    /// Draws and advances to be recovered.
    Advance,
    /// Credit the brand granted.
    Overdraft,
    /// Goods in the partner's custody.
    Loaned,
    /// What a fund or third party holds.
    Fund,
    /// Cost of incentives.
    Expense,
    /// Money.
    Cash,
    /// Points and units that were issued.
    Issued,
    /// Goods.
    Stock,
    /// Forfeitures, fees.
    Income,
    /// Tax withheld.
    Tax,
}

/// Purpose, its name, whose it is, the side on which it grows: the chart of accounts.
const CHART: [(Purpose, &str, Of, Side); 19] = [
    (Purpose::Accrued, "accrued", Of::Partner, Side::Credit),
    (Purpose::Payable, "payable", Of::Partner, Side::Credit),
    (Purpose::Withheld, "withheld", Of::Partner, Side::Credit),
    (Purpose::Paid, "paid", Of::Partner, Side::Credit),
    (Purpose::Rebate, "rebate", Of::Partner, Side::Credit),
    (Purpose::Prepayment, "prepayment", Of::Partner, Side::Credit),
    (Purpose::Deposit, "deposit", Of::Partner, Side::Credit),
    (Purpose::Entitlement, "entitlement", Of::Partner, Side::Credit),
    (Purpose::Clawback, "clawback", Of::Partner, Side::Debit),
    (Purpose::Advance, "advance", Of::Partner, Side::Debit),
    (Purpose::Overdraft, "overdraft", Of::Partner, Side::Debit),
    (Purpose::Loaned, "loaned", Of::Partner, Side::Debit),
    (Purpose::Fund, "fund", Of::Fund, Side::Credit),
    (Purpose::Expense, "expense", Of::House, Side::Debit),
    (Purpose::Cash, "cash", Of::House, Side::Debit),
    (Purpose::Issued, "issued", Of::House, Side::Debit),
    (Purpose::Stock, "stock", Of::House, Side::Debit),
    (Purpose::Income, "income", Of::House, Side::Credit),
    (Purpose::Tax, "tax", Of::House, Side::Credit),
];

impl Purpose {
    fn row(self) -> (&'static str, Of, Side) {
        let row = CHART.iter().find(|row| row.0 == self);
        row.map_or(("", Of::House, Side::Debit), |(_, name, of, side)| (name, *of, *side))
    }

    /// Its name in names of accounts.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.row().0
    }

    /// The side on which its accounts grow.
    #[must_use]
    pub fn side(self) -> Side {
        self.row().2
    }

    /// How far the available amount may go down when nobody set it: 0, for the house without end.
    #[must_use]
    pub fn floor(self) -> Option<i64> {
        (self.row().1 != Of::House).then_some(0)
    }
}

/// Who holds an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holder {
    /// The brand.
    House,
    /// A partner, last part of its resource name.
    Partner(ResourceId),
    /// A fund or third party.
    Fund(ResourceId),
}

/// What names an account; accounts are ordered by it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountKey {
    /// Who holds it.
    pub holder: Holder,
    /// What for.
    pub purpose: Purpose,
    /// Currency or code of the commodity.
    pub commodity: String,
}

const COLLECTION: &str = "ledgerAccounts/";

impl AccountKey {
    /// The account of a partner, given by the last part of its name, in a currency.
    ///
    /// # Errors
    /// `INTERNAL` for a partner whose id is none; none is ever kept.
    pub fn of_partner(partner: &str, purpose: Purpose, currency: Currency) -> Result<Self, Fault> {
        let holder = Holder::Partner(ResourceId::parse(partner).map_err(Fault::internal)?);
        Ok(Self { holder, purpose, commodity: currency.code().to_owned() })
    }

    /// The account of the house in a currency.
    #[must_use]
    pub fn of_house(purpose: Purpose, currency: Currency) -> Self {
        Self { holder: Holder::House, purpose, commodity: currency.code().to_owned() }
    }

    /// Resource name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{COLLECTION}{self}")
    }

    /// Reads a resource name.
    ///
    /// # Errors
    /// A sentence that names the value and the form.
    pub fn of_name(name: &str) -> Result<Self, String> {
        let id = name.strip_prefix(COLLECTION).ok_or_else(|| {
            format!("{name:?} is no account; use a name such as \"ledgerAccounts/partner.ID.payable.CNY\"")
        })?;
        Self::parse(id)
    }

    /// Reads the last part of a resource name.
    ///
    /// # Errors
    /// A sentence that names the value and the form.
    pub fn parse(id: &str) -> Result<Self, String> {
        let parts: Vec<&str> = id.split('.').collect();
        let (holder, of, purpose, commodity) = match parts.as_slice() {
            ["house", purpose, commodity] => (Holder::House, Of::House, *purpose, *commodity),
            ["partner", id, purpose, commodity] => {
                (Holder::Partner(ResourceId::parse(id)?), Of::Partner, *purpose, *commodity)
            }
            ["fund", id, purpose, commodity] => (Holder::Fund(ResourceId::parse(id)?), Of::Fund, *purpose, *commodity),
            _ => {
                return Err(format!(
                    "{id:?} is no account; use \"house.PURPOSE.COMMODITY\", \"partner.ID.PURPOSE.COMMODITY\" or \
                     \"fund.ID.fund.COMMODITY\""
                ));
            }
        };
        let row = CHART.iter().find(|row| row.1 == purpose && row.2 == of);
        let Some((purpose, ..)) = row else {
            let known: Vec<&str> = CHART.iter().filter(|row| row.2 == of).map(|row| row.1).collect();
            return Err(format!("{purpose:?} is no purpose of such an account; use one of {}", known.join(", ")));
        };
        if Currency::parse(commodity).is_err() && ResourceId::parse(commodity).is_err() {
            return Err(format!("{commodity:?} is neither a currency such as CNY nor the code of a commodity"));
        }
        Ok(Self { holder, purpose: *purpose, commodity: commodity.to_owned() })
    }

    /// The partner, if a partner holds it.
    #[must_use]
    pub fn partner(&self) -> Option<&ResourceId> {
        match &self.holder {
            Holder::Partner(id) => Some(id),
            Holder::House | Holder::Fund(_) => None,
        }
    }
}

impl fmt::Display for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.holder {
            Holder::House => f.write_str("house")?,
            Holder::Partner(id) => write!(f, "partner.{id}")?,
            Holder::Fund(id) => write!(f, "fund.{id}")?,
        }
        write!(f, ".{}.{}", self.purpose.as_str(), self.commodity)
    }
}

impl Serialize for AccountKey {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AccountKey {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(d)?).map_err(D::Error::custom)
    }
}

/// An account with its sums, in whole units of its commodity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// What names it.
    pub key: AccountKey,
    /// The available amount never goes below this; `None`: no limit.
    pub floor: Option<i64>,
    /// Whether it takes no new movements.
    pub closed: bool,
    /// Sum of all debits that count.
    pub debits_posted: i64,
    /// Sum of all credits that count.
    pub credits_posted: i64,
    /// Debits that are reserved.
    pub debits_pending: i64,
    /// Credits that are reserved.
    pub credits_pending: i64,
    /// Number of the entry that changed it last.
    pub entry: i64,
}

impl Account {
    /// An account that nothing has moved yet.
    #[must_use]
    pub fn new(key: AccountKey) -> Self {
        let floor = key.purpose.floor();
        Self {
            key,
            floor,
            closed: false,
            debits_posted: 0,
            credits_posted: 0,
            debits_pending: 0,
            credits_pending: 0,
            entry: 0,
        }
    }

    /// What counts, on the side on which it grows. Sums are at or above 0, so that their difference fits.
    #[must_use]
    pub fn balance(&self) -> i64 {
        match self.key.purpose.side() {
            Side::Debit => self.debits_posted.saturating_sub(self.credits_posted),
            Side::Credit => self.credits_posted.saturating_sub(self.debits_posted),
        }
    }

    /// The balance less what pending transactions may take from it.
    #[must_use]
    pub fn available(&self) -> i128 {
        let pending = match self.key.purpose.side() {
            Side::Debit => self.credits_pending,
            Side::Credit => self.debits_pending,
        };
        i128::from(self.balance()).saturating_sub(i128::from(pending))
    }

    /// Changes with everything that happens to it.
    #[must_use]
    pub fn etag(&self) -> String {
        format!("e{}", self.entry)
    }

    /// Whether nothing is in it and nothing is reserved.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.balance() == 0 && self.debits_pending == 0 && self.credits_pending == 0
    }
}
