//! Files of items: CSV with a header, every bad line told at once.

use std::{collections::BTreeMap, path::Path};

use tributary_proto::tributary::incentive::v1::PriceItem;

use crate::cli::{Failure, lines::Lines, look::money};

const COLUMNS: [&str; 5] = ["sku", "list_price", "unit", "product_line", "floor_price"];

/// An item, with the line in which it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ItemRow {
    pub line: u64,
    pub item: PriceItem,
}

/// Reads the items of a list in a currency.
pub(super) fn read(path: &Path, currency: &str) -> Result<Vec<ItemRow>, Failure> {
    let told = |what: String| Failure::usage(format!("{}: {what}", path.display()));
    let bytes = std::fs::read(path).map_err(|e| told(format!("cannot be read: {e}")))?;
    parse(&bytes, currency).map_err(told)
}

fn parse(bytes: &[u8], currency: &str) -> Result<Vec<ItemRow>, String> {
    // Spreadsheets put a mark in front of UTF-8.
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text);
    let header = reader.headers().map_err(|e| format!("{e}; write it as CSV in UTF-8"))?.clone();
    let known = COLUMNS.join(", ");
    if let Some(unknown) = header.iter().find(|name| !COLUMNS.contains(name)) {
        return Err(format!("line 1: {unknown:?} is no column; known: {known}"));
    }
    if let Some(missing) = ["sku", "list_price"].into_iter().find(|name| !header.iter().any(|known| known == *name)) {
        return Err(format!("line 1: the column {missing} is missing; known: {known}"));
    }
    let (mut rows, mut faults, mut seen) = (Vec::new(), Vec::new(), BTreeMap::new());
    let mut lines = Lines::of(text);
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(e) => {
                faults.push(format!("{e}; write it as CSV in UTF-8"));
                break;
            }
        };
        let line = lines.of_record(&record);
        if record.len() > header.len() {
            faults.push(format!("line {line}: there are more cells than columns; put names with commas in quotes"));
            continue;
        }
        let cells: BTreeMap<&str, &str> = header.iter().zip(record.iter()).collect();
        let cell = |name: &str| cells.get(name).copied().unwrap_or_default();
        let sku = cell("sku").to_owned();
        if sku.is_empty() {
            faults.push(format!("line {line}: sku is empty"));
        }
        if let Some(first) = seen.insert(sku.clone(), line).filter(|_| !sku.is_empty()) {
            faults.push(format!("line {line}: {sku} stands in line {first}, too"));
        }
        let mut amount = |name: &str| match money(cell(name), currency) {
            Ok(amount) => Some(amount),
            Err(e) => {
                faults.push(format!("line {line}: {name}: {e}"));
                None
            }
        };
        let list_price = amount("list_price");
        let floor_price = if cell("floor_price").is_empty() { None } else { amount("floor_price") };
        let (unit, product_line) = (cell("unit").to_owned(), cell("product_line").to_owned());
        rows.push(ItemRow { line, item: PriceItem { sku, list_price, unit, product_line, floor_price } });
    }
    if rows.is_empty() && faults.is_empty() {
        return Err("has no items".to_owned());
    }
    if faults.is_empty() { Ok(rows) } else { Err(faults.join("\n  ")) }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn items_are_read_with_their_lines() {
        let text = "\u{feff}sku,list_price,product_line,floor_price\nA,34.9900,\"helmets, red\",30\n\nB, 5 ,,\n";
        let rows = parse(text.as_bytes(), "CNY").expect("items");
        let told: Vec<_> = rows.iter().map(|r| (r.line, &*r.item.sku, &*r.item.product_line)).collect();
        assert_eq!(told, [(2, "A", "helmets, red"), (4, "B", "")]);
        let price = rows[0].item.list_price.clone().expect("a price");
        assert_eq!((price.currency_code.as_str(), price.units, price.nanos), ("CNY", 34, 990_000_000));
        assert!(rows[0].item.floor_price.is_some() && rows[1].item.floor_price.is_none());
    }

    #[test]
    fn every_bad_line_is_told() {
        let text = "sku,list_price\nA,1\n,2\nA,3\nB,x\nC,1,2\n";
        let told = parse(text.as_bytes(), "CNY").expect_err("bad");
        for part in
            ["line 3: sku is empty", "line 4: A stands in line 2, too", "line 5: list_price: ", "line 6: there are"]
        {
            assert!(told.contains(part), "{part}: {told}");
        }
        let told = parse(b"sku,price\nA,1\n", "CNY").expect_err("no such column");
        assert_eq!(told, "line 1: \"price\" is no column; known: sku, list_price, unit, product_line, floor_price");
        assert!(parse(b"sku\nA\n", "CNY").expect_err("no price").contains("list_price is missing"));
    }
}
