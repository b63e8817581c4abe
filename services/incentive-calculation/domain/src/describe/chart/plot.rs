//! A line in a pair of axes: marks at the edges of the table below, round numbers on the left.

use tributary_core::Decimal;

use super::{Line, Piece, between, svg::Svg};
use crate::describe::Language;

/// Inner picture, in pixels.
const LEFT: u32 = 96;
const RIGHT: u32 = 584;
const TOP: u32 = 52;
const BOTTOM: u32 = 292;
const WIDTH: u32 = 640;
const HEIGHT: u32 = 360;
/// Width of a digit of a mark, and the room between two marks.
const DIGIT: u32 = 7;
const ROOM: u32 = 8;

pub(super) struct Axis {
    pub title: String,
    /// Values are ratios, shown as percentages.
    pub percent: bool,
}

pub(super) struct Plot {
    pub x: Axis,
    pub y: Axis,
    pub line: Line,
}

/// The values that an axis shows, and the pixels they go to.
#[derive(Clone, Copy)]
struct Range {
    low: Decimal,
    high: Decimal,
    from: u32,
    to: u32,
}

impl Range {
    /// The pixel of a value.
    fn at(self, value: Decimal) -> Option<Decimal> {
        let span = self.high.checked_sub(self.low)?;
        let part = value.checked_sub(self.low)?;
        Some(between(self.from.into(), self.to.into(), part, span)?.round_dp(1).normalize())
    }
}

impl Plot {
    /// The picture; `None` where there is nothing to show, or numbers are too large for one.
    pub fn svg(&self, title: &str, language: Language) -> Option<String> {
        let points: Vec<(Decimal, Decimal)> = self.line.pieces.iter().flat_map(|(a, b)| [*a, *b]).collect();
        let (x_low, x_high) = bounds(points.iter().map(|p| p.0))?;
        let (y_low, y_high) = bounds(points.iter().map(|p| p.1).chain([Decimal::ZERO]))?;
        if x_low == x_high || y_low == y_high {
            return None;
        }
        let step = round_step(y_high.checked_sub(y_low)?)?;
        let y_high = y_high.checked_div(step)?.ceil().checked_mul(step)?;
        let y_low = y_low.checked_div(step)?.floor().checked_mul(step)?;
        let x = Range { low: x_low, high: x_high, from: LEFT, to: RIGHT };
        let y = Range { low: y_low, high: y_high, from: BOTTOM, to: TOP };

        let mut svg = Svg::new(WIDTH, HEIGHT, title);
        let mut value = y_low;
        while value <= y_high {
            let at = y.at(value)?;
            svg.line((LEFT.into(), at), (RIGHT.into(), at), "grid");
            svg.text(
                (LEFT.saturating_sub(8).into(), at.checked_add(Decimal::from(4))?),
                "end",
                "tick",
                &label(&self.y, value, language),
            );
            value = value.checked_add(step)?;
        }
        self.marks(&mut svg, x, language)?;
        self.draw(&mut svg, x, y)?;
        svg.text((Decimal::from(RIGHT), Decimal::from(HEIGHT.saturating_sub(16))), "end", "axis", &self.x.title);
        svg.text((Decimal::from(8), Decimal::from(TOP.saturating_sub(12))), "start", "axis", &self.y.title);
        Some(svg.finish())
    }

    /// Edges below, as many as can be read.
    fn marks(&self, svg: &mut Svg, x: Range, language: Language) -> Option<()> {
        let mut free = Decimal::ZERO;
        let first = self.line.pieces.first().map(|p| p.0.0);
        let last = self.line.pieces.last().map(|p| p.1.0);
        let mut values: Vec<Decimal> = first.into_iter().chain(self.line.edges.iter().copied()).chain(last).collect();
        values.dedup();
        for value in values {
            let at = x.at(value)?;
            svg.line((at, BOTTOM.into()), (at, BOTTOM.saturating_add(5).into()), "mark");
            // Edges have few digits; where a picture ends may have many.
            let digits = if value.abs() < Decimal::ONE_HUNDRED { 4 } else { 0 };
            let text = label(
                &self.x,
                if self.line.edges.contains(&value) { value.round_dp(4) } else { value.round_dp(digits) },
                language,
            );
            let half = Decimal::from(u32::try_from(text.chars().count()).ok()?.checked_mul(DIGIT)? / 2);
            if at.checked_sub(half)? >= free {
                svg.text((at, BOTTOM.saturating_add(20).into()), "middle", "tick", &text);
                free = at.checked_add(half)?.checked_add(Decimal::from(ROOM))?;
            }
        }
        Some(())
    }

    /// Pieces in full, jumps dashed.
    fn draw(&self, svg: &mut Svg, x: Range, y: Range) -> Option<()> {
        let place = |(a, b): (Decimal, Decimal)| Some((x.at(a)?, y.at(b)?));
        let mut before: Option<Piece> = None;
        for piece in &self.line.pieces {
            if let Some((_, end)) = before.filter(|(_, end)| *end != piece.0) {
                svg.line(place(end)?, place(piece.0)?, "jump");
            }
            svg.line(place(piece.0)?, place(piece.1)?, "value");
            before = Some(*piece);
        }
        for edge in &self.line.edges {
            // What holds exactly there: the end of the piece before for an edge of the lower tier.
            let mut pieces = self.line.pieces.iter();
            let point = match self.line.of_lower.contains(edge) {
                true => pieces.find(|piece| piece.1.0 == *edge).map(|piece| piece.1),
                false => pieces.rfind(|piece| piece.0.0 == *edge).map(|piece| piece.0),
            };
            if let Some(point) = point {
                svg.dot(place(point)?);
            }
        }
        Some(())
    }
}

fn bounds(values: impl Iterator<Item = Decimal>) -> Option<(Decimal, Decimal)> {
    values.fold(None, |found: Option<(Decimal, Decimal)>, value| {
        Some(found.map_or((value, value), |(low, high)| (low.min(value), high.max(value))))
    })
}

/// 1, 2 or 5 times a power of ten, four to nine of which make the span.
fn round_step(span: Decimal) -> Option<Decimal> {
    let ten = Decimal::TEN;
    let mut power = Decimal::ONE;
    while power.checked_mul(ten)? < span {
        power = power.checked_mul(ten)?;
    }
    while power >= span {
        power = power.checked_div(ten)?;
    }
    // power < span ≤ 10 · power
    let times = span.checked_div(power)?;
    let part = if times <= Decimal::TWO {
        Decimal::new(2, 1)
    } else if times <= Decimal::from(5) {
        Decimal::new(5, 1)
    } else {
        Decimal::ONE
    };
    power.checked_mul(part)
}

fn label(axis: &Axis, value: Decimal, language: Language) -> String {
    if axis.percent { language.percent(value) } else { language.number(value) }
}
