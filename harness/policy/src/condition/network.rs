//! IP addresses and CIDR ranges.

use std::net::IpAddr;

/// A range such as `203.0.113.0/24`; a lone address is a range of one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Network {
    address: IpAddr,
    prefix: u32,
}

impl Network {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address.parse().ok()?, Some(prefix.parse().ok()?)),
            None => (text.parse().ok()?, None),
        };
        let width = width(address);
        let prefix = prefix.unwrap_or(width);
        (prefix <= width).then_some(Self { address, prefix })
    }

    /// Documented (S3, "The meaning of public"): wider than /8, or /32 of IPv6, is as good as everywhere.
    pub(crate) fn is_broad(self) -> bool {
        self.prefix < if self.address.is_ipv4() { 8 } else { 32 }
    }

    pub(crate) fn contains(self, address: &str) -> bool {
        let Ok(address) = address.parse::<IpAddr>() else { return false };
        let (own_bits, bits) = (bits(self.address), bits(address));
        let width = width(self.address);
        let shift = width - self.prefix;
        // A shift by the whole width is no shift at all to the processor.
        width == crate::condition::network::width(address)
            && own_bits.checked_shr(shift).unwrap_or(0) == bits.checked_shr(shift).unwrap_or(0)
    }
}

fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::Network;

    #[test]
    fn ranges_contain_as_in_a_table() {
        for (range, address, expected) in [
            ("203.0.113.0/24", "203.0.113.9", true),
            ("203.0.113.7/24", "203.0.113.9", true),
            ("203.0.113.0/24", "203.0.114.9", false),
            ("203.0.113.9", "203.0.113.9", true),
            ("0.0.0.0/0", "8.8.8.8", true),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "2001:db8::1", true),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("10.0.0.0/8", "here", false),
        ] {
            let network = Network::parse(range).expect(range);
            assert_eq!(network.contains(address), expected, "{address} in {range}");
        }
    }

    #[test]
    fn what_is_no_range_is_none() {
        for text in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "a/8"] {
            assert!(Network::parse(text).is_none(), "{text}");
        }
    }
}
