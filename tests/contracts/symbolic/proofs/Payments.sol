// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {both, either, implies, minus, plus, product, quotient, vm} from "./Cheats.sol";
import {Payee, Terms} from "./Escrow.sol";
import {Ledger} from "./Ledger.sol";
import {WHOLE} from "./Proof.sol";
import {CONTESTED, DELIVERED, Pot, World} from "./World.sol";

// What goes where when an order is paid.
struct Flow {
    uint256 toBuyer;
    uint256 toSeller;
    uint256 toArbiter;
}

// What an order pays to whom, by docs/spec/escrow.md.
abstract contract Payments is World, Ledger {
    // What the table of the specification says, payment by payment; and whether the list that it goes by is the order's.
    function _pay(Terms memory terms, Payee[] memory payees, Flow memory flow) internal returns (bool shown) {
        _push(terms.buyer, flow.toBuyer);
        _push(terms.arbiter, flow.toArbiter);
        shown = either(flow.toSeller == 0, _shown(terms, payees));
        if (flow.toSeller == 0) return shown;
        uint256 rest = flow.toSeller;
        for (uint256 i; i < payees.length; ++i) {
            uint256 share = quotient(product(flow.toSeller, payees[i].bps), WHOLE);
            rest = minus(rest, share);
            _push(payees[i].to, share);
        }
        _push(terms.payout, rest);
    }

    // What goes to buyer and arbiter, and to the seller's side, when the time is over: with jumps, for sums that the prover can compare.
    function _lapsed(Terms memory terms, Pot memory pot) internal pure returns (uint256[] memory first, uint256 side) {
        if (pot.state == DELIVERED) return (_list(), pot.held);
        if (pot.state != CONTESTED) return (_list(pot.held), 0);
        side = _part(pot.held, terms.lapseBps);
        first = _list(minus(pot.held, side));
    }

    // The same when the arbiter rules.
    function _ruled(Terms memory terms, Pot memory pot, uint256 toSeller) internal pure returns (uint256[] memory first, uint256 side) {
        uint256 fee = _part(pot.held, terms.arbiterBps);
        uint256 room = minus(pot.held, fee);
        if (toSeller >= room) return (_list(fee), room);
        return (_list(minus(room, toSeller), fee), toSeller);
    }

    // What is paid: `first`, then the payees' shares of `side`, then the rest of it. And whether all that adds up.
    function _payments(uint256[] memory first, uint256 side, Payee[] memory payees) internal pure returns (uint256[] memory paid, bool whole) {
        paid = new uint256[](first.length + payees.length + 1);
        for (uint256 i; i < first.length; ++i) paid[i] = first[i];
        uint256 rest = side;
        uint256 bps;
        bool right = true;
        for (uint256 i; i < payees.length; ++i) {
            uint256 share = _part(side, payees[i].bps);
            right = both(right, share <= rest);
            rest = minus(rest, share);
            bps = plus(bps, payees[i].bps);
            paid[first.length + i] = share;
        }
        paid[first.length + payees.length] = rest;
        whole = bps <= WHOLE;
        vm.assume(implies(whole, both(right, rest <= side)));
    }

    // The list was looked at when funding: see Funding.t.sol.
    function _checked(Terms memory terms, Payee[] memory payees) internal view {
        vm.assume(implies(_shown(terms, payees), _accepted(terms, payees)));
    }
}
