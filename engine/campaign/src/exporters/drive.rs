//! An exporter's task: takes batches out of its queue until the end.

use std::sync::Arc;

use throng_plugin_api::{Clock, Exporter};

use super::queue::Queue;

/// Exports until the queue is closed and empty. A failure costs its batch, and is told by the queue at the end.
pub(super) async fn drive(mut exporter: Box<dyn Exporter>, queue: Arc<Queue>, clock: Clock) {
    while let Some(batch) = queue.take(clock).await {
        let result = exporter.export(batch).await;
        queue.note(result);
    }
    let closed = exporter.close().await;
    queue.note(closed);
}
