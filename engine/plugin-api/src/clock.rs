//! Time, handed in: the machine's, or a test's.

use std::future::Future;
use std::io;
use std::time::Duration;

use futures_util::FutureExt as _;
use throng_measure::Moment;
use throng_protocols::Timekeeper;

/// The clock of a process. All workers of a process share one origin.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    source: Source,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    System {
        origin: std::time::Instant,
        unix_origin: u64,
    },
    /// A paused tokio runtime's clock, read so that one of its milliseconds, the finest that its timers know, is a microsecond here.
    /// That makes virtual time exact to the microsecond.
    Virtual {
        origin: tokio::time::Instant,
    },
}

const VIRTUAL_SCALE: u32 = 1000;

#[allow(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clocks")]
impl Clock {
    /// The machine's monotonic clock.
    pub fn system() -> Self {
        let unix = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let unix_origin = u64::try_from(unix.as_nanos()).unwrap_or(u64::MAX);
        Self { source: Source::System { origin: std::time::Instant::now(), unix_origin } }
    }

    /// Virtual time, for tests on a paused runtime: it moves only when everybody waits.
    pub fn paused() -> Self {
        Self { source: Source::Virtual { origin: tokio::time::Instant::now() } }
    }

    /// The present moment.
    pub fn now(&self) -> Moment {
        let elapsed = match self.source {
            Source::System { origin, .. } => origin.elapsed(),
            Source::Virtual { origin } => origin.elapsed() / VIRTUAL_SCALE,
        };
        Moment::from_nanos(elapsed.as_nanos() as u64)
    }

    /// Whether a test moves it: what is measured of the machine means nothing then.
    pub fn is_virtual(&self) -> bool {
        matches!(self.source, Source::Virtual { .. })
    }

    /// The processor time that the calling thread has used, in nanoseconds; none where that is not measured.
    #[cfg(target_os = "linux")]
    pub fn thread_time(&self) -> Option<u64> {
        if self.is_virtual() {
            return None;
        }
        // Its first number. Nothing that is asked several times a second; and valgrind, which counts our instructions, knows it.
        std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split_whitespace().next()?.parse().ok()
    }

    /// The processor time that the calling thread has used, in nanoseconds; none where that is not measured.
    #[cfg(not(target_os = "linux"))]
    pub fn thread_time(&self) -> Option<u64> {
        None
    }

    /// The wall clock at a moment: nanoseconds since the Unix epoch. Virtual time begins at the epoch.
    pub fn unix_time(&self, moment: Moment) -> u64 {
        match self.source {
            Source::System { unix_origin, .. } => unix_origin.saturating_add(moment.as_nanos()),
            Source::Virtual { .. } => moment.as_nanos(),
        }
    }

    /// Waits until a moment, to the next whole millisecond: for time-outs and `delay`, not for starts.
    pub fn sleep_until(&self, moment: Moment) -> tokio::time::Sleep {
        tokio::time::sleep_until(self.to_tokio(moment))
    }

    /// Runs a future for at most this long from now; `None` when it ran over, the future is dropped then.
    ///
    /// Holds the future once: a function that is `async` would have room for it as its argument, and again where it waits.
    pub fn timeout<F: Future>(&self, limit: Duration, future: F) -> impl Future<Output = Option<F::Output>> + use<F> {
        let limit = match self.source {
            Source::System { .. } => limit,
            Source::Virtual { .. } => limit.saturating_mul(VIRTUAL_SCALE),
        };
        tokio::time::timeout(limit, future).map(Result::ok)
    }

    /// A timer for starts and paces, one per worker: precise to tens of microseconds on Linux.
    ///
    /// # Errors
    /// The operating system gives no timer descriptor.
    pub fn precise_timer(&self) -> io::Result<PreciseTimer> {
        PreciseTimer::new(*self)
    }

