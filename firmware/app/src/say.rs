//! Printing a line.

/// Prints one line. A console that refuses text leaves nowhere to report it, so that error is dropped.
#[macro_export]
macro_rules! say {
    ($($argument:tt)*) => {{
        use core::fmt::Write as _;
        let _ = writeln!($crate::Console, $($argument)*);
    }};
}
