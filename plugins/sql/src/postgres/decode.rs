//! Values of PostgreSQL's types as JSON.

use base64::Engine as _;
use serde_json::Value as Json;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgColumn, PgHasArrayType, PgRow, PgTypeInfo, PgTypeKind, PgValueRef, Postgres};
use sqlx::types::chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use sqlx::types::{BigDecimal, Uuid};
use sqlx::{Column as _, Decode, Row as _, Type, TypeInfo as _, ValueRef as _};

use crate::value::Cell;

/// A time without a zone, as ISO 8601 has it.
const MOMENT: &str = "%Y-%m-%dT%H:%M:%S%.f";

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// The value of a column.
///
/// # Errors
/// It is of a type that is not known here.
pub(super) fn cell(row: &PgRow, column: &PgColumn) -> Result<Cell, String> {
    let value = row.try_get_raw(column.ordinal()).map_err(|error| error.to_string())?;
    if value.is_null() {
        return Ok(Cell::null());
    }
    let info = column.type_info();
    let name = info.name().to_owned();
    of_type(value, info).map_err(|error| format!("a value of the type `{}` cannot be read ({error})", name.to_lowercase()))
}

fn of_type(value: PgValueRef<'_>, info: &PgTypeInfo) -> Result<Cell, Fault> {
    match info.kind() {
        PgTypeKind::Domain(base) => of_type(value, base),
        PgTypeKind::Enum(_) => Ok(Cell::text(value.as_str()?)),
        PgTypeKind::Array(item) => list(value, item.name()),
        _ => simple(value, info.name()),
    }
}

fn simple(value: PgValueRef<'_>, name: &str) -> Result<Cell, Fault> {
    Ok(match name {
        "BOOL" => Cell::boolean(read::<bool>(value)?),
        "INT2" => whole(read::<i16>(value)?),
        "INT4" => whole(read::<i32>(value)?),
        "INT8" => whole(read::<i64>(value)?),
        "OID" => whole(read::<Oid>(value)?.0),
        "FLOAT4" => Cell::number(&read::<f32>(value)?.to_string()),
        "FLOAT8" => Cell::number(&read::<f64>(value)?.to_string()),
        // What is no number has no digits.
        "NUMERIC" => read::<BigDecimal>(value).map_or_else(|_| Cell::text("NaN"), |number| decimal(&number)),
        "JSON" => Cell::json(value.as_str()?),
        // Behind the number of its version.
        "JSONB" => Cell::json(std::str::from_utf8(value.as_bytes()?.get(1..).unwrap_or_default())?),
        "BYTEA" => Cell::bytes(value.as_bytes()?),
        "UUID" => Cell::text(&read::<Uuid>(value)?.to_string()),
        "DATE" => Cell::text(&read::<NaiveDate>(value)?.to_string()),
        "TIME" => Cell::text(&read::<NaiveTime>(value)?.to_string()),
        "TIMESTAMP" => Cell::text(&moment(&read::<NaiveDateTime>(value)?)),
        "TIMESTAMPTZ" => Cell::text(&zoned(&read::<DateTime<Utc>>(value)?)),
        // A procedure that gives nothing.
        "VOID" => Cell::null(),
        name if is_text(name) => Cell::text(value.as_str()?),
        _ => return Err("ask for it as `…::text`".into()),
    })
}

/// Whether a type's values go over the wire as what they look like.
pub(super) fn is_text(name: &str) -> bool {
    ["TEXT", "VARCHAR", "CHAR", "\"CHAR\"", "BPCHAR", "NAME", "UNKNOWN", "XML", "citext"].contains(&name)
}

fn list(value: PgValueRef<'_>, item: &str) -> Result<Cell, Fault> {
    match item {
        "BOOL" => items::<bool>(value, Cell::boolean),
        "INT2" => items::<i16>(value, whole),
        "INT4" => items::<i32>(value, whole),
        "INT8" => items::<i64>(value, whole),
        "FLOAT4" => items::<f32>(value, |item| Cell::number(&item.to_string())),
        "FLOAT8" => items::<f64>(value, |item| Cell::number(&item.to_string())),
        "NUMERIC" => items::<BigDecimal>(value, |item| decimal(&item)),
        "UUID" => items::<Uuid>(value, |item| Cell::text(&item.to_string())),
        "DATE" => items::<NaiveDate>(value, |item| Cell::text(&item.to_string())),
        "TIMESTAMP" => items::<NaiveDateTime>(value, |item| Cell::text(&moment(&item))),
        "TIMESTAMPTZ" => items::<DateTime<Utc>>(value, |item| Cell::text(&zoned(&item))),
        "BYTEA" => items::<Vec<u8>>(value, |item| Cell::bytes(&item)),
        name if is_text(name) => items::<String>(value, |item| Cell::text(&item)),
        _ => Err("ask for it as `…::text`, or as `to_jsonb(…)`".into()),
    }
}

fn items<T>(value: PgValueRef<'_>, cell: impl Fn(T) -> Cell) -> Result<Cell, Fault>
where
    T: for<'r> Decode<'r, Postgres> + Type<Postgres> + PgHasArrayType,
{
    let items = read::<Vec<Option<T>>>(value)?;
    let texts: Vec<_> = items.into_iter().map(|item| item.map_or_else(Cell::null, &cell).0).collect();
    Ok(Cell(format!("[{}]", texts.join(","))))
}

fn read<'r, T: Decode<'r, Postgres>>(value: PgValueRef<'r>) -> Result<T, Fault> {
    T::decode(value)
}

fn whole(number: impl Into<i64>) -> Cell {
    Cell(number.into().to_string())
}

/// All digits, and no exponent.
fn decimal(number: &BigDecimal) -> Cell {
    Cell::number(&number.to_plain_string())
}

fn moment(time: &NaiveDateTime) -> String {
    time.format(MOMENT).to_string()
}

fn zoned(time: &DateTime<Utc>) -> String {
    format!("{}Z", moment(&time.naive_utc()))
}

/// Bytes as parameters write them.
pub(super) fn unbased(text: &str) -> Result<Vec<u8>, String> {
    base64::engine::general_purpose::STANDARD.decode(text).map_err(|error| format!("`{text}` is not base64 ({error})"))
}

/// A text as JSON has it.
pub(super) fn as_json(text: &str) -> String {
    Json::from(text).to_string()
}
