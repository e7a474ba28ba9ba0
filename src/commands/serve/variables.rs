//! The variables that point official SDKs at the local platform.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The key for clients where the server asks for none. E2B's SDKs check the form of theirs.
const ANY_KEY: &str = "e2b_0000000000000000000000000000000000000000";

/// The prefixes of the variables: those of E2B's SDKs, and of Novita's.
const PREFIXES: [&str; 2] = ["E2B", "NOVITA"];

/// Lines for a shell. `key_variable` has the key that the server asks for; it is not printed.
pub(super) fn lines(address: SocketAddr, key_variable: Option<&str>) -> Vec<String> {
    let address = reachable(address);
    let key = key_variable.map_or_else(|| ANY_KEY.to_owned(), |name| format!("\"${name}\""));
    let lines = PREFIXES.iter().flat_map(|prefix| {
        [
            format!("export {prefix}_API_URL=http://{address}"),
            format!("export {prefix}_SANDBOX_URL=http://{address}"),
            format!("export {prefix}_DOMAIN=localhost:{}", address.port()),
            format!("export {prefix}_API_KEY={key}"),
        ]
    });
    lines.collect()
}

/// The address that clients of this machine use: one that means every interface is none.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sdk_has_its_four_variables() {
        let printed = lines(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 3000)), Some("MY_KEY"));
        assert_eq!(
            &printed[..4],
            [
                "export E2B_API_URL=http://127.0.0.1:3000",
                "export E2B_SANDBOX_URL=http://127.0.0.1:3000",
                "export E2B_DOMAIN=localhost:3000",
                "export E2B_API_KEY=\"$MY_KEY\"",
            ]
        );
        assert_eq!(printed.len(), 8);
    }
}
