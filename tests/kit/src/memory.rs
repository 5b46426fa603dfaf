//! What processes have in memory.

/// What a process has in memory, in bytes; none where the operating system doesn't tell it as Linux does, or the process is gone.
pub fn resident(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let kibibytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"))?;
    Some(kibibytes.parse::<u64>().ok()? << 10)
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    #[test]
    fn who_runs_has_something_in_memory() {
        assert!(super::resident(std::process::id()).is_some_and(|bytes| bytes > 100 << 10));
    }
}
