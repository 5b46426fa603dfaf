//! The plugin `udp`: its kind, and how each use of it is checked.

use std::sync::Arc;
use std::time::Duration;

use schemars::schema_for;
use throng_model::{ConfigFault, StepSetup};
use throng_plugin_api::{ConfiguredStep, KindInfo, Plugin, read_options as read};

use crate::checks::{Faults, duration, place, read_defaults};
use crate::message::{Reply, Request};
use crate::options::UdpOptions;
use crate::udp_step::ConfiguredUdp;

const REPLY_LIMIT: Duration = Duration::from_secs(1);

/// The plugin `udp`: step kind `udp`.
#[derive(Clone, Copy, Debug, Default)]
pub struct UdpPlugin;

const KINDS: &[KindInfo<'_>] = &[KindInfo {
    name: "udp",
    summary: "sends a datagram, and takes the one that answers it",
    schema: &|| schema_for!(UdpOptions).to_value(),
}];

impl Plugin for UdpPlugin {
    fn name(&self) -> &'static str {
        "udp"
    }

    fn kinds(&self) -> Vec<KindInfo<'_>> {
        KINDS.to_vec()
    }

    fn configure(&self, setup: &StepSetup<'_>) -> Result<Arc<dyn ConfiguredStep>, Vec<ConfigFault>> {
        let defaults: UdpOptions = read_defaults("udp", setup)?;
        let own: UdpOptions = read(setup.config, "")?;
        let mut faults = Faults::default();
        let place = faults.catch(place(own.url.as_deref(), defaults.url.as_deref(), &["udp"], setup));
        let request = faults.catch(Request::read(own.request.as_ref().or(defaults.request.as_ref())));
        let reply = faults.catch(Reply::read(own.reply.as_deref().or(defaults.reply.as_deref())));
        let limit = faults.catch(duration(own.reply_timeout.as_deref().or(defaults.reply_timeout.as_deref()), "/reply-timeout"));
        match (place, request, reply, limit) {
            (Some(place), Some(request), Some(reply), Some(limit)) => {
                Ok(Arc::new(ConfiguredUdp { place, request, reply, reply_limit: limit.unwrap_or(REPLY_LIMIT) }))
            }
            _ => Err(faults.all),
        }
    }
}
