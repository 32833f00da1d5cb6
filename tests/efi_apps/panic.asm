; Panics as a Rust runtime does, message over several lines, and hangs.
%include "efi.inc"
    serial message
    jmp halt
text message, "[PANIC]: panicked at src/main.rs:7:5:", 13, 10, "index out of bounds", 13, 10, "  at frame 0", 13, 10
efi_end
