//! What a target can be told; the command line's help is made of these comments.

use std::time::Duration;

use clap::Args;

use crate::text::duration;
use crate::{Share, TargetError};

/// How the built-in server answers.
///
/// Durations are written like `250ms`, `1.5s` or `2m`, shares like `1%` or `0.5%`.
#[derive(Args, Clone, Debug, PartialEq)]
pub struct TargetOptions {
    /// Port to listen on; 0 takes a free one
    #[arg(long, short, default_value_t = 8080)]
    pub port: u16,
    /// Address or name to listen on
    #[arg(long, default_value = "127.0.0.1")]
    pub host: String,
    /// Time to wait before each answer, rounded up to whole milliseconds
    #[arg(long, value_name = "DURATION", default_value = "0ms", value_parser = duration)]
    pub delay: Duration,
    /// Lengthen or shorten each delay by up to this much
    #[arg(long, value_name = "DURATION", default_value = "0ms", value_parser = duration)]
    pub delay_jitter: Duration,
    /// Status of plain answers
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(200..=599))]
    pub status: u16,
    /// Bytes in the body of plain answers
    #[arg(long, value_name = "BYTES", default_value_t = 23, value_parser = clap::value_parser!(u64).range(..=1 << 30))]
    pub size: u64,
    /// Share of requests that are answered 500 instead, the shop's too
    #[arg(long, value_name = "SHARE", default_value = "0%")]
    pub error_share: Share,
    /// Seed of everything that is drawn: the same requests in the same order get the same answers
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Freeze this long after the first request came in (`/health` and `/stats` do not count)
    #[arg(long, value_name = "DURATION", requires = "freeze_for", value_parser = duration)]
    pub freeze_at: Option<Duration>,
    /// Answer nothing for this long; what came in meanwhile is answered when it ends
    #[arg(long, value_name = "DURATION", requires = "freeze_at", value_parser = duration)]
    pub freeze_for: Option<Duration>,
    /// Threads that answer; connections are dealt out to them in turn
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: u16,
    /// The shop's own.
    #[command(flatten)]
    pub shop: ShopOptions,
}

/// What becomes of the shop's orders.
#[derive(Args, Clone, Debug, PartialEq)]
#[command(next_help_heading = "Shop")]
pub struct ShopOptions {
    /// Time from an order's acceptance to its shipment on the feed
    #[arg(long, value_name = "DURATION", default_value = "200ms", value_parser = duration)]
    pub ship_delay: Duration,
    /// Lengthen or shorten each shipping delay by up to this much
    #[arg(long, value_name = "DURATION", default_value = "0ms", value_parser = duration)]
    pub ship_delay_jitter: Duration,
    /// Share of orders that are accepted but never on the feed
    #[arg(long, value_name = "SHARE", default_value = "0%")]
    pub lose: Share,
    /// Share of orders that are on the feed twice
    #[arg(long, value_name = "SHARE", default_value = "0%")]
    pub double: Share,
}

impl TargetOptions {
    pub(crate) fn check(&self) -> Result<(), TargetError> {
        let percent = self.shop.lose.percent() + self.shop.double.percent();
        if percent > 100.0 { Err(TargetError::Shares { percent }) } else { Ok(()) }
    }
}

impl Default for TargetOptions {
    fn default() -> Self {
        Self {
            port: 8080,
            host: "127.0.0.1".to_owned(),
            delay: Duration::ZERO,
            delay_jitter: Duration::ZERO,
            status: 200,
            size: 23,
            error_share: Share::NONE,
            seed: 0,
            freeze_at: None,
            freeze_for: None,
            threads: 1,
            shop: ShopOptions::default(),
        }
    }
}

impl Default for ShopOptions {
    fn default() -> Self {
        Self { ship_delay: Duration::from_millis(200), ship_delay_jitter: Duration::ZERO, lose: Share::NONE, double: Share::NONE }
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;

    #[derive(Debug, Parser)]
    struct CommandLine {
        #[command(flatten)]
        options: TargetOptions,
    }

    fn parse(arguments: &str) -> Result<TargetOptions, String> {
        let all = std::iter::once("target").chain(arguments.split_whitespace());
        CommandLine::try_parse_from(all).map(|line| line.options).map_err(|error| error.to_string())
    }

    #[test]
    fn the_command_line_is_sound_and_has_the_same_defaults() {
        CommandLine::command().debug_assert();
        assert_eq!(parse(""), Ok(TargetOptions::default()));
    }

    #[test]
    fn every_option_lands_in_its_place() {
        let options = parse(
            "--port 0 --host ::1 --delay 5ms --delay-jitter 2ms --status 503 --size 1000 --error-share 1% --seed 9 --freeze-at 5s \
             --freeze-for 1s --threads 2 --ship-delay 1s --ship-delay-jitter 10ms --lose 0.5% --double 2%",
        );
        let expected = TargetOptions {
            port: 0,
            host: "::1".to_owned(),
            delay: Duration::from_millis(5),
            delay_jitter: Duration::from_millis(2),
            status: 503,
            size: 1000,
            error_share: "1%".parse().expect("a share"),
            seed: 9,
            freeze_at: Some(Duration::from_secs(5)),
            freeze_for: Some(Duration::from_secs(1)),
            threads: 2,
            shop: ShopOptions {
                ship_delay: Duration::from_secs(1),
                ship_delay_jitter: Duration::from_millis(10),
                lose: "0.5%".parse().expect("a share"),
                double: "2%".parse().expect("a share"),
            },
        };
        assert_eq!(options, Ok(expected));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_remedy() {
        for (arguments, part) in [
            ("--delay 5", "'5' for '--delay <DURATION>': a duration has a unit: write `5ms`"),
            ("--lose 0.01", "'0.01' for '--lose <SHARE>': a share has a unit: write `0.01%`"),
            ("--status 100", "100 is not in 200..=599"),
            ("--freeze-at 1s", "--freeze-for <DURATION>"),
            ("--threads 0", "0 is not in 1..=256"),
        ] {
            let message = parse(arguments).expect_err(arguments);
            assert!(message.contains(part), "{arguments}: {message}");
        }
    }

    #[test]
    fn an_order_cannot_be_lost_and_doubled() {
        let options = parse("--lose 60% --double 41%").expect("each is fine alone");
        assert_eq!(
            options.check().map_err(|error| error.to_string()),
            Err("`--lose` and `--double` are more than 100% together (101%); lower one of them".to_owned())
        );
    }
}
