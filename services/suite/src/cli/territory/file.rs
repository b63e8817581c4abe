//! Files of regions: the official list as `code,name` with or without a header, or more columns with one.

use std::{collections::BTreeMap, io::Read as _, iter::successors, path::Path};

use flate2::read::MultiGzDecoder;
use tributary_proto::{
    google::r#type::Decimal,
    tributary::partner::v1::{GeoBox, GeoPoint, RegionImport, RegionShape},
};

use crate::cli::{Failure, lines::Lines};

/// Columns that a header may name; names by language are `name:LANGUAGE`.
const COLUMNS: [&str; 12] = [
    "code",
    "name",
    "district",
    "members",
    "parent",
    "latitude",
    "longitude",
    "radius",
    "south",
    "west",
    "north",
    "east",
];

/// A row, with the line in which it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RegionRow {
    pub line: u64,
    pub item: RegionImport,
}

/// Reads a file, broader regions first.
pub(super) fn read(path: &Path) -> Result<Vec<RegionRow>, Failure> {
    let cannot = |e: std::io::Error| Failure::usage(format!("{} cannot be read: {e}", path.display()));
    let bytes = std::fs::read(path).map_err(cannot)?;
    let text = if path.extension().is_some_and(|e| e == "gz") {
        let mut plain = Vec::new();
        MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut plain).map_err(cannot)?;
        plain
    } else {
        bytes
    };
    parse(&text).map_err(|e| Failure::usage(format!("{}: {e}", path.display())))
}

fn parse(text: &[u8]) -> Result<Vec<RegionRow>, String> {
    // Spreadsheets put a mark in front of UTF-8.
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(text);
    let (mut lines, mut columns): (_, Option<Vec<String>>) = (Lines::of(text), None);
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| format!("{e}; write it as CSV in UTF-8"))?;
        let line = lines.of_record(&record);
        let cells: Vec<&str> = record.iter().collect();
        if columns.is_none() {
            let is_code = cells.first().is_some_and(|c| c.len() == 6 && c.bytes().all(|b| b.is_ascii_digit()));
            if !is_code {
                columns = Some(header(&cells)?);
                continue;
            }
            columns = Some(vec!["code".to_owned(), "name".to_owned()]);
        }
        let columns = columns.as_deref().unwrap_or_default();
        if let Some(extra) = cells.iter().skip(columns.len()).find(|cell| !cell.is_empty()) {
            let column = columns.last().map_or("code", String::as_str);
            return Err(format!(
                "line {line}: {extra:?} stands behind the last column, {column}; put names with commas in quotes"
            ));
        }
        let named = columns.iter().map(String::as_str).zip(cells).filter(|(_, cell)| !cell.is_empty());
        let named: BTreeMap<&str, &str> = named.collect();
        if !named.is_empty() {
            rows.push(RegionRow { line, item: item(&named).map_err(|e| format!("line {line}: {e}"))? });
        }
    }
    let items = rows.iter().map(|row| &row.item).filter(|item| !item.parent_code.is_empty());
    let parents: BTreeMap<String, String> = items.map(|item| (item.code.clone(), item.parent_code.clone())).collect();
    rows.sort_by_key(|row| breadth(&row.item, &parents));
    Ok(rows)
}

fn header(cells: &[&str]) -> Result<Vec<String>, String> {
    let mut names: Vec<String> = cells.iter().map(|cell| cell.to_lowercase()).collect();
    // The language is written as it is meant: zh-Hans.
    for (name, cell) in names.iter_mut().zip(cells) {
        if let (Some("name"), Some((_, language))) = (name.split(':').next(), cell.split_once(':')) {
            *name = format!("name:{language}");
        }
    }
    if let Some((_, twice)) = names.iter().enumerate().find(|(n, name)| names.iter().take(*n).any(|n| n == *name)) {
        return Err(format!("{twice:?} stands twice in the header; leave one of the columns out"));
    }
    let unknown = names.iter().find(|name| !COLUMNS.contains(&name.as_str()) && !name.starts_with("name:"));
    match unknown {
        None => Ok(names),
        Some(name) => {
            Err(format!("{name:?} is no column and no code of GB/T 2260; known: {}, name:LANGUAGE", COLUMNS.join(", ")))
        }
    }
}

