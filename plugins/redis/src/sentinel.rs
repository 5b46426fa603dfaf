//! Sentinels: who is asked which server is the master, each time that a connection is opened.

use std::collections::BTreeMap;
use std::iter::once;

use redis::{Value as Answer, cmd};
use serde_json::Value as Json;
use throng_broker::{Address, FixedText, Gathered, both};
use throng_model::{ConfigFault, Targets};
use throng_plugin_api::{Clock, option_fault};
use throng_protocols::Failure;

use crate::failure::{not_granted, not_master, strange_answer, unknown_master};
use crate::line::Line;
use crate::options::SentinelOptions;
use crate::scan::bytes_of;
use crate::server::{PLUGIN, SCHEMES, Server};

/// Sentinels as the document says them, beside the one that `url` names.
#[derive(Debug)]
pub(crate) struct SentinelPlan {
    master: FixedText,
    others: Vec<Address>,
    user: Option<FixedText>,
    password: Option<FixedText>,
    targets: Targets,
}

/// The same on a worker, with the settings in it.
#[derive(Clone)]
pub(crate) struct Sentinel {
    master: String,
    others: Vec<Address>,
    user: Option<String>,
    password: Option<String>,
    targets: Targets,
}

impl SentinelPlan {
    /// Reads the option `sentinel`; none if it is not there.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(crate) fn read(own: Option<&Json>, defaults: Option<&Json>, targets: &Targets) -> Result<Option<Self>, Vec<ConfigFault>> {
        if own.is_none() && defaults.is_none() {
            return Ok(None);
        }
        let (own, defaults) = both::<SentinelOptions>(PLUGIN, own, defaults, "/sentinel")?;
        let mut faults = Gathered::default();
        let master = faults.catch(match own.master.or(defaults.master) {
            Some(master) if !master.is_empty() => FixedText::read(&master, "/sentinel/master"),
            _ => {
                let hint = "say what the sentinels call it: `\"sentinel\": {\"master\": \"mymaster\"}`".to_owned();
                Err(vec![option_fault("/sentinel", "there is no `master`", Some(hint))])
            }
        });
        let urls = own.others.or(defaults.others).unwrap_or_default();
        let place = |index| format!("/sentinel/others/{index}");
        let address = |(index, url): (usize, &String)| faults.catch(Address::granted(url, &SCHEMES, targets, &place(index)));
        let others = urls.iter().enumerate().filter_map(address).collect();
        let text = |text: Option<String>, pointer: &str| text.map(|text| FixedText::read(&text, pointer)).transpose();
        let user = faults.catch(text(own.user.or(defaults.user), "/sentinel/user"));
        let password = faults.catch(text(own.password.or(defaults.password), "/sentinel/password"));
        let plan = match (master, user, password) {
            (Some(master), Some(user), Some(password)) => Some(Some(Self { master, others, user, password, targets: targets.clone() })),
            _ => None,
        };
        faults.or(plan)
    }

    /// With the settings in it.
    pub(crate) fn with(&self, settings: &BTreeMap<String, String>) -> Sentinel {
        Sentinel {
            master: self.master.fill(settings),
            others: self.others.clone(),
            user: self.user.as_ref().map(|user| user.fill(settings)),
            password: self.password.as_ref().map(|password| password.fill(settings)),
            targets: self.targets.clone(),
        }
    }
}

impl Sentinel {
    /// A connection to the master, as the first sentinel that answers names it.
    ///
    /// # Errors
    /// None answers, none knows the master, it may not be talked to, or it is no master yet, or no more.
    pub(crate) async fn connect(&self, server: &Server, clock: Clock) -> Result<Line, Failure> {
        let address = self.master(server, clock).await?;
        if !self.targets.allows(&address.host, address.port) {
            return Err(not_granted(&address, &self.targets));
        }
        let line = Line::open_plainly(&Server { address, ..server.clone() }, clock).await?;
        match line.ask(&cmd("ROLE")).await {
            Ok(Answer::Array(role)) if role.first().cloned().and_then(bytes_of).is_some_and(|role| role != b"master") => {
                Err(not_master(&line.server().address))
            }
            // Who may not ask for it finds out by writing.
            _ => Ok(line),
        }
    }

    async fn master(&self, server: &Server, clock: Clock) -> Result<Address, Failure> {
        let count = u32::try_from(self.others.len()).unwrap_or(u32::MAX).saturating_add(2);
        let mut first = None;
        for address in once(&server.address).chain(&self.others) {
            let asked = Server {
                address: address.clone(),
                database: 0,
                user: self.user.clone(),
                password: self.password.clone(),
                // Of the time that there is, each has a share, and the master one.
                connect_limit: server.connect_limit / count,
                ..server.clone()
            };
            match self.ask(&asked, clock).await {
                Ok(master) => return Ok(master),
                Err(failure) => drop(first.get_or_insert(failure)),
            }
        }
        Err(first.unwrap_or_else(|| unknown_master(&server.address, &self.master)))
    }

    async fn ask(&self, sentinel: &Server, clock: Clock) -> Result<Address, Failure> {
        let line = Line::open_plainly(sentinel, clock).await?;
        let answer = line.ask(cmd("SENTINEL").arg("GET-MASTER-ADDR-BY-NAME").arg(&self.master)).await?;
        let strange = || strange_answer(&sentinel.address, "SENTINEL");
        let parts = match answer {
            Answer::Nil => return Err(unknown_master(&sentinel.address, &self.master)),
            Answer::Array(parts) => parts,
            _ => return Err(strange()),
        };
        let mut texts = parts.into_iter().filter_map(bytes_of).filter_map(|bytes| String::from_utf8(bytes).ok());
        let (Some(host), Some(port)) = (texts.next(), texts.next().and_then(|port| port.parse().ok())) else { return Err(strange()) };
        Ok(Address { host: host.to_ascii_lowercase(), port, path: None, ..sentinel.address.clone() })
    }
}
