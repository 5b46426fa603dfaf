//! A queue to consume: its name, how it is declared, what it is bound to.

use std::collections::BTreeMap;

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Channel, ExchangeKind};
use serde_json::{Map, Value as Json};
use throng_broker::{FixedText, Gathered};
use throng_model::ConfigFault;
use throng_plugin_api::read_options;

use crate::options::{BindOptions, DeclareOptions};
use crate::plugin::queue_name;
use crate::table::{short, table_of};

/// A queue as the document says it.
#[derive(Debug)]
pub(crate) struct QueuePlan {
    pub(crate) name: FixedText,
    declare: Option<Declaration>,
    bindings: Vec<Binding>,
}

#[derive(Debug)]
struct Declaration {
    options: QueueDeclareOptions,
    arguments: FieldTable,
}

#[derive(Debug)]
struct Binding {
    exchange: FixedText,
    routing_key: FixedText,
    /// None: the exchange must be there.
    kind: Option<ExchangeKind>,
    arguments: FieldTable,
}

impl QueuePlan {
    /// Reads the options `queue`, `declare` and `bind`.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub(crate) fn read(name: Option<&str>, declare: Option<&Json>, bind: Option<&Json>) -> Result<Self, Vec<ConfigFault>> {
        let mut faults = Gathered::default();
        let name = faults.catch(queue_name(name));
        let declare = faults.catch(declare.map(Declaration::read).transpose());
        let mut bindings = Vec::new();
        match bind {
            None => {}
            Some(Json::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    bindings.extend(faults.catch(Binding::read(item, &format!("/bind/{index}"))));
                }
            }
            Some(_) => faults.add(
                "/bind",
                "a list of bindings is expected here",
                Some("write `[{\"exchange\": \"orders\", \"routing-key\": \"new\"}]`"),
            ),
        }
        let plan = name.zip(declare).map(|(name, declare)| Self { name, declare, bindings });
        faults.or(plan)
    }

    /// Declares it and binds it, as far as that is asked for; looks whether it is there otherwise.
    ///
    /// # Errors
    /// What the broker says.
    pub(crate) async fn prepare(&self, channel: &Channel, settings: &BTreeMap<String, String>) -> lapin::Result<()> {
        let name = self.name.fill(settings);
        match &self.declare {
            Some(Declaration { options, arguments }) => channel.queue_declare(short(&name), *options, arguments.clone()).await?,
            None => look(channel, &name).await?,
        };
        for Binding { exchange, routing_key, kind, arguments } in &self.bindings {
            let exchange = exchange.fill(settings);
            if let Some(kind) = kind {
                let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
                channel.exchange_declare(short(&exchange), kind.clone(), options, FieldTable::default()).await?;
            }
            let key = routing_key.fill(settings);
            channel.queue_bind(short(&name), short(&exchange), short(&key), QueueBindOptions::default(), arguments.clone()).await?;
        }
        Ok(())
    }
}

/// Asks for a queue that must be there.
///
/// # Errors
/// What the broker says, which closes the channel then.
pub(crate) async fn look(channel: &Channel, queue: &str) -> lapin::Result<lapin::Queue> {
    let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(short(queue), options, FieldTable::default()).await
}

impl Declaration {
    fn read(json: &Json) -> Result<Self, Vec<ConfigFault>> {
        let given: DeclareOptions = read_options(json, "/declare")?;
        let options = QueueDeclareOptions {
            durable: given.durable.unwrap_or(true),
            exclusive: given.exclusive.unwrap_or_default(),
            auto_delete: given.auto_delete.unwrap_or_default(),
            ..QueueDeclareOptions::default()
        };
        Ok(Self { options, arguments: arguments(&given.arguments, "/declare")? })
    }
}

impl Binding {
    fn read(json: &Json, pointer: &str) -> Result<Self, Vec<ConfigFault>> {
        let given: BindOptions = read_options(json, pointer)?;
        let mut faults = Gathered::default();
        let exchange = match given.exchange.as_deref() {
            Some(name) if !name.is_empty() => faults.catch(FixedText::read(name, &format!("{pointer}/exchange"))),
            _ => {
                faults.add(
                    pointer,
                    "there is no `exchange`",
                    Some("every queue is bound to the broker's own exchange anyhow; name another one"),
                );
                None
            }
        };
        let routing_key =
            faults.catch(FixedText::read(given.routing_key.as_deref().unwrap_or_default(), &format!("{pointer}/routing-key")));
        let arguments = faults.catch(arguments(&given.arguments, pointer));
        let kind = given.r#type.as_deref().map(|kind| match kind {
            "direct" => ExchangeKind::Direct,
            "fanout" => ExchangeKind::Fanout,
            "headers" => ExchangeKind::Headers,
            "topic" => ExchangeKind::Topic,
            other => ExchangeKind::Custom(other.into()),
        });
        let binding = match (exchange, routing_key, arguments) {
            (Some(exchange), Some(routing_key), Some(arguments)) => Some(Self { exchange, routing_key, kind, arguments }),
            _ => None,
        };
        faults.or(binding)
    }
}

fn arguments(given: &Map<String, Json>, pointer: &str) -> Result<FieldTable, Vec<ConfigFault>> {
    table_of(given).map_err(|key| {
        let mut faults = Gathered::default();
        faults.add(format!("{pointer}/arguments/{key}"), "this is not the value of an argument", None);
        faults.all
    })
}