fn item(cells: &BTreeMap<&str, &str>) -> Result<RegionImport, String> {
    let text = |column: &str| cells.get(column).map(|cell| (*cell).to_owned()).unwrap_or_default();
    let point = |latitude: &str, longitude: &str| match (cells.get(latitude), cells.get(longitude)) {
        (None, None) => Ok(None),
        (Some(north), Some(east)) => {
            let degrees = |value: &str| Some(Decimal { value: value.to_owned() });
            Ok(Some(GeoPoint { latitude: degrees(north), longitude: degrees(east) }))
        }
        _ => Err(format!("{latitude} and {longitude} need each other; give both or none")),
    };
    let radius_meters = match cells.get("radius") {
        None => 0,
        Some(metres) => metres.parse().map_err(|_| format!("{metres:?} is no whole number of metres"))?,
    };
    let corners = (point("south", "west")?, point("north", "east")?);
    let bounds = match corners {
        (None, None) => None,
        (south_west, north_east) => Some(GeoBox { south_west, north_east }),
    };
    let shape = RegionShape { centre: point("latitude", "longitude")?, radius_meters, r#box: bounds };
    let names = cells.iter().filter_map(|(column, cell)| Some((column.strip_prefix("name:")?, cell)));
    Ok(RegionImport {
        code: text("code"),
        district_id: text("district"),
        parent_code: text("parent"),
        display_name: text("name"),
        names: names.map(|(language, name)| (language.to_owned(), (*name).to_owned())).collect(),
        member_codes: text("members").split_whitespace().map(str::to_owned).collect(),
        shape: Some(shape).filter(|shape| *shape != RegionShape::default()),
        etag: String::new(),
    })
}

/// Countries, provinces, cities, counties; districts at the end. Batches follow each other, so broader ones go first.
fn breadth(item: &RegionImport, parents: &BTreeMap<String, String>) -> usize {
    let code = item.code.as_str();
    match code.len() {
        0 => 9,
        2 => 0,
        // Divisions nest; the bound is for those that name each other.
        _ if code.contains('-') => successors(Some(code), |c| parents.get(*c).map(String::as_str)).take(4).count(),
        _ if code.ends_with("0000") => 1,
        _ if code.ends_with("00") => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn the_official_list_is_read_with_and_without_a_header() {
        for text in [
            "340111,包河区\n340100,合肥市\n340000,安徽省\n",
            "\u{feff}code,name\n340111,包河区\n\n340100, 合肥市\n340000,安徽省\n",
        ] {
            let rows = parse(text.as_bytes()).expect("rows");
            let codes: Vec<_> = rows.iter().map(|r| (r.item.code.as_str(), r.item.display_name.as_str())).collect();
            assert_eq!(codes, [("340000", "安徽省"), ("340100", "合肥市"), ("340111", "包河区")]);
            assert!(rows.iter().all(|row| row.item.shape.is_none()));
        }
    }

    #[test]
    fn more_columns_have_a_header() {
        let text = "code,name,name:en,district,members,latitude,longitude,radius,south,west,north,east\n\
            ,华东,,east-china,310000 340000,,,,,,,\n340000,安徽省,Anhui,,,31.86,117.28,,29.3,114.8,34.7,119.7\n";
        let rows = parse(text.as_bytes()).expect("rows");
        let anhui = &rows[0].item;
        assert_eq!((rows[0].line, anhui.names["en"].as_str()), (3, "Anhui"));
        let shape = anhui.shape.as_ref().expect("a shape");
        assert_eq!(shape.centre.as_ref().expect("centre").latitude.as_ref().expect("degrees").value, "31.86");
        assert_eq!(
            shape
                .r#box
                .as_ref()
                .expect("box")
                .north_east
                .as_ref()
                .expect("corner")
                .longitude
                .as_ref()
                .expect("degrees")
                .value,
            "119.7"
        );
        assert_eq!(rows[1].item.member_codes, ["310000", "340000"]);
    }

    #[test]
    fn divisions_come_after_those_in_which_they_lie() {
        let text =
            "code,name,parent,name:zh-Hans\nFR-3,c,FR-2,\nFR-2,b,FR-1,\nFR-1,a,,甲\nFR,France,,\nUS-CA,California,,\n";
        let rows = parse(text.as_bytes()).expect("rows");
        let codes: Vec<_> = rows.iter().map(|row| row.item.code.as_str()).collect();
        assert_eq!(codes, ["FR", "FR-1", "US-CA", "FR-2", "FR-3"]);
        assert_eq!(rows[1].item.names["zh-Hans"], "甲");
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (text, hint) in [
            ("340100,合肥市\n340111,包河区,庐州\n", "line 2: \"庐州\" stands behind the last column, name"),
            ("code,name,Name\n340100,合肥市,庐州\n", "\"name\" stands twice"),
            ("code,nme\n", "\"nme\" is no column"),
            ("code,name,latitude,longitude\n340100,合肥市,31.8,\n", "line 2: latitude and longitude"),
            ("\n340100,合肥市\n\n340111,包河区,庐州\n", "line 4: \"庐州\" stands behind the last column, name"),
            ("code,name,radius\n340100,合肥市,far\n", "\"far\""),
        ] {
            let said = parse(text.as_bytes()).expect_err("wrong");
            assert!(said.contains(hint), "{said}");
        }
    }
}
