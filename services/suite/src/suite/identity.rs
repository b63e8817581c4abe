//! The keys of internal tokens, who signs and whom this process believes; and the key of the evidence log.

use std::{
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use tributary_evidence::LogSigner;
use tributary_rpc::token::{TokenSigner, TokenVerifier};

use crate::settings::IdentitySettings;

/// A key for as long as the process lives: enough when all services are in it.
pub(super) fn signer_in_memory() -> anyhow::Result<Arc<TokenSigner>> {
    Ok(Arc::new(TokenSigner::generate()?))
}

/// The key in a file; made (mode 0600) when missing, with its public half beside it in `FILE.pub`.
pub(super) async fn signer_of_file(file: &Path) -> anyhow::Result<Arc<TokenSigner>> {
    let pem = pem_of(file, || {
        let made = TokenSigner::generate()?;
        Ok((made.private_pem()?, made.public_pem()?))
    });
    let signer = TokenSigner::from_pem(&pem.await?).with_context(|| format!("{} is no signing key", file.display()))?;
    Ok(Arc::new(signer))
}

/// The key in a file that signs heads of the evidence log; made in the same way when missing. It has to last: partners know
/// its public half.
pub(super) async fn log_signer(file: &Path) -> anyhow::Result<Arc<LogSigner>> {
    let pem = pem_of(file, || {
        let made = LogSigner::generate();
        Ok((made.private_pem()?, made.public_pem()?))
    });
    let signer = LogSigner::from_pem(&pem.await?).with_context(|| format!("{} is no signing key", file.display()))?;
    Ok(Arc::new(signer))
}

/// Makes the private and the public half of a key.
type Make = fn() -> anyhow::Result<(String, String)>;

async fn pem_of(file: &Path, make: Make) -> anyhow::Result<String> {
    let path = file.to_owned();
    let pem = tokio::task::spawn_blocking(move || read_or_make(&path, make)).await?;
    pem.with_context(|| format!("cannot read or make the signing key {}", file.display()))
}

/// Believes this process itself and everyone named in the settings.
pub(super) async fn verifier(settings: &IdentitySettings, own: &TokenSigner) -> anyhow::Result<TokenVerifier> {
    let mut pems = vec![own.public_pem()?];
    for key in &settings.trusted_keys {
        pems.push(if key.trim_start().starts_with("-----BEGIN") {
            key.clone()
        } else {
            let text = tokio::fs::read_to_string(key).await;
            text.with_context(|| format!("cannot read the trusted key {key:?}; give a PEM or the path of its file"))?
        });
    }
    Ok(TokenVerifier::from_pems(&pems)?)
}

fn read_or_make(file: &Path, make: Make) -> anyhow::Result<String> {
    match std::fs::read_to_string(file) {
        Err(e) if e.kind() == ErrorKind::NotFound => {}
        other => return Ok(other?),
    }
    let (private, public) = make()?;
    if let Some(directory) = file.parent() {
        std::fs::create_dir_all(directory)?;
    }
    // Written beside and linked into place: of several processes that start at once, one key wins, and it is whole.
    let part = beside(file, &format!("{:016x}.part", rand::random::<u64>()));
    write_secret(&part, &private)?;
    let linked = std::fs::hard_link(&part, file);
    std::fs::remove_file(&part)?;
    match linked {
        Ok(()) => std::fs::write(beside(file, "pub"), public)?,
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
        Err(e) => return Err(e.into()),
    }
    Ok(std::fs::read_to_string(file)?)
}

fn write_secret(file: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(file)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}.{suffix}", file.display()))
}

#[cfg(test)]
mod tests {
    use tributary_core::{RequestContext, Role, TenantId, Timestamp};

    use super::{signer_in_memory, signer_of_file, verifier};
    use crate::settings::IdentitySettings;

    #[tokio::test]
    async fn a_key_is_made_once_and_believed_by_its_public_half() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("deep").join("signing.key");
        let signer = signer_of_file(&file).await.expect("made");
        let again = signer_of_file(&file).await.expect("read");
        assert_eq!(signer.public_pem(), again.public_pem());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
        }

        let context = RequestContext {
            tenant: TenantId::default_tenant(),
            subject: "s".to_owned(),
            roles: vec![Role::Service],
            scope: tributary_core::Scope::Tenant,
            request_id: "r".to_owned(),
        };
        let token = signer.sign(&context, Timestamp(0)).expect("signed");
        let own = signer_in_memory().expect("a key");
        let public = format!("{}.pub", file.display());
        let pem = std::fs::read_to_string(&public).expect("written");
        for (trusted_keys, believed) in [(vec![], false), (vec![public], true), (vec![pem], true)] {
            let settings = IdentitySettings { signing_key_file: None, trusted_keys };
            let verifier = verifier(&settings, &own).await.expect("keys");
            assert_eq!(verifier.verify(&token, Timestamp(0)).is_ok(), believed);
        }
        let settings = IdentitySettings { signing_key_file: None, trusted_keys: vec!["nowhere.pub".to_owned()] };
        let why = verifier(&settings, &own).await.expect_err("missing").to_string();
        assert!(why.contains("nowhere.pub"), "{why}");
    }
}
