//! tpm2-engine on a host: a server that tpm2-tools talk to, and libtpms in swtpm as the reference to compare with.

pub mod control;
pub mod host;
pub mod reference;
pub mod server;
