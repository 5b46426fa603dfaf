//! A file of SQLite. Each statement runs on a thread that may block; a statement that nobody waits for any more is interrupted.

use std::path::PathBuf;
use std::time::Duration;

use rusqlite::types::{Value as Native, ValueRef};
use rusqlite::{Connection, ErrorCode, InterruptHandle, OpenFlags, params_from_iter};

use crate::error::{Refusal, SqlError};
use crate::value::{Answer, Cell, Parameter};

/// How long a statement waits for the locks of others.
const BUSY: Duration = Duration::from_secs(5);

/// An open file.
pub(crate) struct Sqlite {
    /// None while a statement runs, and behind one that was given up.
    connection: Option<Connection>,
    limit: u64,
}

/// Interrupts a statement when nobody waits for it any more.
struct Watch(Option<InterruptHandle>);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.iter().for_each(InterruptHandle::interrupt);
    }
}

impl Sqlite {
    /// Opens a file that is there.
    pub(crate) async fn open(path: PathBuf, limit: u64) -> Result<Self, SqlError> {
        let file = path.display().to_string();
        let open = move || {
            // A mistyped name shall not become a new, empty database.
            let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
            connection.busy_timeout(BUSY)?;
            // Only now it is read.
            connection.query_row("select count(*) from sqlite_schema", [], |_| Ok(()))?;
            Ok::<_, rusqlite::Error>(connection)
        };
        let opened =
            tokio::task::spawn_blocking(open).await.map_err(|error| SqlError::File { file: file.clone(), words: error.to_string() })?;
        let connection = opened.map_err(|error| SqlError::File { file, words: error.to_string() })?;
        Ok(Self { connection: Some(connection), limit })
    }

    /// Runs one statement.
    pub(crate) async fn run(&mut self, statement: &str, parameters: &[Parameter]) -> Result<Answer, SqlError> {
        let gone = || SqlError::Closed(std::io::Error::other("the statement before was given up"));
        let connection = self.connection.take().ok_or_else(gone)?;
        let mut watch = Watch(Some(connection.get_interrupt_handle()));
        let (statement, parameters, limit) = (statement.to_owned(), parameters.to_vec(), self.limit);
        let work = move || {
            let answer = ask(&connection, &statement, &parameters, limit);
            (connection, answer)
        };
        let ended = tokio::task::spawn_blocking(work).await;
        let (connection, answer) = ended.map_err(|error| SqlError::Closed(std::io::Error::other(error)))?;
        watch.0 = None;
        self.connection = Some(connection);
        answer
    }

    /// Whether a statement can be run.
    pub(crate) fn is_whole(&self) -> bool {
        self.connection.is_some()
    }
}

fn ask(connection: &Connection, text: &str, parameters: &[Parameter], limit: u64) -> Result<Answer, SqlError> {
    let mut statement = connection.prepare(text).map_err(|error| refused(error, text))?;
    let (wanted, given) = (statement.parameter_count(), parameters.len());
    if wanted != given {
        return Err(SqlError::Parameter(format!("the statement has {wanted} placeholders, and there are {given} parameters")));
    }
    let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    let is_reading = statement.readonly();
    let mut rows = statement.query(params_from_iter(parameters.iter().map(native))).map_err(|error| refused(error, text))?;
    let mut answer = Answer { columns: columns.into(), ..Answer::default() };
    let mut room = limit;
    while let Some(row) = rows.next().map_err(|error| refused(error, text))? {
        let mut cells = Vec::with_capacity(answer.columns.len());
        for index in 0..answer.columns.len() {
            let Cell(cell) = cell(row.get_ref(index).map_err(|error| refused(error, text))?);
            room = room.checked_sub(cell.len() as u64).ok_or(SqlError::AnswerTooLarge { limit })?;
            cells.push(Cell(cell));
        }
        answer.rows.push(cells);
    }
    drop(rows);
    answer.affected = if is_reading { answer.rows.len() as u64 } else { connection.changes() };
    Ok(answer)
}

fn native(parameter: &Parameter) -> Native {
    match parameter {
        Parameter::Null => Native::Null,
        Parameter::Boolean(value) => Native::Integer(i64::from(*value)),
        Parameter::Number(digits) => match (digits.parse(), digits.parse()) {
            (Ok(whole), _) => Native::Integer(whole),
            (Err(_), Ok(number)) => Native::Real(number),
            _ => Native::Text(digits.clone()),
        },
        Parameter::Text(text) | Parameter::Object(text) => Native::Text(text.clone()),
        Parameter::List(items) => Native::Text(serde_json::Value::from(items.clone()).to_string()),
    }
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::null(),
        ValueRef::Integer(number) => Cell(number.to_string()),
        ValueRef::Real(number) => Cell::number(&format!("{number:?}")),
        ValueRef::Text(text) => Cell::text(&String::from_utf8_lossy(text)),
        ValueRef::Blob(bytes) => Cell::bytes(bytes),
    }
}

fn refused(error: rusqlite::Error, statement: &str) -> SqlError {
    let near = match &error {
        rusqlite::Error::SqlInputError { offset, .. } => {
            usize::try_from(*offset).ok().and_then(|offset| statement.get(offset..)).map(|rest| rest.chars().take(30).collect())
        }
        _ => None,
    };
    let message = match &error {
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        other => other.to_string(),
    };
    let state = match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => "SQLITE_CONSTRAINT",
        Some(ErrorCode::DatabaseBusy) => "SQLITE_BUSY",
        Some(ErrorCode::DatabaseLocked) => "SQLITE_LOCKED",
        Some(ErrorCode::ReadOnly) => "SQLITE_READONLY",
        Some(ErrorCode::DiskFull) => "SQLITE_FULL",
        Some(ErrorCode::DatabaseCorrupt) => "SQLITE_CORRUPT",
        Some(ErrorCode::TypeMismatch) => "SQLITE_MISMATCH",
        Some(ErrorCode::OperationInterrupted) => "SQLITE_INTERRUPT",
        _ => "SQLITE_ERROR",
    };
    SqlError::Statement(Box::new(Refusal { state: state.to_owned(), message, near, ..Refusal::default() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn values_keep_their_types() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.db");
        assert!(Sqlite::open(path.clone(), 100).await.is_err(), "none is made");
        drop(Connection::open(&path).expect("made"));
        let mut file = Sqlite::open(path, 100).await.expect("opened");
        file.run("create table t (a, b)", &[]).await.expect("created");
        let parameters = [Parameter::Number("9007199254740993".into()), Parameter::Object(r#"{"x":1}"#.into())];
        let saved = file.run("insert into t values (?, ?), (1.0, null)", &parameters).await.expect("saved");
        assert_eq!(saved.affected, 2);
        let found = file.run("select a, b, x'ff00' c from t order by a", &[]).await.expect("found");
        assert_eq!(found.list(), r#"[{"a":1.0,"b":null,"c":"/wA="},{"a":9007199254740993,"b":"{\"x\":1}","c":"/wA="}]"#);
        let wrong = file.run("select * form t", &[]).await.expect_err("wrong").to_string();
        assert_eq!(wrong, "near \"form\": syntax error (SQLITE_ERROR) at `form t`");
        let few = file.run("select ?", &[]).await.expect_err("too few").to_string();
        assert_eq!(few, "the statement has 1 placeholders, and there are 0 parameters");
        let large = file.run("select zeroblob(100)", &[]).await.expect_err("too large").to_string();
        assert!(large.contains("larger than 100 bytes"), "{large}");
    }
}
