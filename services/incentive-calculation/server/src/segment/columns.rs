//! A segment as facts: columns that are wanted, and one fact after the other from them.

use incentive_calculation_domain::{
    engine::{Fields, MeasuredFact},
    fact::{ChannelClass, FactKind},
};
use tributary_core::Currency;

use super::{FORMAT, bytes::Bytes, first_day};

/// Bytes of a content digest.
const DIGEST: usize = 32;

/// A decoded segment.
#[derive(Debug)]
pub struct Columns<'a> {
    first_day: i64,
    /// Kind and day, one byte each.
    days: &'a [u8],
    rows: Vec<Row<'a>>,
    batches: Vec<i64>,
    gross: Vec<i64>,
    cost: Vec<i64>,
    quantity: Vec<i64>,
    channel: Vec<i64>,
    sku: Texts<'a>,
    product_line: Texts<'a>,
    region: Texts<'a>,
    sub_channel: Texts<'a>,
    order: Texts<'a>,
    customer: Texts<'a>,
}

/// What decides always.
#[derive(Debug, Clone, Copy)]
struct Row<'a> {
    currency: Currency,
    net: i64,
    system: &'a str,
    id: &'a str,
    /// Key and digest as the digest of a line takes them in.
    identity: &'a [u8],
    content_hash: &'a [u8; DIGEST],
}

/// A column of texts; empty when it is not wanted.
#[derive(Debug, Default)]
struct Texts<'a> {
    different: Vec<&'a str>,
    index: Vec<usize>,
}

impl<'a> Texts<'a> {
    fn decode(bytes: &'a [u8], facts: usize) -> Option<Self> {
        let mut bytes = Bytes(bytes);
        let count = bytes.size().filter(|count| *count <= facts)?;
        let different = (0..count).map(|_| std::str::from_utf8(bytes.bytes()?).ok());
        let different = different.collect::<Option<Vec<_>>>()?;
        let index = (0..facts).map(|_| bytes.size().filter(|at| *at < count)).collect::<Option<Vec<_>>>()?;
        bytes.0.is_empty().then_some(Self { different, index })
    }

    fn get(&self, row: usize) -> &'a str {
        self.index.get(row).and_then(|at| self.different.get(*at)).copied().unwrap_or_default()
    }
}

impl<'a> Columns<'a> {
    /// Decodes a segment of a month: the fields that are wanted, and batches when they are. Whoever wants no fields may
    /// give an empty `rest`. `None`: these are not the bytes of a segment.
    #[must_use]
    pub fn decode(month: i64, core: &'a [u8], rest: &'a [u8], fields: Fields, batches: bool) -> Option<Self> {
        let mut columns = Self::core(first_day(month)?, core, batches)?;
        if fields != Fields::default() {
            columns.rest(rest, fields)?;
        }
        Some(columns)
    }

