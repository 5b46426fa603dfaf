//! Why a callback did not succeed.

/// Whether work could not be done, or its result was not what was asserted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FailureKind {
    /// The work could not be done.
    Error,
    /// It was done, and the result is not what was asserted.
    Assertion,
}

/// Why a callback did not succeed. Every `std::error::Error` becomes one by `?`.
///
/// ```
/// use throng::Failure;
///
/// fn quantity(text: &str) -> Result<u32, Failure> {
///     Ok(text.parse::<u32>()?)
/// }
/// assert_eq!(quantity("many").unwrap_err().message, "invalid digit found in string");
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Failure {
    /// Error or assertion.
    pub kind: FailureKind,
    /// Few different ones: failures are grouped by it. The step's name and kind when none.
    pub code: Option<String>,
    /// What happened, for people.
    pub message: String,
    /// Whether the step's retry policy applies.
    pub retryable: bool,
}

impl Failure {
    /// Work that could not be done, and may be tried again.
    pub fn error(message: impl Into<String>) -> Self {
        Self { kind: FailureKind::Error, code: None, message: message.into(), retryable: true }
    }

    /// A result that is not what was asserted.
    pub fn assertion(message: impl Into<String>) -> Self {
        Self { kind: FailureKind::Assertion, code: None, message: message.into(), retryable: false }
    }

    /// The same, grouped in reports under this code.
    #[must_use]
    pub fn code(self, code: impl Into<String>) -> Self {
        Self { code: Some(code.into()), ..self }
    }

    /// The same, never to be tried again.
    #[must_use]
    pub fn not_retryable(self) -> Self {
        Self { retryable: false, ..self }
    }
}

/// `Failure` itself is no `std::error::Error`, which leaves room for this conversion.
impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::error(error.to_string())
    }
}

/// An assertion as an expression: `Ok(())` if the condition holds, otherwise the failure with the formatted message.
/// Several of them are chained by `?`.
///
/// ```
/// use throng::{ensure, Failure};
///
/// fn placed(status: u16, orders: usize) -> Result<(), Failure> {
///     ensure!(status == 201, "order refused: {status}")?;
///     ensure!(orders > 0)
/// }
/// assert_eq!(placed(500, 1).unwrap_err().message, "order refused: 500");
/// assert_eq!(placed(201, 0).unwrap_err().message, "`orders > 0` does not hold");
/// ```
#[macro_export]
macro_rules! ensure {
    ($condition:expr $(,)?) => {
        $crate::ensure!($condition, "`{}` does not hold", ::core::stringify!($condition))
    };
    ($condition:expr, $($message:tt)+) => {
        if $condition {
            ::core::result::Result::<(), $crate::Failure>::Ok(())
        } else {
            ::core::result::Result::Err($crate::Failure::assertion(::std::format!($($message)+)))
        }
    };
}
