//! The artifacts inside the image.

/// Page-aligned bytes: wasmtime then uses them where they lie instead of copying them.
#[repr(C, align(4096))]
struct PageAligned<T: ?Sized>(T);

static ADD_BYTES: &PageAligned<[u8]> = &PageAligned(*include_bytes!(env!("ADD_CWASM")));
static DEMO_BYTES: &PageAligned<[u8]> = &PageAligned(*include_bytes!(env!("DEMO_CWASM")));

/// `components/add-module`, compiled.
pub fn add() -> &'static [u8] {
    &ADD_BYTES.0
}

/// `components/uefi-demo-component`, compiled.
pub fn demo() -> &'static [u8] {
    &DEMO_BYTES.0
}
