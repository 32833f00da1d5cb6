//! Guests inside the image.

/// One guest, compiled for every tier, inside the image. [`guest!`](crate::guest!) makes one.
#[derive(Clone, Copy, Debug)]
pub struct Guest {
    /// The artifact for [`crate::Tier::Pulley`].
    pub pulley: &'static [u8],
    /// The artifact for [`crate::Tier::Native`].
    pub native: &'static [u8],
}

/// Page-aligned bytes: wasmtime then uses them where they lie instead of copying them. For [`guest!`](crate::guest!).
#[doc(hidden)]
#[repr(C, align(4096))]
pub struct PageAligned<T: ?Sized>(pub T);

/// The embedded [`Guest`] of a name: `guest!("DEMO")` includes the files that the environment variables `DEMO_PULLEY`
/// and `DEMO_NATIVE` name while compiling, which `embed` of scripts/build.sh sets.
#[macro_export]
macro_rules! guest {
    ($name:literal) => {{
        static PULLEY: &$crate::PageAligned<[u8]> =
            &$crate::PageAligned(*include_bytes!(env!(concat!($name, "_PULLEY"))));
        static NATIVE: &$crate::PageAligned<[u8]> =
            &$crate::PageAligned(*include_bytes!(env!(concat!($name, "_NATIVE"))));
        $crate::Guest { pulley: &PULLEY.0, native: &NATIVE.0 }
    }};
}
