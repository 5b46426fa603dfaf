//! The shop: log in, fill a cart, order, and see the shipment on a feed some time later.

mod orders;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use hyper::{HeaderMap, StatusCode, header};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use throng_plugin_api::Clock;

use crate::TargetOptions;
use crate::counts::OrderCounts;
use crate::draws::{Draws, Purpose};
use crate::route::Refusal;
use orders::{Orders, Status};

/// How many orders and how many shipments are remembered.
const CAPACITY: usize = 1_000_000;

/// The state of the shop. Tokens and carts carry their own proof, so that only orders are kept.
#[derive(Debug)]
pub(crate) struct Shop {
    clock: Clock,
    draws: Draws,
    logins: AtomicU64,
    carts: AtomicU64,
    orders: Mutex<Orders>,
}

/// A successful answer.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) json: Vec<u8>,
}

#[derive(Deserialize)]
struct Credentials {
    user: String,
}

#[derive(Serialize)]
struct Token {
    token: String,
}

#[derive(Serialize)]
struct Cart {
    cart: String,
}

#[derive(Serialize)]
struct Order {
    order: String,
    status: &'static str,
}

#[derive(Serialize)]
struct ShipmentEntry {
    sequence: u64,
    order: String,
    /// Milliseconds since the Unix epoch.
    at: u64,
}

impl Shop {
    pub(crate) fn new(options: &TargetOptions, clock: Clock) -> Self {
        let draws = Draws::new(options.seed);
        let orders = Mutex::new(Orders::new(options.shop.clone(), draws, CAPACITY));
        Self { clock, draws, logins: AtomicU64::new(0), carts: AtomicU64::new(0), orders }
    }

    /// `POST /login`.
    pub(crate) fn log_in(&self, body: &[u8]) -> Result<Answer, Refusal> {
        let credentials: Result<Credentials, _> = serde_json::from_slice(body);
        if !credentials.is_ok_and(|credentials| !credentials.user.is_empty()) {
            return Err(Refusal::new(StatusCode::BAD_REQUEST, "send the user as json: `{\"user\": \"ada\"}`"));
        }
        let login = self.logins.fetch_add(1, Ordering::Relaxed);
        answer(StatusCode::OK, &Token { token: self.token(login) })
    }

    /// `POST /cart`.
    pub(crate) fn add_to_cart(&self, headers: &HeaderMap, body: &[u8]) -> Result<Answer, Refusal> {
        self.check_token(headers)?;
        check_json(body)?;
        let cart = self.carts.fetch_add(1, Ordering::Relaxed) + 1;
        answer(StatusCode::CREATED, &Cart { cart: format!("cart-{cart}") })
    }

    /// `POST /orders`.
    pub(crate) fn place_order(&self, headers: &HeaderMap, body: &[u8]) -> Result<Answer, Refusal> {
        self.check_token(headers)?;
        if !body.is_empty() {
            check_json(body)?;
        }
        let accepted = self.orders().accept(self.clock.now());
        let order = accepted.map_err(|_| {
            Refusal::new(
                StatusCode::SERVICE_UNAVAILABLE,
                format!("{CAPACITY} orders are waiting for their shipment; order fewer, or lower `--ship-delay`"),
            )
        })?;
        answer(StatusCode::CREATED, &Order { order: order_name(order), status: status_name(Status::Accepted) })
    }

    /// `GET /orders/{name}`.
    pub(crate) fn order(&self, name: &str) -> Result<Answer, Refusal> {
        let number = name.strip_prefix("order-").and_then(|number| number.parse().ok()).filter(|number| order_name(*number) == name);
        let status = number.and_then(|number| self.orders().status(self.clock.now(), number));
        let Some(status) = status else {
            return Err(Refusal::new(StatusCode::NOT_FOUND, format!("there is no such order among the newest {CAPACITY}")));
        };
        answer(StatusCode::OK, &Order { order: name.to_owned(), status: status_name(status) })
    }

    /// `GET /shipments`.
    pub(crate) fn shipments(&self, after: u64) -> Result<Answer, Refusal> {
        let page = self.orders().shipments(self.clock.now(), after);
        let entries = page.into_iter().map(|shipment| ShipmentEntry {
            sequence: shipment.sequence,
            order: order_name(shipment.order),
            at: self.clock.unix_time(shipment.at) / 1_000_000,
        });
        answer(StatusCode::OK, &entries.collect::<Vec<_>>())
    }

    pub(crate) fn counts(&self) -> OrderCounts {
        self.orders().counts(self.clock.now())
    }

    fn orders(&self) -> MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn token(&self, login: u64) -> String {
        format!("{login:x}-{:016x}", self.draws.number(Purpose::Token, login))
    }

    fn check_token(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = authorization.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let login = token.and_then(|(_, token)| u64::from_str_radix(token.split_once('-')?.0, 16).ok());
        let issued = login
            .is_some_and(|login| login < self.logins.load(Ordering::Relaxed) && token.is_some_and(|(_, token)| token == self.token(login)));
        if issued {
            return Ok(());
        }
        Err(Refusal::new(StatusCode::UNAUTHORIZED, "`POST /login` first and send its token: `authorization: Bearer TOKEN`"))
    }
}

fn order_name(number: u64) -> String {
    format!("order-{number}")
}

fn status_name(status: Status) -> &'static str {
    match status {
        Status::Accepted => "accepted",
        Status::Shipped => "shipped",
    }
}

fn check_json(body: &[u8]) -> Result<(), Refusal> {
    let parsed: Result<IgnoredAny, _> = serde_json::from_slice(body);
    parsed.map(|_| ()).map_err(|error| Refusal::new(StatusCode::BAD_REQUEST, format!("the body is not json: {error}")))
}

fn answer(status: StatusCode, json: &impl Serialize) -> Result<Answer, Refusal> {
    let json = serde_json::to_vec(json).map_err(|error| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok(Answer { status, json })
}
