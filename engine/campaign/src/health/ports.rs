//! Local ports of connections: each may be used once towards the same address.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::SocketAddr;

use procfs_core::ExplicitSystemInfo;
use procfs_core::net::TcpNetEntries;
use procfs_core::prelude::FromReadSI as _;
use throng_measure::Usage;

/// How many local ports are used towards the address with the most of them. As long as all sockets together are less than half of the
/// ports, that is their number: to look at each takes its time.
pub(super) fn used(system: &ExplicitSystemInfo) -> Option<Usage> {
    let range = range(&fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?)?;
    let limit = u64::from(range.1 - range.0) + 1;
    let counts = ["/proc/net/sockstat", "/proc/net/sockstat6"].map(|file| sockets(&fs::read_to_string(file).unwrap_or_default()));
    let sockets = counts.into_iter().sum::<u64>();
    if sockets < limit / 2 {
        return Some(Usage { used: sockets, limit });
    }
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].into_iter().filter_map(|file| TcpNetEntries::from_file(file, system).ok());
    let pairs = tables.flat_map(|table| table.0).map(|entry| (entry.local_address.port(), entry.remote_address));
    Some(Usage { used: most_towards_one(pairs, range), limit })
}

/// The first and the last port, from `ip_local_port_range`.
fn range(text: &str) -> Option<(u16, u16)> {
    let mut ends = text.split_whitespace().map_while(|end| end.parse().ok());
    let range = (ends.next()?, ends.next()?);
    (range.0 <= range.1).then_some(range)
}

/// Sockets in use and those that wait for their end, from `sockstat`.
fn sockets(sockstat: &str) -> u64 {
    let Some(line) = sockstat.lines().find_map(|line| line.strip_prefix("TCP: ").or_else(|| line.strip_prefix("TCP6: "))) else { return 0 };
    let mut words = line.split_whitespace();
    let mut sum = 0;
    while let (Some(name), Some(count)) = (words.next(), words.next()) {
        if matches!(name, "inuse" | "tw") {
            sum += count.parse().unwrap_or(0);
        }
    }
    sum
}

fn most_towards_one(pairs: impl Iterator<Item = (u16, SocketAddr)>, range: (u16, u16)) -> u64 {
    let mut ports: BTreeMap<SocketAddr, BTreeSet<u16>> = BTreeMap::new();
    for (port, remote) in pairs.filter(|(port, remote)| (range.0..=range.1).contains(port) && remote.port() != 0) {
        ports.entry(remote).or_default().insert(port);
    }
    ports.values().map(BTreeSet::len).max().unwrap_or(0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_kernel_are_read() {
        assert_eq!(range("32768\t60999\n"), Some((32_768, 60_999)));
        assert_eq!((range("60999 32768"), range("none"), range("")), (None, None, None));
        assert_eq!(sockets("sockets: used 300\nTCP: inuse 5 orphan 9 tw 40 alloc 7 mem 1\nUDP: inuse 3 mem 0\n"), 45);
        assert_eq!(sockets("TCP6: inuse 4\nUDP6: inuse 3\n"), 4);
        assert_eq!(sockets(""), 0);
    }

    #[test]
    fn ports_count_towards_each_address_by_itself() {
        let address = |last: u8, port: u16| SocketAddr::from(([10, 0, 0, last], port));
        // A server's end of a connection has one port, and its clients' addresses; who listens has no other end.
        let server = (0..9).map(|client| (40_000, address(9, 50_000 + client)));
        let pairs =
            [(40_001, address(1, 80)), (40_002, address(1, 80)), (40_001, address(2, 80)), (80, address(1, 80)), (40_003, address(0, 0))];
        assert_eq!(most_towards_one(server.chain(pairs), (32_768, 60_999)), 2);
    }
}
