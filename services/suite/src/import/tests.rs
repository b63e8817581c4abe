//! Files by hand: rows, faults, rejects and their way back.

use std::{fs, io::Write as _, path::Path, sync::Arc};

use super::{Batch, Batches, Counts, Format, RejectWriter, SourceFile, State};
use crate::mapping::{Mapping, load, parse};

const HEADER: &str = "order_no,line_no,order_date,partner_id,sku,qty,currency,gross_amount,cost_amount,net_amount";

fn write(directory: &Path, name: &str, bytes: &[u8]) -> SourceFile {
    let path = directory.join(name);
    fs::write(&path, bytes).expect("written");
    SourceFile::open(&path).expect("opened")
}

fn batches(file: &SourceFile, mapping: &Mapping, size: usize, skip: u64) -> Vec<Batch> {
    let all = Batches::open(file, mapping, size, skip, Arc::default()).expect("opened");
    all.map(|b| b.expect("batch")).collect()
}

#[test]
fn rejects_are_corrected_and_go_in() {
    let directory = tempfile::tempdir().expect("directory");
    let mapping = load("order-lines").expect("mapping");
    let text = format!(
        "{HEADER}\nSO1,1,2012-07-01,P1,A,1,USD,1,1,10.5\nSO1,2,2012-07-01,P1,A,one,USD,1,1,ten\n\
         SO1,3,2012-07-01,P1,\"A, B\",1,USD,1,1,3\nSO1,4,2012-07-01,P1,A, B,1,USD,1,1,4\nSO1,5,2012-07-01\n"
    );
    let file = write(directory.path(), "orders.csv", text.as_bytes());
    let all = batches(&file, &mapping, 500, 0);
    assert_eq!((all.len(), all[0].facts.len(), all[0].rejects.len(), all[0].rows_end), (1, 2, 3, 5));
    assert_eq!(all[0].facts[1].sku, "A, B");

    let path = directory.path().join("orders.csv.rejects.csv");
    let mut writer = RejectWriter::new(path.clone(), Format::Csv, b',', 0);
    all[0].rejects.iter().for_each(|r| writer.write(r).expect("written"));
    let length = writer.flush().expect("flushed");
    let written = fs::read_to_string(&path).expect("read");
    assert_eq!(usize::try_from(length), Ok(written.len()));
    let lines: Vec<&str> = written.lines().collect();
    assert_eq!(
        lines[0],
        format!("reject_line,reject_field,reject_value,reject_reason,reject_remedy,reject_source_id,{HEADER}")
    );
    // The fields come in the order in which they are read: amounts first.
    assert!(lines[1].starts_with("3,net | quantity,ten | one,"), "{}", lines[1]);
    assert!(lines[1].ends_with(",SO1,2,2012-07-01,P1,A,one,USD,1,1,ten"), "{}", lines[1]);
    let eleven = r#"5,row,"SO1,4,2012-07-01,P1,A, B,1,USD,1,1,4","the row has 11 cells, the header has 10","#;
    assert!(lines[2].starts_with(eleven) && lines[2].ends_with(",,,,,,,,,,"), "{}", lines[2]);
    let three = r#"6,row,"SO1,5,2012-07-01","the row has 3 cells, the header has 10","#;
    assert!(lines[3].starts_with(three) && lines[3].ends_with(",,,,,,,,,,"), "{}", lines[3]);

    let corrected = written.replace("one,USD,1,1,ten", "1,USD,1,1,10");
    let corrected: Vec<&str> = corrected.lines().take(2).collect();
    let file = write(directory.path(), "corrected.csv", corrected.join("\n").as_bytes());
    let again = batches(&file, &mapping, 500, 0);
    assert_eq!((again[0].facts.len(), again[0].rejects.len()), (1, 0));
    assert_eq!(again[0].facts[0].source_id, "SO1/2");
}

/// Writes the rejects of a batch as an import does, and reads them as the next one does.
fn again(directory: &Path, name: &str, batch: &Batch, mapping: &Mapping) -> Batch {
    let path = directory.join(name);
    let mut writer = RejectWriter::new(path.clone(), Format::of(&path).expect("known"), mapping.delimiter, 0);
    batch.rejects.iter().for_each(|r| writer.write(r).expect("written"));
    writer.flush().expect("flushed");
    batches(&SourceFile::open(&path).expect("opened"), mapping, 500, 0).remove(0)
}

