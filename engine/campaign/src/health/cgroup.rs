//! What a container allows this process: control groups of version 2, its own and those around it.

use std::fs;
use std::path::{Path, PathBuf};

/// Where control groups are mounted.
const ROOT: &str = "/sys/fs/cgroup";

/// This process's group and all around it, the innermost first; none where there are no such groups.
#[derive(Debug)]
pub(super) struct Groups(Vec<PathBuf>);

impl Groups {
    pub(super) fn of_this_process() -> Self {
        let listed = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        Self(folders(&listed).into_iter().filter(|folder| folder.is_dir()).collect())
    }

    /// The least limit of memory, in bytes.
    pub(super) fn memory_limit(&self) -> Option<u64> {
        // A group without a limit says `max`.
        self.read("memory.max").filter_map(|text| text.trim().parse().ok()).min()
    }

    /// For how long a processor quota has held the group back so far, in microseconds; the group that was held back the most.
    pub(super) fn throttled(&self) -> Option<u64> {
        self.read("cpu.stat").filter_map(|text| throttled(&text)).max()
    }

    fn read(&self, file: &'static str) -> impl Iterator<Item = String> {
        self.0.iter().filter_map(move |folder| fs::read_to_string(folder.join(file)).ok())
    }
}

/// The folders of a group and those around it, from the lines of `/proc/self/cgroup`.
fn folders(listed: &str) -> Vec<PathBuf> {
    let Some(path) = listed.lines().find_map(|line| line.strip_prefix("0::/")) else { return Vec::new() };
    let own = Path::new(ROOT).join(path);
    own.ancestors().take_while(|folder| folder.starts_with(ROOT)).map(Path::to_path_buf).collect()
}

fn throttled(cpu_stat: &str) -> Option<u64> {
    cpu_stat.lines().find_map(|line| line.strip_prefix("throttled_usec ")?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_those_of_version_2_and_all_around() {
        let shown = |listed: &str| folders(listed).iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>();
        let nested = "4:memory:/old\n0::/system.slice/throng.service\n";
        assert_eq!(shown(nested), ["/sys/fs/cgroup/system.slice/throng.service", "/sys/fs/cgroup/system.slice", "/sys/fs/cgroup"]);
        assert_eq!(shown("0::/\n"), ["/sys/fs/cgroup/"]);
        assert_eq!(shown("4:memory:/old\n"), [""; 0]);
    }

    #[test]
    fn throttling_is_one_line_of_many() {
        let text = "usage_usec 5000\nuser_usec 4000\nnr_periods 10\nnr_throttled 3\nthrottled_usec 120000\n";
        assert_eq!(throttled(text), Some(120_000));
        assert_eq!(throttled("usage_usec 5000\n"), None);
    }

    #[test]
    fn the_least_limit_of_all_groups_counts() {
        let folder = std::env::temp_dir().join(format!("throng-groups-{}", std::process::id()));
        let inner = folder.join("inner");
        fs::create_dir_all(&inner).expect("a folder");
        fs::write(inner.join("memory.max"), "max\n").expect("written");
        fs::write(folder.join("memory.max"), "1048576\n").expect("written");
        fs::write(inner.join("cpu.stat"), "throttled_usec 7\n").expect("written");
        let groups = Groups(vec![inner, folder.clone()]);
        assert_eq!((groups.memory_limit(), groups.throttled()), (Some(1_048_576), Some(7)));
        fs::remove_dir_all(folder).expect("removed");
        assert_eq!((groups.memory_limit(), groups.throttled()), (None, None));
    }
}
