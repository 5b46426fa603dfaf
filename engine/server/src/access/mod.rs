//! Who may do what: tokens with scopes, and how often.

mod rates;
mod scope;
mod tokens;

pub(crate) use rates::{Rate, Rates};
pub use scope::{Scope, UnknownScope};
pub(crate) use tokens::hash;
pub use tokens::{NewToken, TokenRecord, Tokens};
