//! Progress on stderr: a bar on a terminal, a plain line now and then elsewhere.

use std::{
    fmt,
    io::IsTerminal as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Between two plain lines.
const QUIET: Duration = Duration::from_secs(5);

/// Progress of one piece of work.
pub struct Progress {
    what: String,
    bar: Option<ProgressBar>,
    /// Bytes read of the source, where the number of rows is not known before the end.
    read: Option<Arc<AtomicU64>>,
    started: Instant,
    first: Option<u64>,
    last_line: Option<Instant>,
    done: u64,
    total: u64,
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress").field("what", &self.what).field("done", &self.done).finish_non_exhaustive()
    }
}

impl Progress {
    /// Of rows out of a known number; 0 while it is not known.
    #[must_use]
    pub fn counted(what: &str, total: u64) -> Self {
        Self::new(what, total, None)
    }

    /// Of a file: the bar follows the bytes read, the text the rows.
    #[must_use]
    pub fn of_file(what: &str, size: u64, read: Arc<AtomicU64>) -> Self {
        Self::new(what, size, Some(read))
    }

    fn new(what: &str, total: u64, read: Option<Arc<AtomicU64>>) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{prefix:24} [{bar:30}] {percent:>3} % {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
            bar.set_prefix(what.to_owned());
            bar
        });
        Self { what: what.to_owned(), bar, read, started: Instant::now(), first: None, last_line: None, done: 0, total }
    }

    /// The number of rows became known, or the text that says what is being done changed.
    pub fn describe(&mut self, what: &str, total: u64) {
        what.clone_into(&mut self.what);
        self.total = total;
        if let Some(bar) = &self.bar {
            bar.set_length(total);
            bar.set_prefix(what.to_owned());
        }
    }

    /// So many rows are done.
    pub fn rows(&mut self, done: u64) {
        let first = *self.first.get_or_insert(if self.done == 0 { 0 } else { done });
        self.done = done;
        let text = format!("{} rows, {}/s", super::grouped(&done.to_string()), self.rate(first));
        match &self.bar {
            Some(bar) => {
                bar.set_position(self.read.as_ref().map_or(done, |r| r.load(Ordering::Relaxed)));
                bar.set_message(text);
            }
            None if self.last_line.is_none_or(|t| t.elapsed() >= QUIET) => {
                if self.last_line.is_some() {
                    super::note(&format!("{}: {text}", self.what));
                }
                self.last_line = Some(Instant::now());
            }
            None => {}
        }
    }

    /// Where the counting begins, when an interrupted piece of work goes on.
    pub fn begin_at(&mut self, done: u64) {
        self.first = Some(done);
        self.done = done;
    }

    fn rate(&self, first: u64) -> String {
        let millis = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        super::grouped(
            &self.done.saturating_sub(first).saturating_mul(1000).checked_div(millis).unwrap_or(0).to_string(),
        )
    }

    /// Done: the bar goes, one line stays.
    pub fn finish(self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let seconds = self.started.elapsed().as_millis().saturating_add(50).checked_div(100).unwrap_or(0);
        let (whole, tenth) = (seconds / 10, seconds % 10);
        let rows = super::grouped(&self.done.to_string());
        super::note(&format!("{}: {rows} in {whole}.{tenth} s ({}/s)", self.what, self.rate(self.first.unwrap_or(0))));
    }
}