#[test]
fn a_row_with_a_wrong_number_of_cells_stays_out_until_it_is_restored() {
    let directory = tempfile::tempdir().expect("directory");
    let mapping = load("order-lines").expect("mapping");
    // 1,000 without quotes: cut to the header, net would be 800 instead of 950.
    let text = format!("{HEADER}\nSO1,1,2012-07-01,P1,A,1,USD,1,000,800,950\nSO1,2,2012-07-01,P1,\"A, B\",1,USD,1,1\n");
    let file = write(directory.path(), "orders.csv", text.as_bytes());
    let first = batches(&file, &mapping, 500, 0).remove(0);
    assert_eq!((first.facts.len(), first.rejects.len()), (0, 2));
    let lines = ["SO1,1,2012-07-01,P1,A,1,USD,1,000,800,950", "SO1,2,2012-07-01,P1,\"A, B\",1,USD,1,1"];
    let mut last = first;
    for n in 0..3 {
        last = again(directory.path(), &format!("{n}.rejects.csv"), &last, &mapping);
        assert_eq!((last.facts.len(), last.rejects.len()), (0, 2), "try {n}");
        for (reject, line) in last.rejects.iter().zip(lines) {
            assert_eq!(reject.faults.len(), 1);
            assert_eq!((reject.faults[0].field.as_str(), reject.faults[0].value.as_str()), ("row", line));
        }
    }
    let written = fs::read_to_string(directory.path().join("2.rejects.csv")).expect("read");
    let restored = written.replacen("\",,,,,,,,,,\n", "\",SO1,1,2012-07-01,P1,A,1,USD,\"1,000\",800,950\n", 1);
    let restored = restored.replacen(",,,,,,,,,,,\n", ",,SO1,1,2012-07-01,P1,A,1,USD,1000,800,950\n", 1);
    let file = write(directory.path(), "restored.csv", restored.as_bytes());
    let batch = batches(&file, &mapping, 500, 0).remove(0);
    assert_eq!((batch.facts.len(), batch.rejects.len()), (1, 1));
    assert_eq!(batch.facts[0].net.as_ref().map(|m| m.units), Some(950));
}

#[test]
fn other_rows_of_a_wrong_form_stay_out_too() {
    let directory = tempfile::tempdir().expect("directory");
    let mapping = load("order-lines").expect("mapping");
    let mut bytes = format!("{HEADER}\n").into_bytes();
    bytes.extend(b"SO1,1,2012-07-01,P\xfc1,A,1,USD,1,1,1\n");
    let file = write(directory.path(), "latin.csv", &bytes);
    let first = batches(&file, &mapping, 500, 0).remove(0);
    let second = again(directory.path(), "latin.csv.rejects.csv", &first, &mapping);
    assert_eq!((second.facts.len(), second.rejects.len()), (0, 1));

    let mapping =
        parse("m.yaml", &JSON_MAPPING.replace("target: facts", "target: facts\nunknown: ignore")).expect("mapping");
    let line = r#"{"id": "3", "amount": "7", "customer"#;
    let file = write(directory.path(), "f.jsonl", line.as_bytes());
    let first = batches(&file, &mapping, 500, 0).remove(0);
    let second = again(directory.path(), "f.jsonl.rejects.jsonl", &first, &mapping);
    assert_eq!((second.facts.len(), second.rejects.len()), (0, 1));
    assert_eq!((second.rejects[0].faults.len(), second.rejects[0].faults[0].value.as_str()), (1, line));

    // The id that a row was given stays its id.
    let mapping = load("invoices-with-credit-notes").expect("mapping");
    let text = "invoice_no,is_return,ts,partner_id,country,sku,qty,unit_price\nA,0,2010-12-01T08:26:00,1,UK,S,1\n";
    let file = write(directory.path(), "i.csv", text.as_bytes());
    let first = batches(&file, &mapping, 500, 0).remove(0);
    let second = again(directory.path(), "i.csv.rejects.csv", &first, &mapping);
    let expected = Some(format!("{}-line-2", &file.digest[..12]));
    assert_eq!((first.rejects[0].source_id.clone(), second.rejects[0].source_id.clone()), (expected.clone(), expected));
}

#[test]
fn rejects_of_an_earlier_import_are_told_apart() {
    let directory = tempfile::tempdir().expect("directory");
    for (name, text, stale) in [
        ("a.csv", "reject_line,reject_field,reject_value\n2,net,x\n", true),
        ("b.csv", "\u{feff}\"reject_line\";\"reject_field\"\n", true),
        ("c.csv", "line,net\n1,2\n", false),
        ("d.csv", "", false),
        ("e.jsonl", "{\"amount\":\"1\",\"reject_line\":\"2\"}\n", true),
        ("f.jsonl", "{\"amount\":\"1\"}\n", false),
    ] {
        let path = directory.path().join(name);
        fs::write(&path, text).expect("written");
        let format = Format::of(&path).expect("known");
        assert_eq!(RejectWriter::new(path.clone(), format, b',', 0).is_stale(), stale, "{name}");
        assert!(!RejectWriter::new(path, format, b',', 9).is_stale(), "{name} is of this import");
    }
    assert!(!RejectWriter::new(directory.path().join("none.csv"), Format::Csv, b',', 0).is_stale());
}