    fn to_tokio(self, moment: Moment) -> tokio::time::Instant {
        let nanos = Duration::from_nanos(moment.as_nanos());
        match self.source {
            Source::System { origin, .. } => tokio::time::Instant::from_std(origin + nanos),
            Source::Virtual { origin } => origin + nanos * VIRTUAL_SCALE,
        }
    }
}

/// The time since the clock's own origin.
impl Timekeeper for Clock {
    fn since_start(&self) -> u64 {
        self.now().as_nanos()
    }

    fn unix_time(&self) -> u64 {
        Clock::unix_time(self, self.now())
    }
}

/// Waits for moments more precisely than the runtime's timers, which round up to whole milliseconds.
#[derive(Debug)]
pub struct PreciseTimer {
    clock: Clock,
    #[cfg(target_os = "linux")]
    descriptor: Option<tokio::io::unix::AsyncFd<rustix::fd::OwnedFd>>,
}

#[cfg(target_os = "linux")]
impl PreciseTimer {
    #[allow(deprecated, reason = "an owned descriptor upholds what the deprecation asks for; its successor is an unsafe function")]
    fn new(clock: Clock) -> io::Result<Self> {
        use rustix::time::{TimerfdClockId, TimerfdFlags, timerfd_create};
        let descriptor = match clock.source {
            Source::Virtual { .. } => None,
            Source::System { .. } => {
                let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
                Some(tokio::io::unix::AsyncFd::new(timer)?)
            }
        };
        Ok(Self { clock, descriptor })
    }

    /// Waits until a moment; returns at once when it is past.
    ///
    /// # Errors
    /// The timer descriptor fails.
    pub async fn sleep_until(&mut self, moment: Moment) -> io::Result<()> {
        use rustix::time::{Itimerspec, TimerfdTimerFlags, Timespec, timerfd_settime};
        loop {
            let wait = moment.since(self.clock.now());
            if wait == 0 {
                return Ok(());
            }
            let Some(descriptor) = &self.descriptor else {
                self.clock.sleep_until(moment).await;
                continue;
            };
            let it_value = Timespec { tv_sec: (wait / 1_000_000_000) as i64, tv_nsec: (wait % 1_000_000_000) as _ };
            let once = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value };
            timerfd_settime(descriptor, TimerfdTimerFlags::empty(), &once)?;
            let mut ready = descriptor.readable().await?;
            let _ = ready.try_io(|timer| rustix::io::read(timer, &mut [0; 8]).map_err(io::Error::from));
        }
    }
}

#[cfg(not(target_os = "linux"))]
impl PreciseTimer {
    fn new(clock: Clock) -> io::Result<Self> {
        Ok(Self { clock })
    }

    /// Waits until a moment; returns at once when it is past.
    ///
    /// # Errors
    /// Never here.
    pub async fn sleep_until(&mut self, moment: Moment) -> io::Result<()> {
        let margin = Duration::from_millis(2);
        if self.clock.now() < moment - margin {
            self.clock.sleep_until(moment - margin).await;
        }
        while self.clock.now() < moment {
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn virtual_time_is_exact_to_the_microsecond() {
        let clock = Clock::paused();
        let mut timer = clock.precise_timer().expect("no descriptor is needed");
        timer.sleep_until(Moment::from_nanos(1_337_000)).await.expect("never fails");
        assert_eq!(clock.now(), Moment::from_nanos(1_337_000));
        assert_eq!(clock.timeout(Duration::from_micros(5), std::future::pending::<()>()).await, None);
        assert_eq!(clock.now(), Moment::from_nanos(1_342_000));
    }

    #[tokio::test]
    async fn precise_timer_never_wakes_early() {
        let clock = Clock::system();
        let mut timer = clock.precise_timer().expect("a descriptor");
        for _ in 0..20 {
            let goal = clock.now() + Duration::from_micros(300);
            timer.sleep_until(goal).await.expect("the timer works");
            assert!(clock.now() >= goal);
        }
    }
}
