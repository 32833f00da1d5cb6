//! The command line of `tpm2-server`.

use std::env;
use std::error::Error;
use std::process::ExitCode;
use tpm2_engine::Tpm;
use tpm2_server::host::Host;
use tpm2_server::server::Ports;

const HELP: &str = "\
Serves a new TPM 2.0 on the loopback interface, for tpm2-tools:

    tpm2-server 2321 &
    TPM2TOOLS_TCTI=swtpm:host=127.0.0.1,port=2321 tpm2_startup -c

usage: tpm2-server [--component FILE] [PORT]

  --component FILE
              serve this component of a world of wit/tpm, run as machine code,
              in place of the engine itself; `aot-compile --component` makes
              one of what build-tpm.sh builds. It is at locality 0 always. Only in
              a server built with `--features component`.
  PORT        of the commands; the control channel is on the next one.
              Default: a free pair. The port is printed once it is open.
  -h, --help  print this text

The TPM lives as long as the server: nothing is stored.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["-h" | "--help"] = arguments[..] {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    let (component, rest) = match arguments[..] {
        ["--component", file, ref rest @ ..] => (Some(file), rest),
        ref rest => (None, rest),
    };
    let port = match rest {
        [] => Some(0),
        [port] => port.parse().ok(),
        _ => None,
    };
    let Some(port) = port else {
        eprint!("{HELP}");
        return ExitCode::from(2);
    };
    match serve(component, port) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tpm2-server: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Binds before anything slow, and says the port only when the TPM is there.
fn serve(component: Option<&str>, port: u16) -> Result<(), Box<dyn Error>> {
    let ports = Ports::bind(port)?;
    if let Some(file) = component {
        return serve_component(file, ports);
    }
    let tpm = Tpm::manufacture(Host::new()?);
    println!("port {}", ports.port()?);
    Ok(ports.serve(tpm)?)
}

#[cfg(feature = "component")]
fn serve_component(file: &str, ports: Ports) -> Result<(), Box<dyn Error>> {
    let bytes = std::fs::read(file).map_err(|error| format!("cannot read {file}: {error}"))?;
    let tpm = tpm2_server::component::Component::start(bytes).map_err(|sentence| format!("{file}: {sentence}"))?;
    println!("port {}", ports.port()?);
    Ok(ports.serve(tpm)?)
}

#[cfg(not(feature = "component"))]
fn serve_component(file: &str, _: Ports) -> Result<(), Box<dyn Error>> {
    Err(format!("cannot serve {file}: this server was built without `--features component`").into())
}
