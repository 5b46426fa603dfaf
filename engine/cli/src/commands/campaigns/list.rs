//! `throng campaigns list`: a table of campaigns.

use serde_json::Value as Json;

use crate::arguments::ListArguments;
use crate::client::{Client, encoded};
use crate::engine::print;
use crate::exit::{Exit, Failure};

/// Prints a page.
pub(super) async fn list(arguments: &ListArguments) -> Result<Exit, Failure> {
    let client = Client::new(&arguments.remote)?;
    let (filter, sort) = (encoded(&arguments.filter), encoded(&arguments.sort));
    let path = format!("/campaigns?filter={filter}&sort={sort}&page={}&size={}", arguments.page, arguments.size);
    let page = client.get(&path).await?.json().await?;
    if arguments.json {
        print(&format!("{page:#}\n"));
        return Ok(Exit::Good);
    }
    let items = page.get("items").and_then(Json::as_array).cloned().unwrap_or_default();
    let rows: Vec<_> = items.iter().map(row).collect();
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<_> = (0..4).map(width).collect();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        print(&format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end()));
    }
    let total = page.get("total").and_then(Json::as_u64).unwrap_or(0);
    if total > items.len() as u64 {
        eprintln!("{} of {total}; more with `--page {}`", items.len(), arguments.page + 1);
    }
    Ok(Exit::Good)
}

/// Key, state or verdict, when it was asked for, when it starts next and message.
fn row(item: &Json) -> [String; 4] {
    let text = |key: &str| item.get(key).and_then(Json::as_str).unwrap_or_default();
    let state = item.get("verdict").and_then(Json::as_str).unwrap_or_else(|| text("state"));
    // To the second.
    let time = |key: &str| text(key).split('.').next().unwrap_or_default().trim_end_matches('Z').replace('T', " ");
    let next = Some(time("next")).filter(|next| !next.is_empty()).map(|next| format!("next {next}"));
    let message = Some(text("message").replace(char::is_control, " ")).filter(|message| !message.is_empty());
    let told: Vec<_> = next.into_iter().chain(message).collect();
    [text("key").to_owned(), state.to_owned(), time("created"), told.join("; ")]
}
