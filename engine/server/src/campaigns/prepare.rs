//! From what is asked for to a campaign that can be conducted, or to everything that is wrong with it.

use std::collections::BTreeSet;

use throng_campaign::{ComponentPlugin, Composed, NamedFile, check_engine_tags, compose, fresh_key};
use throng_model::{Campaign, CampaignDocument, Fault, Faults, Schedule, validate_campaign};
use throng_plugin_api::Plugin;

use super::schedules::next_of;
use crate::background::in_background;
use crate::clock;
use crate::engine::Engine;
use crate::problem::Problem;
use crate::secrets::Secrets;
use crate::store::{CampaignRecord, NewCampaign, PinnedFile, StoreError};

/// Bytes of a key, at most: it becomes part of a file's name.
const KEY: usize = 80;

/// Keys that are tried when nobody says one.
const TRIES: usize = 8;

/// A campaign that can be conducted.
pub(crate) struct Prepared {
    pub(crate) composed: Box<Composed>,
    /// Whether somebody says the key: then another one won't do.
    has_own_key: bool,
    /// When it is to be started; none: when its turn comes.
    pub(crate) schedule: Option<Schedule>,
    /// To be stored.
    pub(crate) campaign: NewCampaign,
}

impl Engine {
    /// Finds what the campaign names, pins it, and checks everything.
    pub(crate) async fn prepare(&self, document: CampaignDocument) -> Result<Prepared, Problem> {
        let (pinned, mut faults) = self.find_files(&document).await?;
        let (plugins, more) = self.find_plugins(&document).await?;
        faults.extend(more);
        Faults::unless(faults, ())?;
        // What it names is looked for again when its time has come: the newest of a name may be another one then.
        let named = document.schedule.is_some().then(|| document.files.clone());
        self.prepare_pinned(document, pinned, plugins, named).await
    }

    /// The same for a campaign that was pinned before.
    pub(crate) async fn prepare_again(&self, record: &CampaignRecord) -> Result<Prepared, Problem> {
        let mut document: CampaignDocument = serde_json::from_str(&record.document).map_err(Problem::engine)?;
        record.secrets.put(&mut document);
        document.seed = Some(record.seed);
        // It is the time.
        document.schedule = None;
        let plugins = self.pinned_plugins(&record.plugins).await?;
        self.prepare_pinned(document, record.files.clone(), plugins, None).await
    }

    /// `named` is what is stored as the document's files in place of the names of those that it is pinned to.
    async fn prepare_pinned(
        &self,
        document: CampaignDocument,
        pinned: Vec<PinnedFile>,
        plugins: Vec<ComponentPlugin>,
        named: Option<Vec<String>>,
    ) -> Result<Prepared, Problem> {
        let shop = self.inventory.shop().with(&plugins);
        let mut document = document;
        document.files = pinned.iter().map(|file| file.name.clone()).collect();
        let campaign = validate_campaign(document)?;
        let mut files = Vec::new();
        for (position, file) in pinned.iter().enumerate() {
            let loaded = match self.inventory.load(&file.digest, &shop).await {
                Ok(loaded) => loaded,
                Err(throng_campaign::LoadError::Read(error)) if error.kind() == std::io::ErrorKind::NotFound => {
                    let hint = Some("upload it again".to_owned());
                    return Err(Faults::from(Fault::new(format!("/files/{position}"), format!("`{}` was deleted", file.name), hint)).into());
                }
                Err(error) => return Err(Problem::of_load(error)),
            };
            files.push(NamedFile { name: file.name.clone(), loaded });
        }
        let folder = self.config.folder.clone();
        // Components describe themselves again, which takes its time.
        let composing = move || compose(&campaign, &files, &shop.loader(), &folder).map(|composed| (campaign, composed));
        let (campaign, mut composed) = in_background(composing).await??;
        let next = campaign.schedule.as_ref().and_then(|schedule| next_of(schedule, clock::wall()));
        self.check_limits(&campaign, &composed, next)?;
        if composed.plan.key.len() > KEY {
            composed.plan.key = fresh_key("campaign", composed.plan.seed);
        }
        let has_own_key = campaign.document.key.is_some();
        let schedule = campaign.schedule.clone();
        let mut campaign = campaign;
        if let Some(named) = named {
            campaign.document.files = named;
        }
        let campaign = NewCampaign { next, ..self.to_be_stored(campaign.document, &composed, pinned) };
        Ok(Prepared { campaign, composed: Box::new(composed), has_own_key, schedule })
    }

    /// What the operator allows.
    fn check_limits(&self, campaign: &Campaign, composed: &Composed, next: Option<i64>) -> Result<(), Faults> {
        let mut faults: Vec<_> = composed.plan.scenarios.iter().flat_map(|planned| self.config.targets.faults(&planned.scenario)).collect();
        faults.extend(self.config.bounds.faults(&composed.plan));
        if let Err(error) = check_engine_tags(&self.config.tags, &composed.plan.scenarios) {
            faults.push(Fault::new("/files", error.to_string(), None));
        }
        if campaign.document.key.as_ref().is_some_and(|key| key.len() > KEY) {
            faults.push(Fault::new("/key", format!("it is longer than {KEY} bytes"), Some("shorten it".to_owned())));
        }
        if campaign.schedule.is_some() && next.is_none() {
            faults.push(Fault::new("/schedule", "its time has passed", Some("write one that is to come".to_owned())));
        }
        Faults::unless(faults, ())
    }

