//! Sources: step kinds that make records by themselves.

use futures_util::future::LocalBoxFuture;
use throng_protocols::{Failure, Value};

use crate::{OpenError, Visit};

/// A source on the one worker that runs it.
pub trait SourceRunner {
    /// Makes the next records, as many as come easily together. The first call opens what is to be opened; a source that can come back
    /// after a fault does so by itself. Dropping the future loses no record.
    ///
    /// # Errors
    /// The source cannot go on: the campaign fails.
    fn next<'a>(&'a mut self, visit: &'a Visit<'a>) -> LocalBoxFuture<'a, Result<Pulled, Failure>>;

    /// Opens what is to be open before the load; called once, on the worker that runs the source, and only if the step's
    /// [`PluginUse`](throng_model::PluginUse) says that it warms up.
    ///
    /// # Errors
    /// It cannot be opened: the campaign fails before its load.
    fn warm_up(&mut self) -> LocalBoxFuture<'_, Result<(), OpenError>> {
        Box::pin(async { Ok(()) })
    }

    /// The next record will be the first again. Only asked of sources with an end.
    fn rewind(&mut self);
}

/// What a source made.
#[derive(Debug)]
pub enum Pulled {
    /// Records in their order; a bad one has its position in its message and is not the end. May be empty.
    Records(Vec<Result<Value, Failure>>),
    /// There are no more.
    End,
}
