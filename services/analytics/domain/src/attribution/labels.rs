//! What gets credit (a channel, a partner) as a small number, so that counting never compares texts.

use std::collections::HashMap;

use tributary_core::Fault;

use crate::reasons::ATTRIBUTION_TOO_LARGE;

/// Names and their numbers, in the order in which they were first seen.
#[derive(Debug, Default)]
pub struct Labels {
    numbers: HashMap<String, u16>,
    names: Vec<String>,
}

impl Labels {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of a name, a new one for a new name.
    ///
    /// # Errors
    /// `ATTRIBUTION_TOO_LARGE` above 65,535 names.
    pub fn number(&mut self, name: &str) -> Result<u16, Fault> {
        if let Some(number) = self.numbers.get(name) {
            return Ok(*number);
        }
        let number = u16::try_from(self.names.len()).ok().filter(|n| *n < u16::MAX).ok_or_else(|| {
            let message = "the journeys name more than 65535 channels or partners; ask for fewer days";
            Fault::new(ATTRIBUTION_TOO_LARGE, message)
        })?;
        self.numbers.insert(name.to_owned(), number);
        self.names.push(name.to_owned());
        Ok(number)
    }

    /// How many names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The names in byte order, and for each number the place of its name in that order.
    pub(super) fn ranked(&self) -> (Vec<String>, Vec<u16>) {
        let mut order: Vec<(&String, u16)> = self.names.iter().zip(0..u16::MAX).collect();
        order.sort_unstable();
        let mut ranks = vec![0; order.len()];
        for ((_, number), rank) in order.iter().zip(0..u16::MAX) {
            if let Some(slot) = ranks.get_mut(usize::from(*number)) {
                *slot = rank;
            }
        }
        (order.into_iter().map(|(name, _)| name.clone()).collect(), ranks)
    }
}

/// The rank of a number; numbers come from the labels, so each has one.
pub(super) fn rank(ranks: &[u16], number: u16) -> u16 {
    ranks.get(usize::from(number)).copied().unwrap_or_default()
}
