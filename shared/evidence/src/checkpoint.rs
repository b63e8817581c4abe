//! Signed heads in the form of C2SP tlog-checkpoint: a text of origin, size and root, and below it the signatures of C2SP
//! signed-note. Tools of other logs (witnesses, monitors) read them as they are.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{Hash, LogKey, LogSigner, Refused, key::is_name};

/// What a head says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log. Example: "tributary/incentive/default".
    pub origin: String,
    /// How many entries it has.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    /// Reads the text; lines after the third (extensions of other logs) are refused.
    fn read(text: &str) -> Result<Self, Refused> {
        let wrong = || Refused::Form("is not a checkpoint of origin, size and root, a line each".to_owned());
        let mut lines = text.split('\n');
        let mut next = || lines.next().ok_or_else(wrong);
        let (origin, size, root) = (next()?, next()?, next()?);
        let read = Self {
            origin: origin.to_owned(),
            size: size.parse().map_err(|_| wrong())?,
            root: STANDARD.decode(root).ok().and_then(|root| root.try_into().ok()).ok_or_else(wrong)?,
        };
        // One text for one head: no leading zeros, no other ends of lines.
        if read.text() == text { Ok(read) } else { Err(wrong()) }
    }

    /// The signed note.
    ///
    /// # Errors
    /// When the origin cannot be the name of a key.
    pub fn sign(&self, signer: &LogSigner) -> Result<String, Refused> {
        if !is_name(&self.origin) {
            return Err(Refused::Form(format!(
                "{:?} is no origin: it has spaces, a plus sign, or nothing",
                self.origin
            )));
        }
        let text = self.text();
        let signature = STANDARD.encode(signer.sign(&self.origin, &text));
        let mut note = format!("{text}\n");
        // Writing to a String cannot fail.
        let _ = writeln!(note, "\u{2014} {} {signature}", self.origin);
        Ok(note)
    }
}

/// A signed note that was read, not believed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    checkpoint: Checkpoint,
    text: String,
    /// Name and bytes (key id and signature) of each.
    signatures: Vec<(String, Vec<u8>)>,
}

impl Note {
    /// Reads a signed checkpoint.
    ///
    /// # Errors
    /// What is not in its form.
    pub fn read(note: &str) -> Result<Self, Refused> {
        let wrong = |what: &str| Refused::Form(format!("is not a signed checkpoint: {what}"));
        let (text, below) =
            note.split_once("\n\n").ok_or_else(|| wrong("an empty line above the signatures is missing"))?;
        let text = format!("{text}\n");
        let below = below.strip_suffix('\n').ok_or_else(|| wrong("the last line does not end"))?;
        let signatures = below.split('\n').map(|line| {
            let (name, bytes) = line
                .strip_prefix("\u{2014} ")
                .and_then(|rest| rest.split_once(' '))
                .ok_or_else(|| wrong("a line below the text is no signature"))?;
            let bytes = STANDARD.decode(bytes).map_err(|_| wrong("a signature is not in base64"))?;
            Ok((name.to_owned(), bytes))
        });
        Ok(Self { checkpoint: Checkpoint::read(&text)?, signatures: signatures.collect::<Result<_, Refused>>()?, text })
    }

    /// How many signatures stand below it.
    #[must_use]
    pub fn signatures(&self) -> usize {
        self.signatures.len()
    }

    /// What the head says, once a signature by the key holds. Signatures by others are left aside.
    ///
    /// # Errors
    /// When the key did not sign it, or is that of another log.
    pub fn verified(&self, key: &LogKey) -> Result<&Checkpoint, Refused> {
        let holds = self.signatures.iter().any(|(name, signed)| name == key.name() && key.holds(&self.text, signed));
        if holds && self.checkpoint.origin == key.name() {
            Ok(&self.checkpoint)
        } else {
            Err(Refused::Signature(key.to_string()))
        }
    }
}
