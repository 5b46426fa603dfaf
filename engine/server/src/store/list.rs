//! Lists: which rows, in which order, which page of them.

use rusqlite::{Connection, Row, ToSql};

use super::StoreError;
use crate::problem::Problem;

/// Rows of a page when nothing is said.
const SIZE: u32 = 20;
/// Rows of a page, at most.
const LARGEST: u32 = 200;

/// What is asked of a list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ListQuery {
    /// All must fit: a column with a pattern, or a pattern that any column of text may fit.
    filters: Vec<(Option<&'static str>, String)>,
    sort: Vec<(&'static str, Direction)>,
    /// From 1.
    pub(crate) page: u32,
    pub(crate) size: u32,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Direction {
    Up,
    Down,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// Rows of all pages.
    pub(crate) total: u64,
}

/// A table that can be listed: fields by which it is filtered and sorted, with their columns.
pub(super) struct Listed {
    pub(super) table: &'static str,
    pub(super) fields: &'static [(&'static str, &'static str)],
    /// Columns that a filter without a field looks at.
    pub(super) texts: &'static [&'static str],
    /// The order when nothing is said, and among equals.
    pub(super) order: &'static str,
}

impl Listed {
    /// Reads `filter=field:pattern,pattern` and `sort=field,-field`.
    pub(super) fn query(&self, filter: &str, sort: &str, page: Option<u32>, size: Option<u32>) -> Result<ListQuery, Problem> {
        let words = |text: &str| text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        let mut filters = Vec::new();
        for word in words(filter) {
            filters.push(match word.split_once(':') {
                Some((field, pattern)) => (Some(self.column(field, "filter")?), pattern.to_owned()),
                None => (None, format!("*{word}*")),
            });
        }
        let mut order = Vec::new();
        for word in words(sort) {
            let (field, direction) = word.strip_prefix('-').map_or((word.as_str(), Direction::Up), |field| (field, Direction::Down));
            order.push((self.column(field, "sort")?, direction));
        }
        let (page, size) = (page.unwrap_or(1), size.unwrap_or(SIZE));
        if page == 0 || !(1..=LARGEST).contains(&size) {
            let detail = format!("page {page} of size {size} cannot be had");
            return Err(Problem::bad_request(detail).hint(format!("pages begin at 1 and have 1 to {LARGEST} items")));
        }
        Ok(ListQuery { filters, sort: order, page, size })
    }

    fn column(&self, field: &str, parameter: &str) -> Result<&'static str, Problem> {
        let names = || self.fields.iter().map(|(name, _)| *name);
        let found = self.fields.iter().find(|(name, _)| *name == field).map(|(_, column)| *column);
        found.ok_or_else(|| {
            let problem = Problem::bad_request(format!("`{parameter}`: there is no field `{field}`"));
            throng_model::name_hint(field, names()).into_iter().fold(problem, Problem::hint)
        })
    }

    /// The rows of a page, and how many there are in all.
    pub(super) fn rows<T>(
        &self,
        connection: &Connection,
        query: &ListQuery,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Page<T>, StoreError> {
        let mut values: Vec<String> = Vec::new();
        let mut fits = Vec::new();
        for (column, pattern) in &query.filters {
            values.push(like(pattern));
            let place = values.len();
            let columns = column.map_or(self.texts, |_| &[]).iter().copied().chain(*column);
            let any: Vec<_> = columns.map(|column| format!("{column} LIKE ?{place} ESCAPE '\\'")).collect();
            fits.push(format!("({})", any.join(" OR ")));
        }
        let fits = if fits.is_empty() { "1".to_owned() } else { fits.join(" AND ") };
        let order = query.sort.iter().map(|(column, direction)| match direction {
            Direction::Up => format!("{column}, "),
            Direction::Down => format!("{column} DESC, "),
        });
        let order = order.collect::<String>() + self.order;
        let given: Vec<&dyn ToSql> = values.iter().map(|value| value as &dyn ToSql).collect();
        let table = self.table;
        let total: i64 = connection.query_row(&format!("SELECT count(*) FROM {table} WHERE {fits}"), given.as_slice(), |row| row.get(0))?;
        let offset = u64::from(query.page - 1) * u64::from(query.size);
        let wanted = format!("SELECT * FROM {table} WHERE {fits} ORDER BY {order} LIMIT {} OFFSET {offset}", query.size);
        let items = connection.prepare(&wanted)?.query_map(given.as_slice(), read)?.collect::<Result<_, _>>()?;
        Ok(Page { items, total: u64::try_from(total).unwrap_or(0) })
    }
}

/// `*` stands for any text; everything else for itself.
fn like(pattern: &str) -> String {
    let mut like = String::new();
    for character in pattern.chars() {
        match character {
            '*' => like.push('%'),
            '%' | '_' | '\\' => like.extend(['\\', character]),
            other => like.push(other),
        }
    }
    like
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEOPLE: Listed =
        Listed { table: "people", fields: &[("name", "name"), ("age", "years")], texts: &["name", "town"], order: "number DESC" };

    fn people() -> Connection {
        let connection = Connection::open_in_memory().expect("a database");
        let rows = "CREATE TABLE people (number INTEGER PRIMARY KEY, name TEXT, town TEXT, years INTEGER);
            INSERT INTO people VALUES (1, 'ann', 'york', 30), (2, 'bob', 'bonn', 20), (3, 'a%b', 'york', 20);";
        connection.execute_batch(rows).expect("made");
        connection
    }

    fn listed(filter: &str, sort: &str, page: u32, size: u32) -> (Vec<String>, u64) {
        let query = PEOPLE.query(filter, sort, Some(page), Some(size)).expect("a query");
        let page = PEOPLE.rows(&people(), &query, |row| row.get("name")).expect("listed");
        (page.items, page.total)
    }

    #[test]
    fn rows_are_filtered_sorted_and_paged() {
        let check = |filter, sort, page, size, expected: &[&str], total| {
            let (names, found) = listed(filter, sort, page, size);
            assert_eq!((names.iter().map(String::as_str).collect::<Vec<_>>().as_slice(), found), (expected, total), "{filter} {sort}");
        };
        check("", "", 1, 20, &["a%b", "bob", "ann"], 3);
        check("york", "name", 1, 20, &["a%b", "ann"], 2);
        check("name:a*", "age,-name", 1, 20, &["a%b", "ann"], 2);
        check("a%b", "", 1, 20, &["a%b"], 1);
        check("age:20,bonn", "", 1, 20, &["bob"], 1);
        check("", "name", 2, 2, &["bob"], 3);
        check("", "name", 9, 2, &[], 3);
    }

    #[test]
    fn what_cannot_be_asked_is_said() {
        let wrong = |filter, sort, page, size| PEOPLE.query(filter, sort, page, size).expect_err("wrong");
        assert_eq!(wrong("nam:a", "", None, None).hint.as_deref(), Some("did you mean `name`?"));
        assert_eq!(wrong("", "-town", None, None).detail, "`sort`: there is no field `town`");
        assert_eq!(wrong("", "", Some(0), None).detail, "page 0 of size 20 cannot be had");
        assert_eq!(wrong("", "", None, Some(1000)).detail, "page 1 of size 1000 cannot be had");
    }
}
