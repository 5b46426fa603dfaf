//! SOCKS 4 and 5: asks a proxy for a way to a host, whose name the proxy resolves.

use std::net::{IpAddr, Ipv4Addr};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use crate::origin::Address;
use crate::proxy::ProxyError;

const CONNECT: u8 = 1;
const NO_PASSWORD: u8 = 0;
const PASSWORD: u8 = 2;
const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;

/// Version 5 (RFC 1928), with name and password (RFC 1929) where there are some.
pub(crate) async fn connect_5(
    socket: &mut (impl AsyncRead + AsyncWrite + Unpin),
    address: &Address,
    credentials: Option<&(String, String)>,
) -> Result<(), ProxyError> {
    let method = if credentials.is_some() { PASSWORD } else { NO_PASSWORD };
    socket.write_all(&[5, 1, method]).await?;
    let [version, chosen] = read(socket).await?;
    match (version, chosen) {
        (5, chosen) if chosen == method => {}
        (5, _) => return Err(ProxyError::Socks("it does not let in who asks; see `proxy.user` and `proxy.password`")),
        _ => return Err(ProxyError::NoSocks),
    }
    if let Some((user, password)) = credentials {
        let mut message = vec![1];
        push_text(&mut message, user)?;
        push_text(&mut message, password)?;
        socket.write_all(&message).await?;
        if read(socket).await? != [1, 0] {
            return Err(ProxyError::Socks("it refuses `proxy.user` and `proxy.password`"));
        }
    }
    let mut request = vec![5, CONNECT, 0];
    match address.bare_host().parse() {
        Ok(IpAddr::V4(ip)) => {
            request.push(IPV4);
            request.extend_from_slice(&ip.octets());
        }
        Ok(IpAddr::V6(ip)) => {
            request.push(IPV6);
            request.extend_from_slice(&ip.octets());
        }
        Err(_) => {
            request.push(NAME);
            push_text(&mut request, address.bare_host())?;
        }
    }
    request.extend_from_slice(&address.port.to_be_bytes());
    socket.write_all(&request).await?;
    let [version, answer, _, kind] = read(socket).await?;
    match (version, answer) {
        (5, 0) => {}
        (5, answer) => return Err(ProxyError::Socks(reason_5(answer))),
        _ => return Err(ProxyError::NoSocks),
    }
    // The proxy's own address of that connection, which nobody needs.
    let length = match kind {
        IPV4 => 4,
        IPV6 => 16,
        NAME => usize::from(socket.read_u8().await?),
        _ => return Err(ProxyError::NoSocks),
    };
    socket.read_exact(&mut vec![0; length + 2]).await?;
    Ok(())
}

/// Version 4, or 4a for a host that is a name.
pub(crate) async fn connect_4(
    socket: &mut (impl AsyncRead + AsyncWrite + Unpin),
    address: &Address,
    user: Option<&str>,
) -> Result<(), ProxyError> {
    let host = address.bare_host();
    // What is no address of anybody says that a name follows.
    let (ip, name) = match host.parse() {
        Ok(IpAddr::V4(ip)) => (ip, None),
        Ok(IpAddr::V6(_)) => return Err(ProxyError::Socks("SOCKS4 knows no addresses of IPv6; use `socks5://`")),
        Err(_) => (Ipv4Addr::new(0, 0, 0, 1), Some(host)),
    };
    let mut request = vec![4, CONNECT];
    request.extend_from_slice(&address.port.to_be_bytes());
    request.extend_from_slice(&ip.octets());
    for text in [Some(user.unwrap_or_default()), name].into_iter().flatten() {
        request.extend_from_slice(text.as_bytes());
        request.push(0);
    }
    socket.write_all(&request).await?;
    let answer: [u8; 8] = read(socket).await?;
    match answer {
        [0, 90, ..] => Ok(()),
        [0, 91, ..] => Err(ProxyError::Socks("it refuses, or nobody answers there")),
        [0, 92 | 93, ..] => Err(ProxyError::Socks("it does not let in who asks; see `proxy.user`")),
        _ => Err(ProxyError::NoSocks),
    }
}

async fn read<const N: usize>(socket: &mut (impl AsyncRead + Unpin)) -> Result<[u8; N], ProxyError> {
    let mut bytes = [0; N];
    socket.read_exact(&mut bytes).await?;
    Ok(bytes)
}

fn push_text(message: &mut Vec<u8>, text: &str) -> Result<(), ProxyError> {
    let length = u8::try_from(text.len()).map_err(|_| ProxyError::Socks("host, user and password have at most 255 bytes each"))?;
    message.push(length);
    message.extend_from_slice(text.as_bytes());
    Ok(())
}

fn reason_5(answer: u8) -> &'static str {
    match answer {
        2 => "its rules forbid it",
        3 => "the network cannot be reached",
        4 => "the host cannot be reached",
        5 => "nothing listens there",
        6 => "it has given up waiting",
        7 => "it makes no connections of TCP",
        8 => "it does not know this kind of address",
        _ => "it has failed",
    }
}
