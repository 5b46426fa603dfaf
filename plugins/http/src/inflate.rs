//! Compressed bodies: asked for, and inflated up to a limit.

use std::io::{self, Read};

use bytes::Bytes;
use http::{HeaderMap, header};

use crate::connection::ExchangeError;

/// What is asked for, the best first.
pub(crate) const ACCEPTED: &str = "zstd, br, gzip, deflate";
/// The largest window that a zstd frame may want: 8 MiB, as RFC 9659 has it for HTTP.
const ZSTD_WINDOW: u32 = 23;
const BROTLI_BUFFER: usize = 4096;

/// The body as its author wrote it. Of a coding that is not known, the body stays as it came.
///
/// # Errors
/// It is not what its headers say, or larger than the limit.
pub(crate) fn inflate(headers: &HeaderMap, body: &Bytes, limit: u64) -> Result<Bytes, ExchangeError> {
    let values = headers.get_all(header::CONTENT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let codings: Vec<_> = values.flat_map(|value| value.split(',')).map(|coding| coding.trim().to_ascii_lowercase()).collect();
    let mut inflated = body.clone();
    // The last coding was the last that was applied. What answers `HEAD` has a coding and no body.
    for coding in codings.iter().rev().filter(|_| !body.is_empty()) {
        let read = match coding.as_str() {
            "gzip" | "x-gzip" => whole(flate2::read::MultiGzDecoder::new(&inflated[..]), limit),
            "deflate" => whole(flate2::read::ZlibDecoder::new(&inflated[..]), limit),
            "br" => whole(brotli_decompressor::Decompressor::new(&inflated[..], BROTLI_BUFFER), limit),
            "zstd" => zstd(&inflated, limit),
            "identity" | "" => continue,
            _ => break,
        };
        inflated = match read {
            Ok(inflated) if inflated.len() as u64 > limit => return Err(ExchangeError::BodyTooLarge { limit }),
            Ok(inflated) => inflated.into(),
            Err(source) => return Err(ExchangeError::Coding { coding: coding.clone(), source }),
        };
    }
    Ok(inflated)
}

fn zstd(body: &[u8], limit: u64) -> io::Result<Vec<u8>> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(body)?;
    decoder.window_log_max(ZSTD_WINDOW)?;
    whole(decoder, limit)
}

/// One byte more than the limit at most.
fn whole(from: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut inflated = Vec::new();
    from.take(limit.saturating_add(1)).read_to_end(&mut inflated)?;
    Ok(inflated)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};
    use http::HeaderValue;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).expect("memory");
        encoder.finish().expect("memory")
    }

    fn inflated(coding: &'static str, body: &[u8], limit: u64) -> Result<String, ExchangeError> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        let inflated = inflate(&headers, &Bytes::copy_from_slice(body), limit)?;
        Ok(String::from_utf8_lossy(&inflated).into_owned())
    }

    #[test]
    fn each_coding_is_known() {
        let mut deflated = ZlibEncoder::new(Vec::new(), Compression::default());
        deflated.write_all(b"hello").expect("memory");
        let deflated = deflated.finish().expect("memory");
        let zstd = zstd::encode_all(&b"hello"[..], 1).expect("memory");
        // The whole of a brotli stream that stores `hello`: its window, one block that is not compressed, and its end.
        let brotli = b"\x0b\x02\x80hello\x03";
        for (coding, body) in
            [("gzip", gzip(b"hello")), ("X-GZIP", gzip(b"hello")), ("deflate", deflated), ("zstd", zstd.clone()), ("br", brotli.to_vec())]
        {
            assert_eq!(inflated(coding, &body, 5).ok().as_deref(), Some("hello"), "{coding}");
        }
        assert_eq!(inflated("zstd, gzip", &gzip(&zstd), 100).ok().as_deref(), Some("hello"));
        assert_eq!(inflated("identity", b"hello", 5).ok().as_deref(), Some("hello"));
        assert_eq!(inflated("compress", b"hello", 5).ok().as_deref(), Some("hello"));
        assert_eq!(inflated("gzip", b"", 5).ok().as_deref(), Some(""));
    }

    #[test]
    fn no_more_is_inflated_than_allowed() {
        let bomb = gzip(&vec![b'x'; 1 << 24]);
        assert!(bomb.len() < 1 << 16);
        assert!(matches!(inflated("gzip", &bomb, 1 << 20), Err(ExchangeError::BodyTooLarge { limit: 1_048_576 })));
        assert!(matches!(inflated("gzip, gzip", &gzip(&bomb), 1 << 20), Err(ExchangeError::BodyTooLarge { .. })));
    }

    #[test]
    fn broken_bodies_are_told() {
        for coding in ["gzip", "deflate", "br", "zstd"] {
            assert!(matches!(inflated(coding, b"\xff\xff no such thing", 100), Err(ExchangeError::Coding { .. })), "{coding}");
        }
        let cut = gzip(&[b'x'; 1000]);
        assert!(matches!(inflated("gzip", &cut[..cut.len() - 9], 10_000), Err(ExchangeError::Coding { .. })));
    }
}
