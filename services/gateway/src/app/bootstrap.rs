//! The first key of an installation: without it nobody could make a key.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use tributary_core::{Fault, Role, TenantId};

use crate::{
    app::create_key::random_key,
    key::ApiKey,
    ports::{KeyRecord, Ports},
};

/// On the very first start makes a key of tenant "default", subject "bootstrap", role admin, writes it to `file`
/// (mode 0600) and gives it back. On any later start does nothing, also when that key was revoked or its file removed.
///
/// # Errors
/// Store faults; `INTERNAL` when the file cannot be written: then no key was made either.
pub async fn bootstrap(ports: &Ports, file: &Path) -> Result<Option<ApiKey>, Fault> {
    let now = ports.clock.now();
    let key = random_key(ports.entropy.as_ref())?;
    let mut tx = ports.store.begin().await?;
    if !tx.claim_first_start(key.prefix(), now).await? {
        return Ok(None);
    }
    tx.insert(&KeyRecord {
        tenant: TenantId::default_tenant(),
        prefix: key.prefix().to_owned(),
        subject: "bootstrap".to_owned(),
        roles: vec![Role::Admin],
        partners: Vec::new(),
        secret_hash: key.hash(),
        creator: "bootstrap".to_owned(),
        create_time: now,
        expire_time: None,
        revoke_time: None,
    })
    .await?;
    // The file comes before the commit: a key without its file would lock everybody out for ever, a file without its
    // key is overwritten by the next start.
    let (path, text) = (file.to_owned(), key.reveal());
    let written = tokio::task::spawn_blocking(move || write_secret(&path, &text)).await;
    written
        .map_err(|e| e.to_string())
        .and_then(|result| result.map_err(|e| e.to_string()))
        .map_err(|e| Fault::internal(format!("cannot write the bootstrap key to {}: {e}", file.display())))?;
    tx.commit().await?;
    Ok(Some(key))
}

/// Writes a secret so that only its owner can read it, all of it or nothing.
fn write_secret(path: &Path, text: &str) -> std::io::Result<()> {
    let part = PathBuf::from(format!("{}.part", path.display()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // A leftover of a start that was killed; it may have another mode.
    let _ = std::fs::remove_file(&part);
    let mut file = options.open(&part)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    std::fs::rename(part, path)
}
