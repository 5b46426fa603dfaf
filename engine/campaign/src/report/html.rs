//! x
pub(super) fn render(report: &throng_measure::Report) -> String { report.verdict.to_string() }
