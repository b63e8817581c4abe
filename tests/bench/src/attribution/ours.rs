//! What the suite does: every journey counted, the chain solved exactly, one thread.

use analytics_domain::attribution::{Analysis, Counted, Labels, Model, Models, Tally};
use anyhow::{Context as _, Result, anyhow};

use super::{Credits, Numbers, Texts, Weights, input::SEPARATOR};

/// Credits from channels that are numbers already.
///
/// # Errors
/// When the chain cannot be solved.
pub fn from_numbers(journeys: &Numbers, order: usize) -> Result<Credits> {
    let mut tally = tally(order)?;
    for (touches, weights) in journeys.iter() {
        tally.add(counted(touches, weights));
    }
    credits(tally, journeys.labels())
}

/// Credits from paths that are text: as the peer takes them.
///
/// # Errors
/// When the chain cannot be solved.
pub fn from_texts(journeys: &Texts, order: usize) -> Result<Credits> {
    let (mut tally, mut labels, mut touches) = (tally(order)?, Labels::new(), Vec::new());
    for (path, weights) in journeys.iter() {
        touches.clear();
        for channel in path.split(SEPARATOR) {
            touches.push(labels.number(channel)?);
        }
        tally.add(counted(&touches, weights));
    }
    credits(tally, &labels)
}

fn tally(order: usize) -> Result<Tally> {
    let models = Models::new(vec![Model::Markov { order }]).map_err(|wrong| anyhow!("{wrong:?}"))?;
    Ok(Tally::new(models, false))
}

fn counted(touches: &[u16], weights: Weights) -> Counted<'_> {
    let Weights { conversions, nulls, value } = weights;
    Counted { touches, conversions: conversions.into(), nulls: nulls.into(), value: value.into() }
}

fn credits(tally: Tally, labels: &Labels) -> Result<Credits> {
    let Analysis { labels, results, .. } = tally.finish(labels)?;
    let result = results.into_iter().next().context("no result")?;
    Ok(labels.into_iter().zip(result.credits.iter().map(|c| [c.conversions, c.value])).collect())
}
