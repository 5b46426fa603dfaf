//! What clients see: orders are accepted as soon as the broker has them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::broker::{Order, Publisher};
use crate::links::FIRST;
use crate::store::Store;

/// What answers need.
struct Api {
    publisher: Publisher,
    store: Arc<Store>,
    orders: AtomicU64,
}

/// What is ordered.
#[derive(Deserialize)]
struct Wanted {
    item: String,
    #[serde(default = "one")]
    amount: i64,
}

fn one() -> i64 {
    1
}

/// How much there is of an item.
#[derive(Deserialize)]
struct Stock {
    amount: i64,
}

/// `POST /orders` and `PUT /stock/{item}`.
pub(crate) fn routes(publisher: Publisher, store: Arc<Store>) -> Router {
    let api = Api { publisher, store, orders: AtomicU64::new(0) };
    Router::new().route("/orders", post(order)).route("/stock/{item}", put(stock_up)).with_state(Arc::new(api))
}

async fn order(State(api): State<Arc<Api>>, Json(Wanted { item, amount }): Json<Wanted>) -> (StatusCode, Json<Value>) {
    let number = api.orders.fetch_add(1, Ordering::Relaxed) + 1;
    let order = Order { order: format!("order-{}-{number}", std::process::id()), number, item, amount };
    match api.publisher.hand_over(FIRST, &order).await {
        Ok(()) => (StatusCode::ACCEPTED, Json(json!({ "order": order.order, "item": order.item, "amount": order.amount }))),
        Err(error) => unavailable(&error),
    }
}

async fn stock_up(State(api): State<Arc<Api>>, Path(item): Path<String>, Json(stock): Json<Stock>) -> (StatusCode, Json<Value>) {
    match api.store.stock_up(&item, stock.amount).await {
        Ok(()) => (StatusCode::OK, Json(json!({ "item": item, "amount": stock.amount }))),
        Err(error) => unavailable(&error),
    }
}

fn unavailable(error: &anyhow::Error) -> (StatusCode, Json<Value>) {
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "error": format!("{error:#}") })))
}
