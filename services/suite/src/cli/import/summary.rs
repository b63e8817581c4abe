//! What an import tells at its end.

use std::path::PathBuf;

use super::ImportArgs;
use crate::{
    import::Finished,
    mapping::Words,
    output::{self, Align},
};

/// Prints what became of the rows.
pub(super) fn print(args: &ImportArgs, finished: &Finished) {
    let Finished { counts, rejects, stale_rejects } = finished;
    let Words { added, updated, unchanged } = args.what.words();
    let (added, unchanged) = (added.to_lowercase(), unchanged.to_lowercase());
    let updated = updated.map(str::to_lowercase);
    if args.json {
        let mut all = serde_json::Map::new();
        all.insert("rows".to_owned(), counts.total().into());
        all.insert(added, counts.added.into());
        all.extend(updated.map(|updated| (updated, counts.updated.into())));
        all.insert(unchanged, counts.unchanged.into());
        all.insert("refused".to_owned(), counts.refused.into());
        let shown = |path: &Option<PathBuf>| path.as_ref().map(|p| p.display().to_string());
        all.insert("rejects".to_owned(), shown(rejects).into());
        all.insert("stale_rejects".to_owned(), shown(stale_rejects).into());
        output::json_line(&serde_json::json!({ "summary": all }));
        return;
    }
    let row = |name: &str, n: u64| vec![name.to_owned(), output::grouped(&n.to_string())];
    let mut rows = vec![row(&added, counts.added)];
    rows.extend(updated.map(|updated| row(&updated, counts.updated)));
    rows.extend([row(&unchanged, counts.unchanged), row("refused", counts.refused), row("rows", counts.total())]);
    output::line(&output::table(
        &[(args.file.file_name().map_or("", |n| n.to_str().unwrap_or("")), Align::Left), ("", Align::Right)],
        &rows,
    ));
    if let Some(path) = rejects {
        let path = path.display();
        output::note(&format!(
            "rejected rows with reasons: {path}; correct them there and import that file with the same mapping"
        ));
    }
    if let Some(path) = stale_rejects {
        let path = path.display();
        output::note(&format!("{path} is left from an earlier import; no row was rejected this time, so delete it"));
    }
}
