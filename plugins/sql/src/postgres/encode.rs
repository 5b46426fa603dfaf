//! What placeholders stand for, as PostgreSQL's types.

use std::fmt::Display;
use std::str::FromStr;

use serde_json::Value as Json;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgHasArrayType, PgTypeInfo, PgTypeKind, Postgres};
use sqlx::types::chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use sqlx::types::{BigDecimal, Uuid};
use sqlx::{Arguments as _, Encode, Type, TypeInfo as _};

use super::decode::{as_json, is_text, unbased};
use crate::value::Parameter;

/// The first byte of a `jsonb`: the version of what comes behind.
const JSONB_VERSION: u8 = 1;

/// A value as it goes over the wire.
struct Raw {
    bytes: Option<Vec<u8>>,
    kind: PgTypeInfo,
}

impl Type<Postgres> for Raw {
    fn type_info() -> PgTypeInfo {
        <str as Type<Postgres>>::type_info()
    }
}

impl Encode<'_, Postgres> for Raw {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Ok(match &self.bytes {
            Some(bytes) => {
                buffer.extend_from_slice(bytes);
                IsNull::No
            }
            None => IsNull::Yes,
        })
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(self.kind.clone())
    }
}

/// Adds what a placeholder of this type stands for.
///
/// # Errors
/// It cannot be of the type.
pub(super) fn add(arguments: &mut PgArguments, parameter: &Parameter, kind: &PgTypeInfo) -> Result<(), String> {
    if *parameter == Parameter::Null {
        return put(arguments, Raw { bytes: None, kind: kind.clone() });
    }
    match (kind.kind(), parameter) {
        (PgTypeKind::Domain(base), _) => add(arguments, parameter, base),
        (PgTypeKind::Array(item), Parameter::List(items)) => add_list(arguments, items, item.name()),
        (PgTypeKind::Array(_), _) => Err(format!("a list is wanted, as it is of the type `{}`", shown(kind))),
        (PgTypeKind::Enum(_), _) => put(arguments, Raw { bytes: Some(plain(parameter).into_bytes()), kind: kind.clone() }),
        _ => add_simple(arguments, parameter, kind),
    }
}

fn add_simple(arguments: &mut PgArguments, parameter: &Parameter, kind: &PgTypeInfo) -> Result<(), String> {
    let text = plain(parameter);
    let raw = |bytes: Vec<u8>| Raw { bytes: Some(bytes), kind: kind.clone() };
    let json = || if let Parameter::Text(text) = parameter { as_json(text) } else { text.clone() };
    match kind.name() {
        "BOOL" => put(arguments, of::<bool>(&text, kind)?),
        "INT2" => put(arguments, of::<i16>(&text, kind)?),
        "INT4" => put(arguments, of::<i32>(&text, kind)?),
        "INT8" => put(arguments, of::<i64>(&text, kind)?),
        "OID" => put(arguments, Oid(of(&text, kind)?)),
        "FLOAT4" => put(arguments, of::<f32>(&text, kind)?),
        "FLOAT8" => put(arguments, of::<f64>(&text, kind)?),
        "NUMERIC" => put(arguments, of::<BigDecimal>(&text, kind)?),
        "UUID" => put(arguments, of::<Uuid>(&text, kind)?),
        "DATE" => put(arguments, of::<NaiveDate>(&text, kind)?),
        "TIME" => put(arguments, of::<NaiveTime>(&text, kind)?),
        "TIMESTAMP" => put(arguments, moment(&text)?),
        "TIMESTAMPTZ" => put(arguments, zoned(&text)?),
        "BYTEA" => put(arguments, raw(unbased(&text)?)),
        "JSON" => put(arguments, raw(json().into_bytes())),
        "JSONB" => put(arguments, raw([&[JSONB_VERSION], json().as_bytes()].concat())),
        name if is_text(name) => put(arguments, raw(text.into_bytes())),
        _ => Err(format!("what is of the type `{0}` cannot be sent; let the server make it of a text: `$1::text::{0}`", shown(kind))),
    }
}

fn add_list(arguments: &mut PgArguments, items: &[Json], item: &str) -> Result<(), String> {
    match item {
        "BOOL" => put_list::<bool>(arguments, items, item),
        "INT2" => put_list::<i16>(arguments, items, item),
        "INT4" => put_list::<i32>(arguments, items, item),
        "INT8" => put_list::<i64>(arguments, items, item),
        "FLOAT4" => put_list::<f32>(arguments, items, item),
        "FLOAT8" => put_list::<f64>(arguments, items, item),
        "NUMERIC" => put_list::<BigDecimal>(arguments, items, item),
        "UUID" => put_list::<Uuid>(arguments, items, item),
        name if is_text(name) => put_list::<String>(arguments, items, item),
        _ => Err(format!("a list of the type `{0}[]` cannot be sent; let the server make it: `$1::text[]::{0}[]`", item.to_lowercase())),
    }
}

