//! Scenarios of other plugins, which features bring.

#![allow(clippy::unwrap_used, reason = "tests say what went wrong by panicking")]

use std::path::PathBuf;

use anyhow::Result;
use throng::{Scenario, column, database, scenario};
use throng_measure::Verdict;
use throng_testing::Test;

/// A table of a file, in which each minion saves a row and finds it again.
fn saved(file: PathBuf) -> impl Fn() -> Scenario {
    move || {
        let shop = database(format!("sqlite:{}", file.display()));
        scenario("saved")
            .minions(20)
            .start()
            .returns("order".to_owned())
            .sql_save("saved", &shop, "orders", [("name", column::text("o-{minion}"))])
            .sql_search::<serde_json::Value>("found", &shop, "select name from orders where name = ?", [column::text("o-{minion}")])
            .into()
    }
}

#[test]
fn rows_are_saved_and_found() -> Result<()> {
    let folder = throng_kit::tempdir()?;
    let file = folder.path().join("shop.db");
    rusqlite::Connection::open(&file)?.execute("create table orders (name text)", ())?;
    let outcome = Test::native(saved(file.clone())).run()?;
    assert_eq!(outcome.verdict(), Verdict::Successful);
    let rows: u32 = rusqlite::Connection::open(&file)?.query_row("select count(distinct name) from orders", (), |row| row.get(0))?;
    assert_eq!(rows, 20);
    Ok(())
}
