// SPDX-License-Identifier: GPL-2.0

//! Tests of what is made without the stack.

use super::*;
use kernel::prelude::*;

#[kunit_tests(kernel_net_ipv6)]
mod cases {
    use super::*;

    const HOST: Addr = [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    const TARGET: Addr = [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9];
    const GROUP: Addr = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 9];

    #[test]
    fn group_of_an_address() {
        assert!(solicited_node(TARGET) == GROUP);
        assert!(solicited_node([0xab; 16])[11..] == [1, 0xff, 0xab, 0xab, 0xab]);
    }

    /// A solicitation that the kernel's own stack made.
    #[test]
    fn checksum_as_the_stack_has_it() {
        let mut rest = [0; 28];
        let parts: [&[u8]; 4] = [
            &[0; 4],
            &TARGET,
            &[1, 1],
            &[0xfe, 0xc7, 0x6c, 0xc5, 0x63, 0x9d],
        ];
        for (place, byte) in rest.iter_mut().zip(parts.into_iter().flatten()) {
            *place = *byte;
        }
        assert_eq!(checksum(&HOST, &GROUP, &[0x87, 0], &rest), 0xb05f);
    }
}
