//! Computes a log anew from its entries and compares it with heads: the nodes of a proof know nothing of the texts.

use crate::{Frontier, Hash, Refused, leaf};

/// Takes the entries in their order, from the first one on.
#[derive(Debug, Clone)]
pub struct Recount {
    end: Frontier,
    /// Size and root of each head that was not reached yet, the largest first.
    heads: Vec<(u64, Hash)>,
}

impl Recount {
    /// For heads of one log, in any order.
    #[must_use]
    pub fn new(heads: impl IntoIterator<Item = (u64, Hash)>) -> Self {
        let mut heads: Vec<(u64, Hash)> = heads.into_iter().collect();
        heads.sort_unstable_by(|one, other| other.cmp(one));
        Self { end: Frontier::default(), heads }
    }

    /// Whether all heads were reached: what comes later belongs to none of them.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.heads.last().is_none_or(|(size, _)| self.heads.len() == 1 && *size == self.end.size())
    }

    /// Takes the next entry.
    ///
    /// # Errors
    /// [`Refused::Place`] when it is not at the next place, [`Refused::Entries`] when those before it are not those of a head.
    pub fn push(&mut self, position: u64, entry: &[u8]) -> Result<(), Refused> {
        self.compare()?;
        if position != self.end.size() {
            return Err(Refused::Place);
        }
        self.end.push(leaf(entry));
        Ok(())
    }

    /// Checks that the entries were those of every head.
    ///
    /// # Errors
    /// [`Refused::Entries`] when they were not, or too few.
    pub fn finish(mut self) -> Result<(), Refused> {
        self.compare()?;
        self.heads.last().map_or(Ok(()), |(size, _)| Err(Refused::Entries(*size)))
    }

    fn compare(&mut self) -> Result<(), Refused> {
        while let Some((size, root)) = self.heads.pop_if(|(size, _)| *size == self.end.size()) {
            if root != self.end.root() {
                return Err(Refused::Entries(size));
            }
        }
        Ok(())
    }
}
