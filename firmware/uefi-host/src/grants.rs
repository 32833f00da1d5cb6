//! What a guest may do beyond what is harmless.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

/// Powers that reach beyond the guest itself. All are off unless the host's owner grants them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// `variables.set`: any unsigned variable, the boot order included.
    pub write_variables: bool,
    /// `boot.load-image`: native code without any bound.
    pub load_images: bool,
    /// `runtime.reset`: the end of whatever else the machine was to do.
    pub reset: bool,
}

/// A word that is no grant.
#[derive(Debug, PartialEq, Eq)]
pub struct UnknownGrant(pub String);

impl fmt::Display for UnknownGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no grant `{}`, only write-variables, load-images and reset", self.0.escape_default())
    }
}

impl core::error::Error for UnknownGrant {}

impl fmt::Display for Grants {
    /// As [`Grants::parse`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words =
            [(self.write_variables, "write-variables"), (self.load_images, "load-images"), (self.reset, "reset")];
        let granted: Vec<&str> = words.into_iter().filter_map(|(granted, word)| granted.then_some(word)).collect();
        if granted.is_empty() { f.write_str("nothing") } else { f.write_str(&granted.join(" ")) }
    }
}

impl Grants {
    /// Reads grants as words between white space.
    ///
    /// # Errors
    /// The first word that is no grant: a mistake must not pass for a refusal.
    pub fn parse(text: &str) -> Result<Self, UnknownGrant> {
        let mut grants = Self::default();
        for word in text.split_whitespace() {
            match word {
                "write-variables" => grants.write_variables = true,
                "load-images" => grants.load_images = true,
                "reset" => grants.reset = true,
                _ => return Err(UnknownGrant(word.to_string())),
            }
        }
        Ok(grants)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_granted_without_a_word() {
        assert_eq!(Grants::parse(" \r\n"), Ok(Grants::default()));
        assert_eq!(Grants::default(), Grants { write_variables: false, load_images: false, reset: false });
    }

    #[test]
    fn each_word_grants_one_thing() {
        assert_eq!(Grants::parse("reset\r\n"), Ok(Grants { reset: true, ..Grants::default() }));
        assert_eq!(
            Grants::parse("write-variables load-images"),
            Ok(Grants { write_variables: true, load_images: true, reset: false })
        );
    }

    #[test]
    fn grants_are_displayed_as_they_are_read() {
        let all = "write-variables load-images reset";
        assert_eq!(Grants::parse(all).unwrap().to_string(), all);
        assert_eq!(Grants::default().to_string(), "nothing");
    }

    #[test]
    fn a_word_that_is_no_grant_is_an_error_on_one_line() {
        let error = Grants::parse("reset everything\u{7}").unwrap_err();
        assert!(error.to_string().contains("`everything\\u{7}`"), "{error}");
    }
}