fn put_list<T>(arguments: &mut PgArguments, items: &[Json], name: &str) -> Result<(), String>
where
    T: FromStr<Err: Display> + for<'q> Encode<'q, Postgres> + Type<Postgres> + PgHasArrayType,
{
    let read = |item: &Json| match Parameter::from(item) {
        Parameter::Null => Ok(None),
        item => plain(&item).parse().map(Some).map_err(|error: T::Err| format!("an item is no `{}` ({error})", name.to_lowercase())),
    };
    let items: Vec<Option<T>> = items.iter().map(read).collect::<Result<_, _>>()?;
    put(arguments, items)
}

fn put<'q, T: Encode<'q, Postgres> + Type<Postgres>>(arguments: &mut PgArguments, value: T) -> Result<(), String> {
    arguments.add(value).map_err(|error| error.to_string())
}

/// A parameter as text.
fn plain(parameter: &Parameter) -> String {
    match parameter {
        Parameter::Null => String::new(),
        Parameter::Boolean(value) => value.to_string(),
        Parameter::Number(text) | Parameter::Text(text) | Parameter::Object(text) => text.clone(),
        Parameter::List(items) => Json::from(items.clone()).to_string(),
    }
}

fn of<T: FromStr<Err: Display>>(text: &str, kind: &PgTypeInfo) -> Result<T, String> {
    text.trim().parse().map_err(|error| format!("`{text}` is no `{}` ({error})", shown(kind)))
}

/// A time, with `T` or a blank behind its date.
fn moment(text: &str) -> Result<NaiveDateTime, String> {
    let iso = text.trim().trim_end_matches('Z').replacen(' ', "T", 1);
    iso.parse().map_err(|error| format!("`{text}` is no `timestamp` ({error}); write it like `2026-11-22T10:00:00`"))
}

/// The same with a zone; in UTC where there is none.
fn zoned(text: &str) -> Result<DateTime<Utc>, String> {
    let iso = text.trim().replacen(' ', "T", 1);
    match DateTime::parse_from_rfc3339(&iso) {
        Ok(time) => Ok(time.to_utc()),
        Err(_) => moment(text).map(|time| time.and_utc()),
    }
}

fn shown(kind: &PgTypeInfo) -> String {
    kind.name().to_lowercase()
}

#[cfg(test)]
mod tests {
    use sqlx::Arguments as _;

    use super::*;

    fn fault(parameter: &Parameter, kind: &PgTypeInfo) -> Option<String> {
        add(&mut PgArguments::default(), parameter, kind).err()
    }

    #[test]
    fn values_become_what_the_column_is_of() {
        let number = |digits: &str| Parameter::Number(digits.to_owned());
        assert_eq!(fault(&number("12.50"), &<BigDecimal as Type<Postgres>>::type_info()), None);
        assert_eq!(fault(&Parameter::Text("7".into()), &<i64 as Type<Postgres>>::type_info()), None);
        let wrong = fault(&number("1.5"), &<i32 as Type<Postgres>>::type_info()).expect("no whole number");
        assert!(wrong.starts_with("`1.5` is no `int4`"), "{wrong}");
        let list = Parameter::List(vec![Json::from("a"), Json::Null]);
        assert_eq!(fault(&list, &<Vec<String> as Type<Postgres>>::type_info()), None);
        assert!(fault(&number("1"), &<Vec<i32> as Type<Postgres>>::type_info()).is_some_and(|fault| fault.starts_with("a list is wanted")));
        let mut arguments = PgArguments::default();
        add(&mut arguments, &Parameter::Null, &<i64 as Type<Postgres>>::type_info()).expect("null is of any type");
        assert_eq!(arguments.len(), 1);
    }

    #[test]
    fn times_are_read_as_they_are_written() {
        let time = |text: &str| zoned(text).map(|time| time.to_rfc3339());
        for text in ["2026-11-22T10:00:00.5Z", "2026-11-22 11:00:00.5+01:00", "2026-11-22 10:00:00.5"] {
            assert_eq!(time(text).as_deref(), Ok("2026-11-22T10:00:00.500+00:00"), "{text}");
        }
        assert!(time("yesterday").is_err_and(|error| error.contains("2026-11-22T10:00:00")));
    }
}
