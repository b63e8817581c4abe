//! Texts as small numbers, so that counting never compares texts.

use std::collections::HashMap;

/// Texts and their numbers, in the order in which they were first seen.
#[derive(Debug, Default)]
pub(super) struct Names {
    numbers: HashMap<Box<str>, u32>,
}

impl Names {
    /// The number of a text, a new one for a new text. More than 2³² texts do not fit any memory; callers bound them.
    pub(super) fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        self.numbers.insert(text.into(), number);
        number
    }

    /// The texts in byte order, and for each number the place of its text in that order.
    pub(super) fn into_ranked(self) -> (Vec<Box<str>>, Vec<u32>) {
        let mut order: Vec<(Box<str>, u32)> = self.numbers.into_iter().collect();
        order.sort_unstable();
        let mut ranks = vec![0; order.len()];
        for ((_, number), rank) in order.iter().zip(0_u32..) {
            if let Some(slot) = usize::try_from(*number).ok().and_then(|n| ranks.get_mut(n)) {
                *slot = rank;
            }
        }
        (order.into_iter().map(|(text, _)| text).collect(), ranks)
    }
}
