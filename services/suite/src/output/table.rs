//! Plain tables for a terminal.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

/// To which side the cells of a column go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// A table with a header and a rule below it.
#[must_use]
pub fn table(columns: &[(&str, Align)], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(|(name, _)| *name));
    for row in rows {
        table.add_row(row);
    }
    for (n, (_, align)) in columns.iter().enumerate() {
        if let Some(column) = table.column_mut(n) {
            column.set_padding((0, 2));
            column.set_cell_alignment(match align {
                Align::Left => CellAlignment::Left,
                Align::Right => CellAlignment::Right,
            });
        }
    }
    table.lines().map(|l| l.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// Names with their values, one per line; those without a value are left out.
#[must_use]
pub fn pairs(rows: &[(&str, String)]) -> String {
    let filled = || rows.iter().filter(|(_, value)| !value.is_empty());
    let width = filled().map(|(name, _)| name.len()).max().unwrap_or(0);
    filled().map(|(name, value)| format!("  {name:width$}  {value}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::pairs;

    #[test]
    fn pairs_stand_below_each_other() {
        let rows = [("who", "li.wei".to_owned()), ("why", String::new()), ("partner", "partners/p".to_owned())];
        assert_eq!(pairs(&rows), "  who      li.wei\n  partner  partners/p");
    }
}
