//! The forms that the database has had: each brings the one before it to the next.

use rusqlite::Connection;

use super::StoreError;

/// Never changed once released; new ones are added behind.
const MIGRATIONS: &[&str] = &[include_str!("form-1.sql"), include_str!("form-2.sql"), include_str!("form-3.sql")];

/// Brings the database to the present form; each step is there whole or not at all.
pub(super) fn apply(connection: &mut Connection) -> Result<(), StoreError> {
    let known = MIGRATIONS.len() as i64;
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for (version, migration) in (1..).zip(MIGRATIONS).skip(usize::try_from(found).unwrap_or(0)) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_follows_from_the_one_before() {
        let mut connection = Connection::open_in_memory().expect("a database");
        apply(&mut connection).expect("made");
        apply(&mut connection).expect("nothing to do");
        connection.pragma_update(None, "user_version", 1000).expect("set");
        assert!(matches!(apply(&mut connection), Err(StoreError::Newer { found: 1000, .. })));
    }
}