#[test]
fn rejects_of_counted_rows_keep_their_source_id() {
    let directory = tempfile::tempdir().expect("directory");
    let mapping = load("invoices-with-credit-notes").expect("mapping");
    let text = "invoice_no,is_return,ts,partner_id,country,sku,qty,unit_price\n\
                A,0,2010-12-01T08:26:00,1,UK,S,1,1\nA,0,2010-12-01T08:26:00,1,UK,S,x,1\n\
                A,0,2010-12-01T08:26:00,1,UK,S,1,1,9\nA,0,2010-12-01T08:26:00,1,UK,S,1,1\n";
    let file = write(directory.path(), "i.csv", text.as_bytes());
    let batch = batches(&file, &mapping, 500, 0).remove(0);
    let ids: Vec<&str> = batch.facts.iter().map(|f| f.source_id.as_str()).collect();
    assert_eq!(ids, ["A/1", "A/3"]);
    assert_eq!(batch.rejects[0].source_id.as_deref(), Some("A/2"));
    let odd = batch.rejects[1].source_id.clone().expect("by its line");
    assert_eq!(odd, format!("{}-line-4", &file.digest[..12]));

    // What was durable is left out, and still counted.
    let rest = batches(&file, &mapping, 500, 2);
    assert_eq!((rest[0].rows, rest[0].rows_end, rest[0].facts[0].source_id.as_str()), (2, 4, "A/3"));
}

#[test]
fn gzip_byte_order_marks_and_line_ends_are_no_matter() {
    let directory = tempfile::tempdir().expect("directory");
    let mapping = load("order-lines").expect("mapping");
    let text = format!("\u{feff}{HEADER}\r\nSO1,1,2012-07-01,P1,A,1,USD,1,1,10.5\r\n");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(text.as_bytes()).expect("packed");
    let file = write(directory.path(), "orders.csv.gz", &gzip.finish().expect("packed"));
    let all = batches(&file, &mapping, 500, 0);
    assert_eq!((all[0].facts.len(), all[0].items[0].row.line), (1, 2));
    assert!(SourceFile::open(&directory.path().join("orders.xlsx")).is_err_and(|e| e.contains(".csv or .jsonl")));
    let empty = write(directory.path(), "empty.csv", b"");
    assert!(empty.rows(b',', Arc::default()).is_err_and(|e| e.contains("no header line")));
}

const JSON_MAPPING: &str = r#"
apiVersion: tributary/v1
kind: Mapping
target: facts
source_id: "{id}"
fields:
  source_system: {const: shop}
  partner_external_ref: {system: {const: shop}, id: {from: customer.id}}
  kind: {const: SELL_OUT}
  occurred_on: {from: day}
  currency: {const: CNY}
  net: {from: amount}
"#;

#[test]
fn json_lines_keep_their_digits() {
    let directory = tempfile::tempdir().expect("directory");
    let mapping = parse("m.yaml", JSON_MAPPING).expect("mapping");
    let lines = concat!(
        r#"{"id": 1, "customer": {"id": "C1"}, "day": "2025-11-11", "amount": 12345678901.123456}"#,
        "\n\n",
        r#"{"id": "2", "customer": {"id": "C1"}, "day": "2025-11-11", "amount": "7.10", "tip": 1}"#,
        "\n",
        r#"{"id": "3", "customer"#,
        "\n",
        r#"{"id": "4", "customer": {"id": null}, "day": "2025-11-11", "amount": 1e3}"#,
        "\n",
        r#"{"id": "5", "customer": {"id": "\ud800"}, "day": "2025-11-11", "amount": 1}"#,
        "\n",
    );
    let file = write(directory.path(), "f.jsonl", lines.as_bytes());
    let batch = batches(&file, &mapping, 500, 0).remove(0);
    let net = batch.facts[0].net.clone().expect("net");
    assert_eq!((batch.facts.len(), net.units, net.nanos), (1, 12_345_678_901, 123_456_000));
    let reasons: Vec<(u64, String)> = batch
        .rejects
        .iter()
        .map(|r| (r.row.line, r.faults.iter().map(|f| f.reason.clone()).collect::<Vec<_>>().join(" | ")))
        .collect();
    assert_eq!(reasons[0], (3, "the mapping does not name this key".to_owned()));
    assert!(reasons[1].0 == 4 && reasons[1].1.starts_with("the line is not a JSON object"), "{reasons:?}");
    assert!(reasons[2].0 == 5 && reasons[2].1.contains("\"1e3\" is not a number"), "{reasons:?}");
    assert_eq!(reasons[3].0, 6, "half a character is not nothing: {reasons:?}");
    let json = batch.rejects[0].to_json();
    assert_eq!(
        (json["reject_field"].as_str(), json["amount"].as_str(), json["customer.id"].as_str()),
        (Some("tip"), Some("7.10"), Some("C1"))
    );
}

