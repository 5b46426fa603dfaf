//! Which rows of a poll are new: a column that the query orders by.

use serde_json::Value as Json;

use crate::error::SqlError;
use crate::value::{Answer, Cell, Parameter};

/// The column, and its value in the first poll.
#[derive(Clone, Debug)]
pub(crate) struct TieBreakerPlan {
    pub(crate) column: String,
    pub(crate) initial: Parameter,
}

/// How far polls have come.
#[derive(Debug)]
pub(crate) struct TieBreaker {
    column: String,
    last: Parameter,
    /// The rows that have the last value. A query with `>=` gets them again, together with those that came later with the same value.
    known: Vec<String>,
    /// The last value as it was in the rows.
    cell: Option<Cell>,
}

impl TieBreaker {
    pub(crate) fn new(plan: &TieBreakerPlan) -> Self {
        Self { column: plan.column.clone(), last: plan.initial.clone(), known: Vec::new(), cell: None }
    }

    /// What the query's placeholder stands for.
    pub(crate) fn last(&self) -> Parameter {
        self.last.clone()
    }

    /// The rows that were not there before, as objects.
    ///
    /// # Errors
    /// The rows have no such column, or nothing in it.
    pub(crate) fn new_rows(&mut self, answer: Answer) -> Result<Vec<String>, SqlError> {
        let Some(last) = answer.rows.last() else { return Ok(Vec::new()) };
        let index = answer.column(&self.column).ok_or_else(|| {
            let there: Vec<_> = answer.columns.iter().map(|column| format!("`{column}`")).collect();
            SqlError::Parameter(format!("the rows have no column `{}`, the tie-breaker: they have {}", self.column, there.join(", ")))
        })?;
        let cell = last.get(index).filter(|cell| **cell != Cell::null()).cloned();
        let cell = cell.ok_or_else(|| {
            SqlError::Parameter(format!("the tie-breaker `{}` is null in a row; let the query leave such rows out", self.column))
        })?;
        let is_last = |row: &[Cell], last: Option<&Cell>| last.is_some() && row.get(index) == last;
        let mut known = std::mem::take(&mut self.known);
        let mut ahead = if self.cell.as_ref() == Some(&cell) { known.clone() } else { Vec::new() };
        let mut new = Vec::new();
        for row in &answer.rows {
            let object = answer.row(row);
            if is_last(row, self.cell.as_ref())
                && let Some(position) = known.iter().position(|known| *known == object)
            {
                known.swap_remove(position);
                continue;
            }
            if is_last(row, Some(&cell)) {
                ahead.push(object.clone());
            }
            new.push(object);
        }
        self.known = ahead;
        self.last = cell.to_parameter();
        self.cell = Some(cell);
        Ok(new)
    }
}

/// Whether a query can be polled: its one placeholder is there, and it orders by the column first. Else what is wrong, and a remedy.
pub(crate) fn check_query(query: &str, column: &str, placeholder: &str) -> Result<(), (String, String)> {
    let plain = query.to_lowercase();
    if !plain.contains(placeholder) {
        let hint = format!("let it ask for what is new: `where {column} > {placeholder}`");
        return Err((format!("the query has no placeholder `{placeholder}` for the tie-breaker's last value"), hint));
    }
    let hint = || format!("let it end with `order by {column}`");
    let Some((_, order)) = plain.rsplit_once("order by") else {
        return Err(("the query has no order, so nobody could tell which row is the last".to_owned(), hint()));
    };
    let first = order.split([',', ')']).next().unwrap_or_default().trim();
    let mut words = first.split_whitespace();
    let name = words.next().unwrap_or_default().rsplit('.').next().unwrap_or_default().trim_matches(['"', '`', '[', ']']);
    if name != column.to_lowercase() {
        return Err((format!("the query orders by `{name}` first, and not by the tie-breaker `{column}`"), hint()));
    }
    match words.next() {
        Some("desc") => Err(("the query orders from the newest to the oldest".to_owned(), hint())),
        _ => Ok(()),
    }
}

/// A value of the document for the first poll.
pub(crate) fn initial(json: &Json) -> Result<Parameter, String> {
    match json {
        Json::Null | Json::Number(_) | Json::String(_) => Ok(Parameter::from(json)),
        other => Err(format!("`{other}` is neither a number, nor a text, nor null")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(rows: &[(&str, &str)]) -> Answer {
        let rows = rows.iter().map(|(id, name)| vec![Cell::number(id), Cell::text(name)]).collect();
        Answer { columns: ["id".to_owned(), "name".to_owned()].into(), rows, affected: 0 }
    }

    fn names(rows: &[String]) -> Vec<String> {
        rows.iter().map(|row| serde_json::from_str::<Json>(row).expect("JSON")["name"].as_str().expect("a text").to_owned()).collect()
    }

    #[test]
    fn equal_values_are_told_apart() {
        let mut tie_breaker = TieBreaker::new(&TieBreakerPlan { column: "id".to_owned(), initial: Parameter::Number("0".into()) });
        let mut new = |rows: &[(&str, &str)]| names(&tie_breaker.new_rows(answer(rows)).expect("rows"));
        assert_eq!(new(&[]), [""; 0]);
        assert_eq!(new(&[("1", "a"), ("2", "b")]), ["a", "b"]);
        // As `>=` answers: the last again, another with the same value, the same text twice.
        assert_eq!(new(&[("2", "b"), ("2", "c"), ("2", "b")]), ["c", "b"]);
        assert_eq!(new(&[("2", "b"), ("2", "c"), ("2", "b")]), [""; 0]);
        assert_eq!(new(&[("2", "b"), ("2", "c"), ("2", "b"), ("3", "d")]), ["d"]);
        assert_eq!(new(&[("3", "d")]), [""; 0]);
        assert_eq!(tie_breaker.last(), Parameter::Number("3".into()));
    }

    #[test]
    fn rows_without_the_column_are_no_rows() {
        let mut other = TieBreaker::new(&TieBreakerPlan { column: "at".to_owned(), initial: Parameter::Null });
        let fault = other.new_rows(answer(&[("1", "a")])).expect_err("no column").to_string();
        assert_eq!(fault, "the rows have no column `at`, the tie-breaker: they have `id`, `name`");
    }

    #[test]
    fn queries_order_by_the_tie_breaker() {
        let fault = |query: &str| check_query(query, "id", "$1").err().map(|(message, _)| message);
        assert_eq!(fault("select * from t where id > $1 ORDER BY t.\"id\" asc, x limit 5"), None);
        assert!(fault("select * from t order by id").is_some_and(|fault| fault.contains("`$1`")));
        assert!(fault("select * from t where id > $1").is_some_and(|fault| fault.contains("no order")));
        assert!(fault("select * from t where id > $1 order by at").is_some_and(|fault| fault.contains("`at`")));
        assert!(fault("select * from t where id > $1 order by id desc").is_some_and(|fault| fault.contains("newest")));
    }
}
