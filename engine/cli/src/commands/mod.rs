//! One file per command, and what several of them do.

pub(crate) mod bench;
pub(crate) mod build;
pub(crate) mod campaign;
pub(crate) mod campaign_file;
pub(crate) mod campaigns;
pub(crate) mod compare;
pub(crate) mod compile;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod inspect;
pub(crate) mod new;
pub(crate) mod plan;
pub(crate) mod prepare;
pub(crate) mod push;
pub(crate) mod report_files;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod serve;
mod settings;
pub(crate) mod target;
pub(crate) mod tokens;
pub(crate) mod validate;
pub(crate) mod watch;
