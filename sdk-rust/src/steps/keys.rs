//! Keys of joins, and what else the engine finds in a value by itself.

use serde_json::{Value as Json, json};

use crate::Failure;

/// Something in a value that the engine finds without a closure.
#[derive(Clone, Debug)]
pub struct Pick(pub(crate) Json);

impl Pick {
    /// What is under a JSON pointer (RFC 6901): of the body of a response, of an item of a pair (`/0/id`) or list, of any value.
    pub fn json(pointer: impl Into<String>) -> Self {
        Self(json!({"json": pointer.into()}))
    }

    /// Text with holes, as in [`get`](crate::get): `"order-{minion}"`.
    pub fn template(text: impl Into<String>) -> Self {
        Self(Json::String(text.into()))
    }
}

/// What a closure that makes a key may answer: text, a whole number, or `Option` or `Result<_, Failure>` of it. A value without a key is an
/// error of its side.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no key",
    label = "neither text nor a whole number",
    note = "a key is `String`, `&'static str`, a whole number, or `Option` or `Result<_, Failure>` of one"
)]
pub trait Key {
    /// As text.
    ///
    /// # Errors
    /// The closure's own.
    fn into_key(self) -> Result<Option<String>, Failure>;
}

impl Key for String {
    fn into_key(self) -> Result<Option<String>, Failure> {
        Ok(Some(self))
    }
}

impl Key for &'static str {
    fn into_key(self) -> Result<Option<String>, Failure> {
        Ok(Some(self.to_owned()))
    }
}

impl<K: Key> Key for Option<K> {
    fn into_key(self) -> Result<Option<String>, Failure> {
        self.map_or(Ok(None), Key::into_key)
    }
}

impl<K: Key> Key for Result<K, Failure> {
    fn into_key(self) -> Result<Option<String>, Failure> {
        self.and_then(Key::into_key)
    }
}

macro_rules! whole_numbers {
    ($($number:ty),+) => {$(
        impl Key for $number {
            fn into_key(self) -> Result<Option<String>, Failure> {
                Ok(Some(self.to_string()))
            }
        }
    )+};
}

whole_numbers!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize);
