//! From what is asked for to a campaign that can be conducted, or to everything that is wrong with it.

use std::collections::BTreeSet;
use std::sync::Arc;

use throng_campaign::{Composed, NamedFile, compose, fresh_key};
use throng_model::{Campaign, CampaignDocument, Fault, Faults, validate_campaign};

use crate::background::in_background;
use crate::engine::Engine;
use crate::problem::Problem;
use crate::secrets::Secrets;
use crate::store::{CampaignRecord, NewCampaign, PinnedFile};

/// Bytes of a key, at most: it becomes part of a file's name.
const KEY: usize = 80;

/// Keys that are tried when nobody says one.
const TRIES: usize = 8;

/// A campaign that can be conducted.
pub(crate) struct Prepared {
    pub(crate) composed: Box<Composed>,
    /// Whether somebody says the key: then another one won't do.
    has_own_key: bool,
    /// To be stored.
    pub(crate) campaign: NewCampaign,
}

impl Engine {
    /// Finds what the campaign names, pins it, and checks everything.
    pub(crate) async fn prepare(&self, document: CampaignDocument) -> Result<Prepared, Problem> {
        let pinned = self.find_files(&document).await?;
        self.prepare_pinned(document, pinned).await
    }

    /// The same for a campaign that was pinned before.
    pub(crate) async fn prepare_again(&self, record: &CampaignRecord) -> Result<Prepared, Problem> {
        let mut document: CampaignDocument = serde_json::from_str(&record.document).map_err(Problem::engine)?;
        record.secrets.put(&mut document);
        document.seed = Some(record.seed);
        self.prepare_pinned(document, record.files.clone()).await
    }

    async fn prepare_pinned(&self, document: CampaignDocument, pinned: Vec<PinnedFile>) -> Result<Prepared, Problem> {
        let mut document = document;
        document.files = pinned.iter().map(|file| file.name.clone()).collect();
        let campaign = validate_campaign(document)?;
        let mut files = Vec::new();
        for (position, file) in pinned.iter().enumerate() {
            let loaded = match self.inventory.load(&file.digest).await {
                Ok(loaded) => loaded,
                Err(throng_campaign::LoadError::Read(error)) if error.kind() == std::io::ErrorKind::NotFound => {
                    let hint = Some("upload it again".to_owned());
                    return Err(Faults::from(Fault::new(format!("/files/{position}"), format!("`{}` was deleted", file.name), hint)).into());
                }
                Err(error) => return Err(Problem::of_load(error)),
            };
            files.push(NamedFile { name: file.name.clone(), loaded });
        }
        let (shop, folder) = (self.inventory.shop().clone(), self.config.folder.clone());
        // Components describe themselves again, which takes its time.
        let composing = move || compose(&campaign, &files, &shop.loader(), &folder).map(|composed| (campaign, composed));
        let (campaign, mut composed) = in_background(composing).await??;
        self.check_limits(&campaign, &composed)?;
        if composed.plan.key.len() > KEY {
            composed.plan.key = fresh_key("campaign", composed.plan.seed);
        }
        let has_own_key = campaign.document.key.is_some();
        Ok(Prepared { campaign: self.to_be_stored(campaign, &composed, pinned), composed: Box::new(composed), has_own_key })
    }

    /// What the operator allows.
    fn check_limits(&self, campaign: &Campaign, composed: &Composed) -> Result<(), Faults> {
        let mut faults: Vec<_> = composed.plan.scenarios.iter().flat_map(|planned| self.config.targets.faults(&planned.scenario)).collect();
        if campaign.document.key.as_ref().is_some_and(|key| key.len() > KEY) {
            faults.push(Fault::new("/key", format!("it is longer than {KEY} bytes"), Some("shorten it".to_owned())));
        }
        Faults::unless(faults, ())
    }

    fn to_be_stored(&self, campaign: Campaign, composed: &Composed, files: Vec<PinnedFile>) -> NewCampaign {
        let mut document = campaign.document;
        let secrets = Secrets::take(&mut document, composed.plan.scenarios.iter().map(|planned| &planned.scenario));
        let scenarios: Vec<_> = composed.plan.scenarios.iter().map(|planned| planned.scenario.name.clone()).collect();
        NewCampaign {
            key: composed.plan.key.clone(),
            document: serde_json::to_string(&document).unwrap_or_default(),
            secrets,
            seed: composed.plan.seed,
            scenarios,
            tags: composed.plan.tags.clone(),
            minions: composed.plan.scenarios.iter().map(|planned| planned.scenario.minions).sum(),
            files,
            replays: None,
            created: self.now(),
            asked: None,
        }
    }

    /// What the campaign names as its files; if it names none, the newest that have its scenarios.
    async fn find_files(&self, document: &CampaignDocument) -> Result<Vec<PinnedFile>, Problem> {
        let mut faults = Vec::new();
        let mut files: Vec<PinnedFile> = Vec::new();
        for (position, name) in document.files.iter().enumerate() {
            match self.store.find_component(name.clone()).await? {
                Some(found) => files.push(PinnedFile { name: name.clone(), digest: found.digest }),
                None => {
                    let hint = "name it by its digest, its name, or `name@version`; upload it first: `throng push`";
                    faults.push(Fault::new(format!("/files/{position}"), format!("there is no component `{name}`"), Some(hint.to_owned())));
                }
            }
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
        Faults::unless(faults, files).map_err(Problem::from)
    }

    /// Stores a campaign and starts it, now or when its turn comes.
    pub(crate) async fn start(self: &Arc<Self>, prepared: Prepared) -> Result<CampaignRecord, Problem> {
        self.campaigns.check_room()?;
        let mut prepared = prepared;
        let first = prepared.campaign.scenarios.first().cloned().unwrap_or_default();
        let mut stored = self.store.add_campaign(prepared.campaign.clone()).await?;
        for _ in 0..TRIES {
            if stored.is_some() || prepared.has_own_key {
                break;
            }
            // The same seed in the same minute makes the same key.
            let key = fresh_key(&first, rand::random());
            prepared.campaign.key = if key.len() > KEY { fresh_key("campaign", rand::random()) } else { key };
            stored = self.store.add_campaign(prepared.campaign.clone()).await?;
        }
        let Some(record) = stored else {
            let detail = format!("there is a campaign `{}` already", prepared.campaign.key);
            return Err(Problem::conflict(detail).hint("leave `key` out, and one is made"));
        };
        prepared.composed.plan.key.clone_from(&record.key);
        self.campaigns.submit(&record, prepared.composed);
        Ok(record)
    }
}
