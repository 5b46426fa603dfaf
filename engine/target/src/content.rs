//! Bodies of answers: bytes that repeat up to a length, so that a large body costs no more memory than a small one.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

const LINE: &[u8; 23] = b"throng target answers.\n";

/// A whole number of lines close to what a socket takes at once.
const CHUNK: usize = LINE.len() * 2849;

/// A body; a clone costs two words and a count.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    chunk: Bytes,
    remaining: u64,
}

impl Content {
    pub(crate) const EMPTY: Self = Self { chunk: Bytes::new(), remaining: 0 };

    /// A line of text, over and over, cut at `length` bytes.
    pub(crate) fn lines(length: u64) -> Self {
        let kept = usize::try_from(length).unwrap_or(CHUNK).min(CHUNK);
        Self { chunk: LINE.iter().copied().cycle().take(kept).collect(), remaining: length }
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self { remaining: bytes.len() as u64, chunk: bytes.into() }
    }
}

impl From<&'static str> for Content {
    fn from(text: &'static str) -> Self {
        Self { remaining: text.len() as u64, chunk: Bytes::from_static(text.as_bytes()) }
    }
}

impl Body for Content {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let length = self.remaining.min(self.chunk.len() as u64);
        if length == 0 {
            return Poll::Ready(None);
        }
        self.remaining -= length;
        let data = if self.remaining == 0 { std::mem::take(&mut self.chunk) } else { self.chunk.clone() };
        Poll::Ready(Some(Ok(Frame::data(data.slice(..length as usize)))))
    }

    fn is_end_stream(&self) -> bool {
        self.remaining == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.remaining)
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    async fn read(content: Content) -> Vec<u8> {
        content.collect().await.expect("never fails").to_bytes().to_vec()
    }

    #[tokio::test]
    async fn bodies_are_as_long_as_asked() {
        for length in [0, 1, 23, 24, CHUNK as u64 - 1, CHUNK as u64, CHUNK as u64 + 1, 3 * CHUNK as u64 + 7] {
            let content = Content::lines(length);
            assert_eq!(content.size_hint().exact(), Some(length));
            assert!(content.chunk.len() <= CHUNK);
            let expected: Vec<u8> = LINE.iter().copied().cycle().take(length as usize).collect();
            assert!(read(content).await == expected, "{length} bytes");
        }
    }

    #[tokio::test]
    async fn text_is_itself() {
        assert_eq!(read(Content::from("up")).await, b"up");
        assert_eq!(read(Content::from(b"[1]".to_vec())).await, b"[1]");
        assert_eq!(read(Content::EMPTY).await, b"");
    }
}
