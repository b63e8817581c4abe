//! Which addresses a receiver may have. A tenant names a URL, and the gateway stands inside the operator's network: without
//! this, a webhook would be a way to call what only the inside can reach (server-side request forgery).
//!
//! Only what the whole internet can reach is open; an operator may open networks by name. What is checked is the address that
//! is connected to, so that a name that changes its address in between (DNS rebinding) gains nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network, as "10.1.0.0/16" or "fd00:1::/32".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// Reads a network; an address alone is one of itself.
    ///
    /// # Errors
    /// A sentence with the value.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not a network; write it as 10.1.0.0/16 or fd00:1::/32");
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => longest,
            Some(digits) => digits.parse().ok().filter(|prefix| *prefix <= longest).ok_or_else(wrong)?,
        };
        let network = Self { address, prefix };
        if network.contains(address) && network.is_clean() { Ok(network) } else { Err(wrong()) }
    }

    /// Whether an address is in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                shifted(u128::from(own.to_bits()), 32, self.prefix)
                    == shifted(u128::from(other.to_bits()), 32, self.prefix)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                shifted(own.to_bits(), 128, self.prefix) == shifted(other.to_bits(), 128, self.prefix)
            }
            _ => false,
        }
    }

    /// Whether nothing stands behind the prefix: "10.1.2.3/8" is a mistake.
    fn is_clean(&self) -> bool {
        let (bits, width) = match self.address {
            IpAddr::V4(own) => (u128::from(own.to_bits()), 32_u32),
            IpAddr::V6(own) => (own.to_bits(), 128),
        };
        bits.trailing_zeros().min(width) >= width.saturating_sub(u32::from(self.prefix))
    }
}

/// The leading `prefix` bits.
fn shifted(bits: u128, width: u32, prefix: u8) -> u128 {
    bits.checked_shr(width.saturating_sub(u32::from(prefix))).unwrap_or_default()
}

/// Says what may be reached.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Guard {
    allowed: Vec<Network>,
    everything: bool,
}

impl Guard {
    /// With networks that the operator opens.
    #[must_use]
    pub fn new(allowed: Vec<Network>) -> Self {
        Self { allowed, everything: false }
    }

    /// For addresses that an operator names, not a tenant: where he sends us may well be inside.
    #[must_use]
    pub fn open() -> Self {
        Self { allowed: Vec::new(), everything: true }
    }

    /// Whether an address may be connected to.
    #[must_use]
    pub fn admits(&self, address: IpAddr) -> bool {
        // An IPv4 address in the clothes of IPv6 is that address.
        let address = address.to_canonical();
        self.everything || self.allowed.iter().any(|network| network.contains(address)) || is_global(address)
    }
}

/// Whether the whole internet can reach it. Everything special is out: the registries of IANA for IPv4 and IPv6.
fn is_global(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_global_v4(v4),
        IpAddr::V6(v6) => is_global_v6(v6),
    }
}

fn is_global_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    let special = v4.is_private()
        || v4.is_loopback()
        // Cloud metadata (169.254.169.254) is among these.
        || v4.is_link_local()
        || v4.is_documentation()
        || a == 0
        // Shared by carriers.
        || (a == 100 && (64..128).contains(&b))
        || (a, b, c) == (192, 0, 0)
        // Relays of 6to4.
        || (a, b, c) == (192, 88, 99)
        // Benchmarks.
        || (a == 198 && (18..20).contains(&b))
        // Multicast, reserved, broadcast.
        || a >= 224;
    !special
}

fn is_global_v6(v6: Ipv6Addr) -> bool {
    let segments = v6.segments();
    let [a, b, ..] = segments;
    // Only 2000::/3 is given out to the internet; 64:ff9b::/96, which leads to IPv4, is out like all the rest.
    let special = !(0x2000..0x4000).contains(&a)
        // 2001::/23: Teredo, ORCHID, benchmarks …
        || (a == 0x2001 && b < 0x200)
        // Documentation.
        || (a == 0x2001 && b == 0xdb8)
        || (a == 0x3fff && b < 0x1000)
        // 6to4 leads to IPv4.
        || a == 0x2002;
    !special
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::{Guard, Network};

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn only_the_public_internet_is_open() {
        let guard = Guard::default();
        for open in ["1.1.1.1", "93.184.216.34", "100.63.0.1", "172.32.0.1", "2606:4700::1111", "2a00:1450:4001::1"] {
            assert!(guard.admits(address(open)), "{open}");
        }
        for closed in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.1.2.3",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!guard.admits(address(closed)), "{closed}");
        }
    }

    #[test]
    fn an_operator_opens_networks() {
        let networks = ["10.1.0.0/16", "127.0.0.1", "fd00:1::/32"].map(|text| Network::parse(text).expect("one"));
        let guard = Guard::new(networks.to_vec());
        for open in ["10.1.255.255", "127.0.0.1", "::ffff:10.1.0.1", "fd00:1:ffff::1"] {
            assert!(guard.admits(address(open)), "{open}");
        }
        for closed in ["10.2.0.0", "127.0.0.2", "fd00:2::1"] {
            assert!(!guard.admits(address(closed)), "{closed}");
        }
        for wrong in ["", "10.0.0.0/33", "10.1.2.3/8", "10/8", "localhost", "::1/129", "10.0.0.0/x"] {
            assert!(Network::parse(wrong).expect_err(wrong).contains("is not a network"), "{wrong}");
        }
        let everything = Network::parse("0.0.0.0/0").expect("one");
        assert!(everything.contains(address("10.0.0.1")) && !everything.contains(address("::1")));
    }
}