    fn core(first_day: i64, core: &'a [u8], batches: bool) -> Option<Self> {
        let mut core = Bytes(core);
        (core.take(1)? == [FORMAT]).then_some(())?;
        let facts = core.size()?;
        let different = core.size().filter(|count| *count <= facts)?;
        let code = |code: &[u8]| Currency::parse(std::str::from_utf8(code).ok()?).ok();
        let currencies = core.take(different.checked_mul(3)?)?.chunks(3).map(code).collect::<Option<Vec<_>>>()?;
        let days = core.take(facts)?;
        let currency = (0..facts).map(|_| currencies.get(if different > 1 { core.size()? } else { 0 }).copied());
        let currency = currency.collect::<Option<Vec<_>>>()?;
        let nets = core.numbers(facts)?;
        let lengths = (0..facts).map(|_| Some((core.size()?, core.size()?))).collect::<Option<Vec<_>>>()?;
        let mut rows = Vec::with_capacity(facts);
        for ((currency, net), (system, id)) in currency.into_iter().zip(nets).zip(lengths) {
            let identity = core.take(system.checked_add(id)?.checked_add(DIGEST + 2)?)?;
            let (system, after) = identity.split_at_checked(system)?;
            let (id, digest) = after.get(1..)?.split_at_checked(id)?;
            rows.push(Row {
                currency,
                net,
                system: std::str::from_utf8(system).ok()?,
                id: std::str::from_utf8(id).ok()?,
                identity,
                content_hash: digest.get(1..)?.try_into().ok()?,
            });
        }
        let mut through = 0_i64;
        let mut next = || {
            through = through.wrapping_add(core.number()?);
            Some(through)
        };
        let wanted = if batches { facts } else { 0 };
        let batches = (0..wanted).map(|_| next()).collect::<Option<Vec<_>>>()?;
        (wanted == 0 || core.0.is_empty()).then_some(())?;
        Some(Self {
            first_day,
            days,
            rows,
            batches,
            gross: Vec::new(),
            cost: Vec::new(),
            quantity: Vec::new(),
            channel: Vec::new(),
            sku: Texts::default(),
            product_line: Texts::default(),
            region: Texts::default(),
            sub_channel: Texts::default(),
            order: Texts::default(),
            customer: Texts::default(),
        })
    }

    fn rest(&mut self, rest: &'a [u8], fields: Fields) -> Option<()> {
        let (mut rest, facts) = (Bytes(rest), self.rows.len());
        for (column, wanted) in [
            (&mut self.gross, fields.gross),
            (&mut self.cost, fields.cost),
            (&mut self.quantity, fields.quantity),
            (&mut self.channel, fields.channel),
        ] {
            let bytes = rest.bytes()?;
            if wanted {
                let mut bytes = Bytes(bytes);
                *column = bytes.numbers(facts)?;
                bytes.0.is_empty().then_some(())?;
            }
        }
        for (column, wanted) in [
            (&mut self.sku, fields.sku),
            (&mut self.product_line, fields.product_line),
            (&mut self.region, fields.region),
            (&mut self.sub_channel, fields.sub_channel),
            (&mut self.order, fields.order),
            (&mut self.customer, fields.customer),
        ] {
            let bytes = rest.bytes()?;
            if wanted {
                *column = Texts::decode(bytes, facts)?;
            }
        }
        rest.0.is_empty().then_some(())
    }

    /// How many facts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Key and digest of a fact as [`MeasuredFact::identity`] has them, in one piece.
    #[must_use]
    pub fn identity(&self, row: usize) -> Option<&'a [u8]> {
        self.rows.get(row).map(|row| row.identity)
    }

    /// The batch of a fact, where batches were wanted.
    #[must_use]
    pub fn batch(&self, row: usize) -> Option<i64> {
        self.batches.get(row).copied()
    }

    /// The day of a fact.
    #[must_use]
    pub fn day(&self, row: usize) -> Option<i64> {
        self.first_day.checked_add(i64::from(self.days.get(row)? & 31))
    }

    /// A fact, for a payee's number; fields that are not wanted are empty.
    #[must_use]
    pub fn fact(&self, row: usize, payee: u32) -> Option<MeasuredFact<'a>> {
        let always = self.rows.get(row)?;
        let number = |column: &[i64]| column.get(row).copied().unwrap_or(0);
        Some(MeasuredFact {
            payee,
            day: self.day(row)?,
            kind: FactKind::from_number(i64::from(self.days.get(row)? >> 5))?,
            currency: always.currency,
            net: always.net,
            gross: number(&self.gross),
            cost: number(&self.cost),
            quantity: number(&self.quantity),
            product_line: self.product_line.get(row),
            sku: self.sku.get(row),
            channel: ChannelClass::from_number(number(&self.channel)),
            sub_channel: self.sub_channel.get(row),
            order_id: self.order.get(row),
            customer_key: self.customer.get(row),
            original_source_id: "",
            region: self.region.get(row),
            source_system: always.system,
            source_id: always.id,
            content_hash: always.content_hash,
        })
    }
}
