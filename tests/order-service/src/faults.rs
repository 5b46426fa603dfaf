//! What the service does wrong, on demand and by a seed: the same orders meet the same faults.

use std::time::Duration;

use clap::{Args, ValueEnum};
use throng_model::parse_duration;
use throng_target::Share;

/// What is wrong with the service; nothing by default.
#[derive(Debug, Args)]
pub(crate) struct Faults {
    /// Orders that the last link takes from its queue and forgets
    #[arg(long, default_value = "0%")]
    pub(crate) lose: Share,

    /// Orders that the last link writes twice, as one does that is restarted before it has acknowledged
    #[arg(long, default_value = "0%")]
    pub(crate) double: Share,

    /// Stock is read, reckoned with and written back, so that the last of several writers wins
    #[arg(long)]
    pub(crate) last_writer_wins: bool,

    /// The last link writes one order at a time, and takes so long for each
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub(crate) slow_consumer: Option<Duration>,

    /// One link takes so much longer: `charge=150ms`
    #[arg(long, value_name = "LINK=DURATION", value_parser = slow_link)]
    pub(crate) slow_link: Option<(Link, Duration)>,

    /// Of what is drawn
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
}

/// A link of the chain that an order passes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Link {
    /// Takes the order's amount out of the stock.
    Reserve,
    /// Takes a moment, as a bank does.
    Charge,
    /// Writes the order's row.
    Write,
}

/// What a draw is for: orders that are lost are others than those that are doubled.
#[derive(Clone, Copy, Debug)]
enum Purpose {
    Lose = 1,
    Double = 2,
}

impl Faults {
    /// Whether the order of this number is forgotten.
    pub(crate) fn loses(&self, number: u64) -> bool {
        self.hits(self.lose, Purpose::Lose, number)
    }

    /// Whether it is written twice.
    pub(crate) fn doubles(&self, number: u64) -> bool {
        self.hits(self.double, Purpose::Double, number)
    }

    /// How much longer this link takes.
    pub(crate) fn delay(&self, link: Link) -> Duration {
        let slow = self.slow_link.filter(|(slow, _)| *slow == link).map(|(_, delay)| delay);
        let consumer = self.slow_consumer.filter(|_| link == Link::Write);
        slow.unwrap_or_default() + consumer.unwrap_or_default()
    }

    fn hits(&self, share: Share, purpose: Purpose, number: u64) -> bool {
        draw(self.seed, purpose as u64, number) * 100.0 < share.percent()
    }
}

/// SplitMix64's mixing: a number from 0 up to 1, from which nobody can tell the next.
fn draw(seed: u64, purpose: u64, number: u64) -> f64 {
    let mixed = seed ^ purpose.rotate_left(56) ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

fn slow_link(text: &str) -> Result<(Link, Duration), String> {
    let (link, delay) = text.split_once('=').ok_or("write it like `charge=150ms`")?;
    let link = Link::from_str(link, false).map_err(|_| format!("`{link}` is no link; there are `reserve`, `charge` and `write`"))?;
    Ok((link, parse_duration(delay).map_err(|error| error.to_string())?))
}
