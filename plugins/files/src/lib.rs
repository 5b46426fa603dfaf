//! The files plugin: records of CSV, JSON and text files, whatever their size, and files to export to.
//!
//! Three source kinds: `csv` makes an object of each row, `json` a value of each line or of each item of an array, `lines` a text of each
//! line. Files are read in chunks as records are asked for; memory is bounded by the longest record that is allowed.
//! The exporter `file` writes meters and events to JSON lines and CSV.
//! [`FilesPlugin`] is all that an engine needs.

mod array;
mod columns;
mod csv;
mod error;
mod export;
mod input;
mod json;
mod layout;
mod lines;
mod options;
mod plugin;
mod records;
mod rows;
mod source;
mod xml;

pub use plugin::FilesPlugin;
