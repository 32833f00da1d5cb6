//! Reading the nonce by TFTP, through the PXE protocol that the image itself was loaded by.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::net::{IpAddr, Ipv4Addr};
use uefi::boot::{self, OpenProtocolAttributes, OpenProtocolParams, ScopedProtocol};
use uefi::proto::loaded_image::LoadedImage;
use uefi::proto::network::pxe::{BaseCode, DhcpV4Packet, Mode, Packet};
use uefi::{CStr8, Handle, Status, cstr8};

/// The name that is asked for.
pub const NAME: &CStr8 = cstr8!("citadel-nonce.bin");
/// TFTP's own code for a file that is not there (RFC 1350, section 5).
const TFTP_NOT_FOUND: u8 = 1;
/// DHCP option 54, the server's address, and its length (RFC 2132, section 9.7).
const SERVER: [u8; 2] = [54, 4];

/// What a TFTP server said.
pub enum Answer {
    /// The image was not loaded over the network.
    NoNetwork,
    /// The server does not have the file, or does not give it.
    NoFile,
    /// The file.
    File {
        /// Who has it.
        server: IpAddr,
        /// Its bytes, as many as were asked for at most.
        bytes: Vec<u8>,
    },
}

/// Why there is no answer. Displays as one sentence.
#[derive(Debug)]
pub enum NetworkError {
    /// PXE over IPv6, whose packets name their server differently.
    Ipv6,
    /// No packet names the server.
    NoServer,
    /// The file is larger than any nonce.
    TooLarge,
    /// Reading failed.
    Unreadable(IpAddr, Status),
}

impl core::error::Error for NetworkError {}

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ipv6 => f.write_str("the nonce cannot be read: PXE over IPv6 is not supported"),
            Self::NoServer => f.write_str("the nonce cannot be read: no DHCP answer names the boot server"),
            Self::TooLarge => write!(f, "{NAME} has more than 64 bytes; a nonce has 16 to 64"),
            Self::Unreadable(server, status) => write!(f, "{NAME} cannot be read from {server}: {status}"),
        }
    }
}

/// Asks the boot server for the nonce.
pub fn read(largest: usize) -> Result<Answer, NetworkError> {
    let Some(mut pxe) = boot_device().and_then(base_code) else {
        return Ok(Answer::NoNetwork);
    };
    if !pxe.mode().started() {
        return Ok(Answer::NoNetwork);
    }
    let server = IpAddr::V4(server(pxe.mode())?);
    let mut bytes = vec![0; largest];
    match pxe.tftp_read_file(&server, NAME, Some(&mut bytes)) {
        Ok(size) => {
            bytes.truncate(usize::try_from(size).unwrap_or(usize::MAX));
            Ok(Answer::File { server, bytes })
        }
        Err(error) if error.status() == Status::BUFFER_TOO_SMALL => Err(NetworkError::TooLarge),
        Err(error) if error.status() == Status::TFTP_ERROR && may_be_absence(pxe.mode()) => Ok(Answer::NoFile),
        Err(error) => Err(NetworkError::Unreadable(server, error.status())),
    }
}

/// The device that the image was loaded from.
fn boot_device() -> Option<Handle> {
    boot::open_protocol_exclusive::<LoadedImage>(boot::image_handle()).ok()?.device()
}

fn base_code(device: Handle) -> Option<ScopedProtocol<BaseCode>> {
    let parameters = OpenProtocolParams { handle: device, agent: boot::image_handle(), controller: None };
    // SAFETY: nothing else uses the protocol while the image that it loaded runs. Opening it exclusively would ask
    // firmware to disconnect the network that it stands on.
    unsafe { boot::open_protocol(parameters, OpenProtocolAttributes::GetProtocol) }.ok()
}

/// Who served the image: the answers in the order in which PXE prefers them.
fn server(mode: &Mode) -> Result<Ipv4Addr, NetworkError> {
    if mode.using_ipv6() {
        return Err(NetworkError::Ipv6);
    }
    let received = [
        (mode.pxe_reply_received(), mode.pxe_reply()),
        (mode.proxy_offer_received(), mode.proxy_offer()),
        (mode.dhcp_ack_received(), mode.dhcp_ack()),
    ];
    let mut packets = received.into_iter().filter(|(received, _)| *received).map(|(_, packet)| packet);
    packets.find_map(named_server).ok_or(NetworkError::NoServer)
}

/// The boot server of a packet: next-server, or else who sent it.
fn named_server(packet: &Packet) -> Option<Ipv4Addr> {
    let packet: &DhcpV4Packet = packet.as_ref();
    let next = Ipv4Addr::from(packet.bootp_si_addr);
    if !next.is_unspecified() {
        return Some(next);
    }
    option(&packet.dhcp_options).map(Ipv4Addr::from)
}

/// The value of option 54. Options are a code, a length and as many bytes; 0 is padding and 255 the end.
fn option(mut options: &[u8]) -> Option<[u8; 4]> {
    loop {
        match options {
            [0, rest @ ..] => options = rest,
            [255, ..] | [] | [_] => return None,
            [code, size, rest @ ..] => {
                if [*code, *size] == SERVER {
                    return rest.first_chunk().copied();
                }
                options = rest.get(usize::from(*size)..)?;
            }
        }
    }
}

/// Whether the server's error can mean that it has no such file. EDK II does not pass a server's error code on: it
/// compares the packet's number in the wrong byte order. So an error without a code is taken for the usual one.
fn may_be_absence(mode: &Mode) -> bool {
    !mode.tftp_error_received() || mode.tftp_error().error_code == TFTP_NOT_FOUND
}
