//! Whose turn it is to write.

use std::future::poll_fn;
use std::mem::take;
use std::task::Poll;

/// Lets everybody else on the worker who can go on do so first; wait for it right before writing to a socket, and before service time begins.
///
/// So those who can go on together compute one after another, and then write one after another. A server that is faster than its client has
/// gone to sleep by the next request otherwise, and waking it is the client's to pay: in a virtual machine, where waking the other processor
/// leaves the machine, a quarter of all that an HTTP request costs. Who is alone goes on at once.
pub async fn after_others() {
    let mut is_first = true;
    poll_fn(|context| {
        if take(&mut is_first) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    })
    .await;
}
