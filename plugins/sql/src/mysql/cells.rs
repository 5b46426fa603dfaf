//! Values of MySQL's and MariaDB's types as JSON.

use sqlx::mysql::{MySql, MySqlColumn, MySqlRow, MySqlTypeInfo};
use sqlx::{Column as _, Row as _, Type, TypeInfo as _, ValueRef as _};

use crate::bytes::Rest;
use crate::value::Cell;

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// The value of a column.
///
/// # Errors
/// It is not what the server says that it is.
pub(super) fn cell(row: &MySqlRow, column: &MySqlColumn) -> Result<Cell, String> {
    let index = column.ordinal();
    if row.try_get_raw(index).map_err(|error| error.to_string())?.is_null() {
        return Ok(Cell::null());
    }
    of_type(row, index, column.type_info()).map_err(|error| error.to_string())
}

fn of_type(row: &MySqlRow, index: usize, info: &MySqlTypeInfo) -> Result<Cell, Fault> {
    let bytes = || row.try_get_unchecked::<&[u8], _>(index);
    let text = || row.try_get_unchecked::<&str, _>(index);
    Ok(match info.name() {
        "BOOLEAN" | "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "BIGINT" => Cell(row.try_get_unchecked::<i64, _>(index)?.to_string()),
        "YEAR" | "BIT" => Cell(row.try_get_unchecked::<u64, _>(index)?.to_string()),
        name if name.ends_with(" UNSIGNED") => Cell(row.try_get_unchecked::<u64, _>(index)?.to_string()),
        "FLOAT" => Cell::number(&row.try_get_unchecked::<f32, _>(index)?.to_string()),
        "DOUBLE" => Cell::number(&row.try_get_unchecked::<f64, _>(index)?.to_string()),
        "DECIMAL" => Cell::number(text()?),
        "DATE" => Cell::text(&moment(counted(bytes()?), true)?),
        "DATETIME" | "TIMESTAMP" => Cell::text(&moment(counted(bytes()?), false)?),
        "TIME" => Cell::text(&time(counted(bytes()?))?),
        "JSON" => Cell::json(text()?),
        // Texts that are compared byte by byte are called binary as well, but they have characters.
        "ENUM" | "SET" => Cell::text(text()?),
        _ if <str as Type<MySql>>::compatible(info) => Cell::text(text()?),
        _ => Cell::bytes(bytes()?),
    })
}

/// The parts of a time, behind their number.
fn counted(bytes: &[u8]) -> Rest<'_> {
    Rest(bytes.get(1..).unwrap_or_default())
}

/// A date, with its time unless it is a date alone. Zeros at the end are left out.
fn moment(mut rest: Rest<'_>, is_date: bool) -> Result<String, Fault> {
    let (mut year, mut month, mut day) = (0, 0, 0);
    if !rest.is_empty() {
        year = u16::from_le_bytes(rest.array()?);
        [month, day] = rest.array()?;
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    if is_date {
        return Ok(date);
    }
    Ok(format!("{date}T{}", clock(&mut rest, 0)?))
}

/// A span of time, which may be longer than a day and below zero.
fn time(mut rest: Rest<'_>) -> Result<String, Fault> {
    if rest.is_empty() {
        return Ok("00:00:00".to_owned());
    }
    let sign = if rest.byte()? == 1 { "-" } else { "" };
    let days = u32::from_le_bytes(rest.array()?);
    Ok(format!("{sign}{}", clock(&mut rest, days)?))
}

fn clock(rest: &mut Rest<'_>, days: u32) -> Result<String, Fault> {
    let [hours, minutes, seconds] = if rest.is_empty() { [0; 3] } else { rest.array()? };
    let hours = u64::from(days) * 24 + u64::from(hours);
    let whole = format!("{hours:02}:{minutes:02}:{seconds:02}");
    Ok(match rest.is_empty() {
        true => whole,
        false => format!("{whole}.{:06}", u32::from_le_bytes(rest.array()?)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        let of = |bytes: &[u8], is_date| moment(counted(bytes), is_date).expect("well formed");
        assert_eq!(of(&[4, 0xea, 0x07, 11, 22], true), "2026-11-22");
        assert_eq!(of(&[4, 0xea, 0x07, 11, 22], false), "2026-11-22T00:00:00");
        assert_eq!(of(&[11, 0xea, 0x07, 11, 22, 10, 5, 6, 0x20, 0xa1, 0x07, 0], false), "2026-11-22T10:05:06.500000");
        assert_eq!(time(counted(&[8, 1, 2, 0, 0, 0, 3, 4, 5])).expect("well formed"), "-51:04:05");
        assert_eq!(time(counted(&[0])).expect("well formed"), "00:00:00");
        assert!(time(counted(&[3, 0, 1, 0])).is_err());
    }
}
