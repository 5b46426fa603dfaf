//! A chart of lines as inline SVG: its colours come from the page's style sheet.

use std::fmt::Write as _;

use super::escape::escape;
use super::scale::Scale;

/// How large the drawing is, in its own units; it is shown as wide as there is room.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) width: f64,
    pub(super) height: f64,
}

/// For what happens over time.
pub(super) const LARGE: Size = Size { width: 520.0, height: 230.0 };
/// One of many.
pub(super) const SMALL: Size = Size { width: 360.0, height: 200.0 };

const LEFT: f64 = 58.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 26.0;

/// Lines over two axes.
#[derive(Debug)]
pub(super) struct Chart {
    pub(super) title: String,
    pub(super) size: Size,
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) lines: Vec<Line>,
    pub(super) hints: Vec<Hint>,
}

/// A scale and what is written along it.
#[derive(Debug)]
pub(super) struct Axis {
    pub(super) scale: Scale,
    pub(super) ticks: Vec<(f64, String)>,
}

impl Axis {
    pub(super) fn new(scale: Scale, text: fn(f64) -> String) -> Self {
        Self { scale, ticks: scale.ticks().into_iter().map(|tick| (tick, text(tick))).collect() }
    }
}

/// One line, with gaps where nothing is known.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) name: &'static str,
    /// Of the style sheet: its colour.
    pub(super) class: &'static str,
    pub(super) points: Vec<(f64, Option<f64>)>,
}

/// What is told of a part of the chart when somebody points at it.
#[derive(Debug)]
pub(super) struct Hint {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) text: String,
}

impl Chart {
    pub(super) fn render(&self) -> String {
        let Size { width, height } = self.size;
        let legend: String = self.lines.iter().map(|line| format!("<span class=\"{}\">{}</span>", line.class, escape(line.name))).collect();
        let title = escape(&self.title);
        let mut svg = format!("<figure>\n<figcaption><b>{title}</b> <span class=\"legend\">{legend}</span></figcaption>\n");
        let _ = writeln!(svg, "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{title}\">");
        self.axes(&mut svg);
        self.lines.iter().for_each(|line| self.line(line, &mut svg));
        for Hint { from, to, text } in &self.hints {
            let (left, right) = (self.x(*from), self.x(*to));
            let _ = writeln!(
                svg,
                "<rect class=\"hint\" x=\"{left:.1}\" y=\"{TOP}\" width=\"{:.1}\" height=\"{:.1}\"><title>{}</title></rect>",
                (right - left).max(0.1),
                height - TOP - BOTTOM,
                escape(text)
            );
        }
        svg + "</svg>\n</figure>\n"
    }

    fn axes(&self, svg: &mut String) {
        let (right, bottom) = (self.size.width - RIGHT, self.size.height - BOTTOM);
        for (value, text) in &self.y.ticks {
            let y = self.y(*value);
            let _ = write!(svg, "<line class=\"grid\" x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\"/>");
            let _ = writeln!(svg, "<text class=\"y\" x=\"{:.1}\" y=\"{:.1}\">{}</text>", LEFT - 6.0, y + 4.0, escape(text));
        }
        let last = self.x.ticks.len().saturating_sub(1);
        for (index, (value, text)) in self.x.ticks.iter().enumerate() {
            let x = self.x(*value);
            // The outer ones would stand out of the drawing.
            let class = match index {
                0 => "x first",
                index if index == last && x > right - 20.0 => "x last",
                _ => "x",
            };
            let _ = write!(svg, "<line class=\"grid\" x1=\"{x:.1}\" y1=\"{TOP}\" x2=\"{x:.1}\" y2=\"{bottom}\"/>");
            let _ = writeln!(svg, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>", bottom + 17.0, escape(text));
        }
    }

    fn line(&self, line: &Line, svg: &mut String) {
        let mut path = String::new();
        for run in line.points.split(|(_, value)| value.is_none()) {
            for (index, (x, y)) in run.iter().filter_map(|(x, y)| Some((self.x(*x), self.y((*y)?)))).enumerate() {
                let _ = write!(path, "{}{x:.1} {y:.1}", if index == 0 { "M" } else { "L" });
            }
            // A line of one point has no length, and round ends make it a dot.
            if run.len() == 1 {
                path.push_str("h0");
            }
        }
        if !path.is_empty() {
            let _ = writeln!(svg, "<path class=\"line {}\" d=\"{path}\"/>", line.class);
        }
    }

    fn x(&self, value: f64) -> f64 {
        LEFT + self.x.scale.at(value) * (self.size.width - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        self.size.height - BOTTOM - self.y.scale.at(value) * (self.size.height - TOP - BOTTOM)
    }
}