#[test]
fn equal_partners_are_sent_once_in_a_row() {
    let directory = tempfile::tempdir().expect("directory");
    let mapping = load("invoice-customers").expect("mapping");
    let file = write(directory.path(), "i.csv", b"invoice_no,partner_id\n1,7\n2,7\n3,8\n4,7\n");
    let batch = batches(&file, &mapping, 500, 0).remove(0);
    assert_eq!((batch.partners.len(), batch.repeated, batch.rows_end), (2, 2, 4));
}

#[test]
fn an_interrupted_reject_file_goes_on_where_it_was() {
    let directory = tempfile::tempdir().expect("directory");
    let mapping = load("order-lines").expect("mapping");
    let text = format!("{HEADER}\nSO1,1,x,P1,A,1,USD,1,1,1\nSO1,2,y,P1,A,1,USD,1,1,1\n");
    let file = write(directory.path(), "orders.csv", text.as_bytes());
    let rejects = batches(&file, &mapping, 500, 0).remove(0).rejects;
    let path = directory.path().join("r.csv");
    let mut writer = RejectWriter::new(path.clone(), Format::Csv, b',', 0);
    writer.write(&rejects[0]).expect("written");
    let kept = writer.flush().expect("flushed");
    writer.write(&rejects[1]).expect("written");
    writer.flush().expect("flushed");

    let mut writer = RejectWriter::new(path.clone(), Format::Csv, b',', kept);
    writer.write(&rejects[1]).expect("written");
    writer.flush().expect("flushed");
    let lines: Vec<String> = fs::read_to_string(&path).expect("read").lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[1].starts_with("2,") && lines[2].starts_with("3,"), "{lines:?}");
}

#[test]
fn a_state_counts_for_the_same_import_only() {
    let directory = tempfile::tempdir().expect("directory");
    let path = directory.path().join("s.state");
    let like = State { file_digest: "f".into(), mapping_digest: "m".into(), server: "s".into(), ..State::default() };
    let counts = Counts { added: 3, refused: 1, ..Counts::default() };
    let saved = State { rows: 4, counts, witness: Some(("erp".into(), "SO1/1".into())), ..like.clone() };
    saved.save(&path).expect("saved");
    assert_eq!(State::load(&path, &like), Some(saved));
    assert_eq!(State::load(&path, &State { server: "other".into(), ..like.clone() }), None);
    assert_eq!(State::load(&path, &State { mapping_digest: "other".into(), ..like.clone() }), None);
    State::remove(&path);
    assert_eq!(State::load(&path, &like), None);
}

#[test]
fn records_go_in_batches_that_fit_into_a_message() {
    let directory = tempfile::tempdir().expect("directory");
    let mapping = load("contracts").expect("mapping");
    let header = "contract_no,partner,title,effective_from,effective_to,annual_purchase_commitment,currency,\
                  payment_days,deposit_rate,owner,state";
    let row = |n: u32, length: usize| format!("C-{n},alpine,{},2026-01-01,,,CNY,,,,\n", "T".repeat(length));
    let rows: String = (1..=4).map(|n| row(n, 900_000)).collect();
    let text = format!("{header}\n{rows}{}", row(5, 1_100_000));
    let file = write(directory.path(), "register.csv", text.as_bytes());
    let all = batches(&file, &mapping, 500, 0);
    // Three of 900,000 bytes are the first to reach 2 MiB; more than 1 MiB is no row.
    let sizes: Vec<_> = all.iter().map(|b| (b.records.len(), b.rejects.len(), b.rows_end)).collect();
    assert_eq!(sizes, [(3, 0, 3), (1, 1, 5)]);
    let fault = &all[1].rejects[0].faults[0];
    assert!(fault.field == "row" && fault.reason.ends_with("and 1048576 are the most"), "{fault:?}");
}
