//! The server over its two ports.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::thread::{self, JoinHandle};
use tpm2_engine::Tpm;
use tpm2_server::control;
use tpm2_server::host::Host;
use tpm2_server::server::Ports;

struct Client {
    commands: TcpStream,
    control: TcpStream,
    server: JoinHandle<std::io::Result<()>>,
}

impl Client {
    fn new() -> Self {
        let ports = Ports::bind(0).expect("a free pair of ports");
        let port = ports.port().expect("a port");
        let tpm = Tpm::manufacture(Host::new().expect("an entropy source"));
        let server = thread::spawn(move || ports.serve(tpm));
        let connect = |port| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("the server listens");
        Self { commands: connect(port), control: connect(port + 1), server }
    }

    /// A command's response.
    fn execute(&mut self, command: &[u8]) -> Vec<u8> {
        self.commands.write_all(command).expect("the server reads");
        let mut response = vec![0; 10];
        self.commands.read_exact(&mut response).expect("the server answers");
        response.resize(u32::from_be_bytes([0, 0, response[4], response[5]]) as usize, 0);
        self.commands.read_exact(&mut response[10..]).expect("the server answers whole");
        response
    }

    fn code(&mut self, command: &[u8]) -> u32 {
        let response = self.execute(command);
        u32::from_be_bytes([response[6], response[7], response[8], response[9]])
    }

    /// A control message's answer, of so many bytes.
    fn control<const N: usize>(&mut self, number: u32, body: &[u8]) -> [u8; N] {
        self.control.write_all(&[&number.to_be_bytes(), body].concat()).expect("the server reads");
        let mut answer = [0; N];
        self.control.read_exact(&mut answer).expect("the server answers");
        answer
    }
}

const STARTUP: &[u8] = b"\x80\x01\0\0\0\x0c\0\0\x01\x44\0\0";
/// TPM2_PCR_Read of PCR 0 in the SHA-256 bank.
const READ_0: &[u8] = b"\x80\x01\0\0\0\x14\0\0\x01\x7e\0\0\0\x01\0\x0b\x03\x01\0\0";
/// TPM2_PCR_Reset of PCR 20, which locality 2 may.
const RESET_20: &[u8] = b"\x80\x02\0\0\0\x1b\0\0\x01\x3d\0\0\0\x14\0\0\0\x09\x40\0\0\x09\0\0\x01\0\0";

#[test]
fn power_and_locality_come_by_the_control_channel() {
    let mut client = Client::new();
    assert_eq!(client.code(STARTUP), 0);
    assert_eq!(client.code(STARTUP), 0x100);
    assert_eq!(client.code(RESET_20), 0x907);
    assert_eq!(client.control(control::SET_LOCALITY, &[2]), [0; 4]);
    assert_eq!(client.code(RESET_20), 0);
    assert_eq!(client.control(control::SET_LOCALITY, &[5]), [0, 0, 0, 3]);
    assert_eq!(client.control(control::INIT, &[0; 4]), [0; 4]);
    assert_eq!(client.code(STARTUP), 0);
    assert_eq!(client.control(99, &[]), [0, 0, 0, 10]);
    assert_eq!(client.control(control::CANCEL, &[]), [0; 4]);
}

#[test]
fn a_hash_sequence_is_measured_and_leaves_its_mark() {
    let mut client = Client::new();
    assert_eq!(client.control(control::GET_ESTABLISHED, &[]), [0; 8]);
    assert_eq!(client.control(control::HASH_START, &[]), [0; 4]);
    assert_eq!(client.control(control::HASH_DATA, b"\0\0\0\x04data"), [0; 4]);
    assert_eq!(client.control(control::HASH_END, &[]), [0; 4]);
    assert_eq!(client.control(control::GET_ESTABLISHED, &[]), [0, 0, 0, 0, 1, 0, 0, 0]);
    assert_eq!(client.control(control::RESET_ESTABLISHED, &[3]), [0; 4]);
    assert_eq!(client.control(control::GET_ESTABLISHED, &[]), [0; 8]);
    assert_eq!(client.code(STARTUP), 0);
    let response = client.execute(READ_0);
    assert!(response[response.len() - 32..].iter().any(|byte| *byte != 0));
}

#[test]
fn a_size_that_cannot_be_is_answered_and_ends_the_connection_but_not_the_server() {
    for size in [0u32, 9, 4097, u32::MAX] {
        let mut client = Client::new();
        let mut command = STARTUP[..10].to_vec();
        command[2..6].copy_from_slice(&size.to_be_bytes());
        assert_eq!(client.code(&command), 0x142);
        assert_eq!(client.commands.read(&mut [0]).expect("an end"), 0);
        client.commands = TcpStream::connect(client.commands.peer_addr().expect("an address")).expect("still there");
        assert_eq!(client.code(STARTUP), 0);
    }
}

#[test]
fn a_client_that_leaves_in_the_middle_of_a_command_is_forgotten() {
    let mut client = Client::new();
    client.commands.write_all(&STARTUP[..7]).expect("the server reads");
    client.commands = TcpStream::connect(client.commands.peer_addr().expect("an address")).expect("still there");
    assert_eq!(client.code(STARTUP), 0);
}

#[test]
fn shutdown_ends_the_server() {
    let mut client = Client::new();
    assert_eq!(client.control(control::SHUTDOWN, &[]), [0; 4]);
    client.server.join().expect("no panic").expect("no error");
}
