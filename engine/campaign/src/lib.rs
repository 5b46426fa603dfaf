//! The life of a campaign: pin, start, merge, judge, report.

pub mod report;
