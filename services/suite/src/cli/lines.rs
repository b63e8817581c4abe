//! In which line of a file a record stands.

/// How far a text is read. The reader of CSV counts a record from the empty lines before it and stops before the "\n" of a "\r\n",
/// so that its lines are too small.
pub(super) struct Lines<'a> {
    text: &'a [u8],
    byte: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    /// Of a text that the reader begins with.
    pub(super) const fn of(text: &'a [u8]) -> Self {
        Self { text, byte: 0, line: 1 }
    }

    /// The line of a record, after the empty lines before it; records are asked for in their order.
    pub(super) fn of_record(&mut self, record: &csv::StringRecord) -> u64 {
        let byte = record.position().map_or(0, csv::Position::byte);
        let start = usize::try_from(byte).unwrap_or(usize::MAX).max(self.byte);
        let rest = self.text.get(start..).unwrap_or_default();
        let empty = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let end = start.saturating_add(empty);
        let passed = self.text.get(self.byte..end).unwrap_or_default();
        let lines = passed.iter().filter(|byte| **byte == b'\n').count();
        self.byte = end;
        self.line = self.line.saturating_add(u64::try_from(lines).unwrap_or(u64::MAX));
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn records_are_told_by_their_own_lines() {
        for (text, expected) in [
            ("a\nb\nc\n", vec![1, 2, 3]),
            ("\n\na\n\n\nb\n", vec![3, 6]),
            ("a\r\nb\r\n\r\nc", vec![1, 2, 4]),
            ("\"a\nb\",1\nc\n", vec![1, 3]),
        ] {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
            let mut lines = Lines::of(text.as_bytes());
            let told: Vec<u64> = reader.records().map(|record| lines.of_record(&record.expect("CSV"))).collect();
            assert_eq!(told, expected, "{text:?}");
        }
    }
}