    fn to_be_stored(&self, document: CampaignDocument, composed: &Composed, files: Vec<PinnedFile>) -> NewCampaign {
        let mut document = document;
        let secrets = Secrets::take(&mut document, composed.plan.scenarios.iter().map(|planned| &planned.scenario));
        let scenarios: Vec<_> = composed.plan.scenarios.iter().map(|planned| planned.scenario.name.clone()).collect();
        let plugins = composed.resources.registry.plugins().filter_map(Plugin::facts);
        let plugins = plugins.map(|facts| PinnedFile { name: format!("{}@{}", facts.name, facts.version), digest: facts.digest });
        NewCampaign {
            key: composed.plan.key.clone(),
            document: serde_json::to_string(&document).unwrap_or_default(),
            secrets,
            seed: composed.plan.seed,
            scenarios,
            tags: composed.plan.tags.clone(),
            minions: composed.plan.scenarios.iter().map(|planned| planned.scenario.minions).sum(),
            files,
            plugins: plugins.collect(),
            replays: None,
            schedule: document.schedule,
            next: None,
            scheduled_by: None,
            created: self.now(),
            asked: None,
        }
    }

    /// What the campaign names as its files; if it names none, the newest that have its scenarios. And what is wrong with that.
    async fn find_files(&self, document: &CampaignDocument) -> Result<(Vec<PinnedFile>, Vec<Fault>), StoreError> {
        let mut faults = Vec::new();
        let mut files: Vec<PinnedFile> = Vec::new();
        for (position, name) in document.files.iter().enumerate() {
            let (message, hint) = match self.store.find_component(name.clone()).await? {
                Some(found) if found.kind.is_plugin() => (
                    format!("`{name}` is a step plugin"),
                    "name a scenario that uses its kinds; the plugin itself may be named in `plugins`",
                ),
                Some(found) => {
                    files.push(PinnedFile { name: name.clone(), digest: found.digest });
                    continue;
                }
                None => {
                    let hint = "name it by its digest, its name, or `name@version`; upload it first: `throng push`";
                    (format!("there is no component `{name}`"), hint)
                }
            };
            faults.push(Fault::new(format!("/files/{position}"), message, Some(hint.to_owned())));
        }
        if document.files.is_empty() {
            let mut digests = BTreeSet::new();
            for name in document.scenarios.keys() {
                match self.store.component_of_scenario(name.clone()).await? {
                    Some(found) if digests.insert(found.digest.clone()) => {
                        files.push(PinnedFile { name: found.name, digest: found.digest })
                    }
                    Some(_) => {}
                    None => {
                        let hint = Some("upload it first: `throng push`".to_owned());
                        faults.push(Fault::new(format!("/scenarios/{name}"), format!("no component has the scenario `{name}`"), hint));
                    }
                }
            }
            if document.scenarios.is_empty() {
                let hint = "name at least one in `scenarios`, or a component in `files`".to_owned();
                faults.push(Fault::new("/scenarios", "there is nothing to run", Some(hint)));
            }
        }
        Ok((files, faults))
    }

    /// Stores a campaign and starts it, now, when its turn comes, or when its time has come.
    pub(crate) async fn start(&self, prepared: Prepared) -> Result<CampaignRecord, Problem> {
        if prepared.schedule.is_some() {
            return self.schedule(prepared).await;
        }
        self.campaigns.check_room()?;
        let (record, composed) = self.keep(prepared).await?;
        self.campaigns.submit(&record, composed);
        Ok(record)
    }

    /// Stores a campaign under the key that it says, or under one that nobody has.
    pub(super) async fn keep(&self, prepared: Prepared) -> Result<(CampaignRecord, Box<Composed>), Problem> {
        let mut prepared = prepared;
        let schedule = prepared.campaign.scheduled_by.as_ref().map(|by| by.key.clone());
        let first = schedule.or_else(|| prepared.campaign.scenarios.first().cloned()).unwrap_or_default();
        let mut stored = self.store.add_campaign(prepared.campaign.clone()).await?;
        for _ in 0..TRIES {
            if stored.is_some() || prepared.has_own_key {
                break;
            }
            // The same seed in the same minute makes the same key.
            prepared.campaign.key = key_after(&first, rand::random());
            stored = self.store.add_campaign(prepared.campaign.clone()).await?;
        }
        let Some(record) = stored else {
            let detail = format!("there is a campaign `{}` already", prepared.campaign.key);
            return Err(Problem::conflict(detail).hint("leave `key` out, and one is made"));
        };
        prepared.composed.plan.key.clone_from(&record.key);
        Ok((record, prepared.composed))
    }
}

/// A key that says what it is of, unless that is too long.
pub(super) fn key_after(name: &str, seed: u64) -> String {
    let key = fresh_key(name, seed);
    if key.len() > KEY { fresh_key("campaign", seed) } else { key }
}
