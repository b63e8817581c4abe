//! A small SVG document: no scripts, no outside references, fonts that have Chinese where the viewer has any.

use std::fmt::Write as _;

use tributary_core::Decimal;

const STYLE: &str = "text{font-family:'Noto Sans CJK SC','Noto Sans SC','PingFang SC','Microsoft YaHei','WenQuanYi Zen Hei',system-ui,sans-serif;fill:#222}\
.title{font-size:15px;font-weight:600}.axis{font-size:12px;fill:#555}.tick{font-size:11px;fill:#333}.cell{font-size:12px}\
.grid{stroke:#e2e5e9}.mark{stroke:#888}.value{stroke:#1763b6;stroke-width:2.5}.jump{stroke:#1763b6;stroke-dasharray:4 4}\
.dot{fill:#1763b6}.frame{stroke:#fff}";

pub(super) struct Svg(String);

/// Pixels from the left and from the top.
pub(super) type At = (Decimal, Decimal);

impl Svg {
    pub fn new(width: u32, height: u32, title: &str) -> Self {
        let mut svg = Self(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\"><title>{}</title><style>{STYLE}</style><rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>",
            escaped(title)
        ));
        svg.text((Decimal::from(8), Decimal::from(22)), "start", "title", title);
        svg
    }

    pub fn line(&mut self, (x1, y1): At, (x2, y2): At, class: &str) {
        self.push(format_args!("<line class=\"{class}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"/>"));
    }

    pub fn dot(&mut self, (x, y): At) {
        self.push(format_args!("<circle class=\"dot\" cx=\"{x}\" cy=\"{y}\" r=\"3.5\"/>"));
    }

    pub fn text(&mut self, (x, y): At, anchor: &str, class: &str, text: &str) {
        let text = escaped(text);
        self.push(format_args!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{text}</text>"));
    }

    /// A filled box of a shade of blue from 0, white, to 100.
    pub fn cell(&mut self, (x, y): At, width: u32, height: u32, shade: u32) {
        let shade = shade.min(100);
        // From nearly white to a blue on which dark figures can still be read.
        let mix = |light: u32, dark: u32| light.saturating_sub(light.saturating_sub(dark).saturating_mul(shade) / 100);
        let (red, green, blue) = (mix(244, 127), mix(248, 176), mix(253, 230));
        self.push(format_args!(
            "<rect class=\"frame\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"#{red:02x}{green:02x}{blue:02x}\"/>"
        ));
    }

    pub fn finish(mut self) -> String {
        self.0.push_str("</svg>");
        self.0
    }

    fn push(&mut self, part: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.0.write_fmt(part);
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
