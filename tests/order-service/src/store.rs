//! The tables: what is in stock, and what was ordered.

use anyhow::Result;
use sqlx::postgres::{PgPool, PgPoolOptions};

use crate::broker::Order;

/// Connections to the database.
const CONNECTIONS: u32 = 16;

/// `stock` has a row for each item. `orders` has no key, so that an order that is written twice is there twice.
const TABLES: [&str; 3] = [
    "create table if not exists stock (item text primary key, amount bigint not null)",
    "create table if not exists orders (\"order\" text not null, item text not null, amount bigint not null, written timestamptz not null default now())",
    "create index if not exists orders_by_name on orders (\"order\")",
];

/// The database.
pub(crate) struct Store(PgPool);

/// How stock is taken.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Taking {
    /// In one statement, whoever else takes of it.
    AtOnce,
    /// Read, reckoned with and written back: what somebody else wrote meanwhile is gone.
    ReadAndWrite,
}

impl Store {
    pub(crate) async fn open(url: &str) -> Result<Self> {
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS).connect(url).await?;
        for table in TABLES {
            sqlx::query(table).execute(&pool).await?;
        }
        Ok(Self(pool))
    }

    /// There is so much of an item from now on.
    pub(crate) async fn stock_up(&self, item: &str, amount: i64) -> Result<()> {
        let sql = "insert into stock (item, amount) values ($1, $2) on conflict (item) do update set amount = excluded.amount";
        sqlx::query(sql).bind(item).bind(amount).execute(&self.0).await?;
        Ok(())
    }

    /// Takes of an item; there may be less than none of it.
    pub(crate) async fn take(&self, item: &str, amount: i64, taking: Taking) -> Result<()> {
        match taking {
            Taking::AtOnce => {
                sqlx::query("update stock set amount = amount - $2 where item = $1").bind(item).bind(amount).execute(&self.0).await?;
            }
            Taking::ReadAndWrite => {
                let read = sqlx::query_scalar("select amount from stock where item = $1").bind(item);
                let Some(there): Option<i64> = read.fetch_optional(&self.0).await? else { return Ok(()) };
                sqlx::query("update stock set amount = $2 where item = $1").bind(item).bind(there - amount).execute(&self.0).await?;
            }
        }
        Ok(())
    }

    /// Adds the order's row.
    pub(crate) async fn write(&self, order: &Order) -> Result<()> {
        let sql = "insert into orders (\"order\", item, amount) values ($1, $2, $3)";
        sqlx::query(sql).bind(&order.order).bind(&order.item).bind(order.amount).execute(&self.0).await?;
        Ok(())
    }
}
