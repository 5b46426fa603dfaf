//! Rows on their way into a table, as few statements as they fit in.

use serde_json::Value as Json;
use throng_plugin_api::Visit;
use throng_protocols::{Pair, Value};

use crate::address::Dialect;
use crate::error::SqlError;
use crate::parameters::ParameterPlan;
use crate::value::Parameter;

/// Rows of one statement, at most.
const ROWS: usize = 1_000;

/// A table, and what is saved in its columns.
#[derive(Clone, Debug)]
pub(crate) struct InsertPlan {
    /// Up to the first row.
    head: String,
    columns: Vec<ParameterPlan>,
    /// A pointer to the rows in the input.
    rows: String,
    dialect: Dialect,
}

impl InsertPlan {
    pub(crate) fn new(dialect: Dialect, table: &str, columns: Vec<(String, ParameterPlan)>, rows: String) -> Self {
        let names: Vec<_> = columns.iter().map(|(name, _)| dialect.quoted(&name.replace('.', "\u{0}")).replace('\u{0}', ".")).collect();
        let head = format!("insert into {} ({}) values ", dialect.quoted(table), names.join(", "));
        Self { head, columns: columns.into_iter().map(|(_, plan)| plan).collect(), rows, dialect }
    }

    /// The statements of one visit; none for a list without items.
    pub(crate) fn statements(&self, visit: &Visit<'_>, input: &Value) -> Result<Vec<(String, Vec<Parameter>)>, SqlError> {
        let found = input.json(&self.rows);
        let found = found.ok_or_else(|| SqlError::Parameter(format!("there are no rows under `{}` of the input", self.rows)))?;
        let rows = match &found {
            // As JSON a pair is a list, too, but its sides are no rows.
            Json::Array(rows) if !(self.rows.is_empty() && input.downcast::<Pair>().is_some()) => rows.as_slice(),
            one => std::slice::from_ref(one),
        };
        let at_a_time = (self.dialect.most_placeholders() / self.columns.len().max(1)).clamp(1, ROWS);
        let statement = |rows: &[Json]| {
            let mut parameters = Vec::with_capacity(rows.len() * self.columns.len());
            for row in rows {
                for column in &self.columns {
                    parameters.push(column.fill(visit, row)?);
                }
            }
            Ok((self.text(rows.len()), parameters))
        };
        rows.chunks(at_a_time).map(statement).collect()
    }

    /// The statement for so many rows.
    fn text(&self, rows: usize) -> String {
        format!("{}{}", self.head, placeholders(self.dialect, rows, self.columns.len()))
    }
}

/// The placeholders of rows: `($1, $2), ($3, $4)`.
pub(crate) fn placeholders(dialect: Dialect, rows: usize, columns: usize) -> String {
    let row = |row: usize| {
        let places: Vec<_> = (1..=columns).map(|column| dialect.placeholder(row * columns + column)).collect();
        format!("({})", places.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_together_in_one_statement() {
        let columns = ["id", "a.b"].map(|name| (name.to_owned(), ParameterPlan::Constant(Parameter::Null)));
        let plan = |dialect| InsertPlan::new(dialect, "shop.orders", columns.to_vec(), String::new());
        assert_eq!(plan(Dialect::Postgres).text(2), r#"insert into "shop"."orders" ("id", "a.b") values ($1, $2), ($3, $4)"#);
        assert_eq!(plan(Dialect::MySql).text(1), "insert into `shop`.`orders` (`id`, `a.b`) values (?, ?)");
    }
}
