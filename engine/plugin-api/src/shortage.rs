//! Tells what the machine did not have from what the target did not do.

use std::io;

use rustix::io::Errno;
use throng_measure::Shortage;

/// What the machine did not have, if that is why input or output failed.
///
/// The error that stands for used-up ports also stands for an address that this machine has no way to, such as one of IPv6 where there
/// is none: who connects must know that there is a way before it says [`Shortage::Ports`].
pub fn shortage_of(error: &io::Error) -> Option<Shortage> {
    match Errno::from_io_error(error)? {
        Errno::MFILE => Some(Shortage::Descriptors),
        Errno::NFILE => Some(Shortage::MachineDescriptors),
        Errno::ADDRNOTAVAIL => Some(Shortage::Ports),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_machine_lacks_is_a_shortage() {
        let of = |error: Errno| shortage_of(&io::Error::from(error));
        assert_eq!(of(Errno::MFILE), Some(Shortage::Descriptors));
        assert_eq!(of(Errno::NFILE), Some(Shortage::MachineDescriptors));
        assert_eq!(of(Errno::ADDRNOTAVAIL), Some(Shortage::Ports));
        assert_eq!(of(Errno::CONNREFUSED), None);
        assert_eq!(shortage_of(&io::Error::other("no number")), None);
    }
}
