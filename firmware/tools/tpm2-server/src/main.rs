//! The command line of `tpm2-server`.

use std::env;
use std::process::ExitCode;
use tpm2_engine::Tpm;
use tpm2_server::host::Host;
use tpm2_server::server::Ports;

const HELP: &str = "\
Serves a new TPM 2.0 on the loopback interface, for tpm2-tools:

    tpm2-server 2321 &
    TPM2TOOLS_TCTI=swtpm:host=127.0.0.1,port=2321 tpm2_startup -c

usage: tpm2-server [PORT]

  PORT        of the commands; the control channel is on the next one.
              Default: a free pair. The port is printed once it is open.
  -h, --help  print this text

The TPM lives as long as the server: nothing is stored.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let port = match &arguments[..] {
        [] => Some(0),
        [help] if ["-h", "--help"].contains(&help.as_str()) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        [port] => port.parse().ok(),
        _ => None,
    };
    let Some(port) = port else {
        eprint!("{HELP}");
        return ExitCode::from(2);
    };
    match serve(port) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tpm2-server: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(port: u16) -> std::io::Result<()> {
    let ports = Ports::bind(port)?;
    println!("port {}", ports.port()?);
    ports.serve(Tpm::manufacture(Host::new()?))
}
