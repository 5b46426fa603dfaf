//! Side trees, and lists that go on from a collect: what runs beside the minions.

use std::rc::Rc;
use std::time::Duration;

use throng_measure::EngineEvent;
use throng_model::StepNumber;
use throng_protocols::Value;

use crate::events::why;
use crate::guests::Origin;
use crate::message::{FromWorker, TreePhase};
use crate::minion::{Minion, Role};
use crate::node::Work;
use crate::scenario_run::ScenarioRun;
use crate::sources::{drive_source, own_minion};
use crate::tasks::Tasks;
use crate::walk::{Emission, Scope, Token, forward, walk};

impl ScenarioRun {
    /// Starts what keeps the time of joins and collects: trees before and behind the load need it as well.
    pub(crate) fn start_watchers(self: &Rc<Self>) {
        for node in &self.nodes {
            let step = node.number.0;
            match &node.work {
                Work::Join(part) => self.life.watchers.spawn(&self.quieter, Rc::clone(self).watch_join(step, Rc::clone(part))),
                Work::Collect(part) if part.owner == self.shared.peers.worker => {
                    self.life.watchers.spawn(&self.quieter, Rc::clone(self).watch_collect(step, Rc::clone(part)));
                }
                _ => {}
            }
        }
    }

    /// Starts what goes on while there is load: side trees, and sources of topics.
    pub(crate) fn start_companions(self: &Rc<Self>) {
        let in_load: Vec<StepNumber> =
            self.nodes.iter().filter(|node| matches!(node.work, Work::Topic(_))).map(|node| node.number).collect();
        for step in in_load.into_iter().filter(|step| self.sources.borrow().contains_key(&step.0)) {
            self.spawn_tree(&self.life.companions, step, Role::Side, Duration::ZERO);
        }
        for tree in self.trees.iter().filter(|tree| tree.run == throng_model::TreeRun::During) {
            self.spawn_tree(&self.life.companions, tree.root, Role::Side, Duration::ZERO);
        }
    }

    /// Runs the trees of a phase that belong to this worker. The phase is over as the load is: when nothing of it goes on by itself.
    pub(crate) fn run_trees(self: &Rc<Self>, phase: TreePhase) {
        self.life.cancelled.set(false);
        if phase == TreePhase::AfterLoad {
            // Nothing goes on beside these trees that could bring them something.
            self.life.stopping.set(true);
        }
        for tree in self.trees.iter().filter(|tree| phase.includes(tree.run)) {
            self.spawn_tree(&self.life.trees, tree.root, Role::Load, phase.settle(tree.run));
        }
    }

    /// Runs a tree behind a stage of the profile, as part of the load; not at all when the load is stopped before. The stage ends when the
    /// plan comes to `end`.
    pub(crate) fn run_after_stage(self: &Rc<Self>, end: u64) {
        for tree in self.trees.iter().filter(|tree| tree.run == throng_model::TreeRun::AfterStage).copied() {
            let run = Rc::clone(self);
            self.life.trees.spawn(&self.quieter, async move {
                tokio::select! {
                    biased;
                    _ = run.life.plan.comes_to(end, &run.timers) => {}
                    () = run.life.stages_over.notified() => return,
                }
                let minion = Minion::new(own_minion(tree.root), Role::Load, &run);
                run.walk_tree(tree.root, &minion).await;
                run.let_go(minion.number);
            });
        }
    }

    /// Lets a list go on from a collect, in a context of the step's own.
    pub(crate) fn spawn_context(&self, step: StepNumber, value: Value) {
        let Some(run) = self.me.upgrade() else { return };
        self.life.lists.spawn(&self.quieter, async move {
            let minion = Minion::new(own_minion(step), Role::Load, &run);
            let now = run.clock.now();
            let origin = Origin::default().healthy(step);
            let node = run.node(step);
            forward(Emission { run: &run, minion: &minion, scope: Scope::default(), node, origin, made: now }, value, now).await;
        });
    }

    fn spawn_tree(self: &Rc<Self>, tasks: &Tasks, root: StepNumber, role: Role, settle: Duration) {
        let run = Rc::clone(self);
        let presence = TreePresence { run: Rc::clone(self), root };
        tasks.spawn(&self.quieter, async move {
            // Moved in, so that it ends with the task.
            let _presence = presence;
            if !settle.is_zero() {
                run.timers.sleep_until(run.clock.now() + settle).await;
            }
            let minion = Minion::new(own_minion(root), role, &run);
            run.walk_tree(root, &minion).await;
        });
    }

    async fn walk_tree(self: &Rc<Self>, root: StepNumber, minion: &Minion) {
        let node = self.node(root);
        if self.sources.borrow().contains_key(&root.0) {
            if let Err(failure) = drive_source(self, node, minion).await {
                self.fault_event(EngineEvent::SourceFailed, node, minion, 0, || why(&failure));
                let (step, reason) = (node.place.step.to_string(), self.secrets.hide(&failure.message).into_owned());
                self.tell(FromWorker::SourceFailed { scenario: self.number, step, reason });
            }
            return;
        }
        let now = self.clock.now();
        let token = Token { value: Value::None, intended: now, made: now, origin: Origin::default() };
        walk(self, minion, Scope::default(), root, token).await;
    }

    /// What a tree fed has come to its end, the topic of its own source included.
    fn end_feeds(&self, root: StepNumber) {
        for node in &self.nodes {
            let step = node.number.0;
            match &node.work {
                _ if node.number != root && self.feeders.get(&step) != Some(&root) => {}
                Work::Topic(part) => self.end_topic(step, part),
                Work::Latest(part) => self.end_latest(step, part),
                _ => {}
            }
        }
    }
}

/// Says that a tree has ended, by itself or with the load.
struct TreePresence {
    run: Rc<ScenarioRun>,
    root: StepNumber,
}

impl Drop for TreePresence {
    fn drop(&mut self) {
        self.run.let_go(own_minion(self.root));
        // Where everything is cancelled nobody goes on with what is left.
        if !self.run.life.closing.get() {
            self.run.end_feeds(self.root);
        }
    }
}
