// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {both, either, implies, minus, only, plus, product, quotient, svm, vm} from "./Cheats.sol";
import {Order, Payee, Terms} from "./Escrow.sol";
import {InCoin, InToken} from "./Ledger.sol";
import {Flow, Payments} from "./Payments.sol";
import {WHOLE} from "./Proof.sol";
import {Owed} from "./Withdrawals.sol";
import {DISPUTED, Pot, Split} from "./World.sol";

// No money is made or lost: whoever calls, and whoever refuses, each account ends with what the table "Where the money
// goes" of the specification gives it, as balance or as claim, and the order's word says what is left. For all terms, lists
// of 0 to 2 payees (0 and 1 where it says so), states, callers, times and storages; accounts may play several parts.
abstract contract Money is Payments, Owed {
    function check_release(Terms memory terms, Payee[] memory payees, address caller, uint40 time) public {
        (bytes32 id, Pot memory pot, Watched memory watched) = _begin(terms, payees, time);
        _succeeds(caller, abi.encodeCall(escrow.release, (terms, payees)));
        bool right = _pay(terms, payees, Flow(0, pot.held, 0));
        right = both(right, _matches(watched));
        assert(both(right, both(_word(id) == 0, caller == terms.buyer)));
    }

    function check_timeout(Terms memory terms, Payee[] memory payees, address caller, uint40 time) public {
        (bytes32 id, Pot memory pot, Watched memory watched) = _begin(terms, payees, time);
        (, uint256 toSeller) = _lapsed(terms, pot);
        _succeeds(caller, abi.encodeCall(escrow.timeout, (terms, payees)));
        bool right = _pay(terms, payees, Flow(minus(pot.held, toSeller), toSeller, 0));
        right = both(right, _matches(watched));
        assert(both(right, both(_word(id) == 0, time >= pot.until)));
    }

    // What is left stays an order that lives.
    /// @custom:halmos --default-array-lengths 0,1
    function check_settle(Terms memory terms, Payee[] memory payees, Split memory split, address caller, uint40 time) public {
        (bytes32 id, Pot memory pot, Watched memory watched) = _begin(terms, payees, time);
        uint256 left = minus(minus(pot.held, split.toBuyer), split.toSeller);
        vm.assume(implies(plus(split.toBuyer, split.toSeller) <= pot.held, left <= pot.held)); // see arithmetic.py
        uint256 word = only(left != 0, (left << 96) | (_word(id) & (2**96 - 1)));
        _succeeds(caller, _settle(terms, split, svm.createBytes(65, "buyerSig"), svm.createBytes(65, "sellerSig"), payees));
        bool right = _pay(terms, payees, Flow(split.toBuyer, split.toSeller, 0));
        right = both(right, both(_matches(watched), _word(id) == word));
        assert(both(either(_lives(terms, Pot(left, pot.since, pot.until, pot.state), time), left == 0), right));
    }

    // Two orders in one call, the first with up to one payee, the second without.
    /// @custom:halmos --default-array-lengths 0,1
    function check_releaseMany(Terms memory one, Terms memory two, Payee[] memory payees, address caller, uint40 time) public {
        (bytes32 first, Pot memory pot, Watched memory watched) = _begin(one, payees, time);
        two.token = _currency();
        (bytes32 second, Pot memory next) = _live(two, time);
        vm.assume(next.held < _most());
        Order[] memory orders = new Order[](2);
        orders[0] = Order(one, payees);
        orders[1] = Order(two, new Payee[](0));
        _succeeds(caller, abi.encodeCall(escrow.releaseMany, (orders)));
        bool right = _pay(one, payees, Flow(0, pot.held, 0));
        right = both(right, _pay(two, new Payee[](0), Flow(0, next.held, 0)));
        right = both(right, both(caller == one.buyer, caller == two.buyer));
        right = both(right, both(first != second, (_word(first) | _word(second)) == 0));
        assert(both(right, _matches(watched)));
    }

    function _begin(Terms memory terms, Payee[] memory payees, uint40 time) internal returns (bytes32 id, Pot memory pot, Watched memory watched) {
        terms.token = _currency();
        (id, pot) = _live(terms, time);
        _checked(terms, payees);
        watched = _watch(pot.held);
    }
}

contract MoneyInCoin is Money, InCoin {}

contract MoneyInToken is Money, InToken {}

// A ruling pays at most what is held, by the arbiter alone, in time, of a dispute: whatever the fee and the ruling.
abstract contract Rulings is Payments {
    /// @custom:halmos --default-array-lengths 0,1
    function check_rule(Terms memory terms, Payee[] memory payees, uint128 toSeller, address caller, uint40 time) public {
        terms.token = _currency();
        (bytes32 id, Pot memory pot) = _live(terms, time);
        _checked(terms, payees);
        Watched memory watched = _watch(pot.held);
        Flow memory flow = _ruling(terms, pot, toSeller);
        _succeeds(caller, abi.encodeCall(escrow.rule, (terms, toSeller, payees)));
        bool right = both(caller == terms.arbiter, both(pot.state >= DISPUTED, time < pot.until));
        right = both(right, _pay(terms, payees, flow));
        right = both(right, plus(flow.toBuyer, plus(flow.toSeller, flow.toArbiter)) == pot.held);
        assert(both(right, both(_matches(watched), _word(id) == 0)));
    }

    function _ruling(Terms memory terms, Pot memory pot, uint256 toSeller) private pure returns (Flow memory) {
        (, uint256 share) = _ruled(terms, pot, toSeller);
        uint256 fee = quotient(product(pot.held, terms.arbiterBps), WHOLE);
        return Flow(minus(minus(pot.held, fee), share), share, fee);
    }
}

contract RulingsInCoin is Rulings, InCoin {}

contract RulingsInToken is Rulings, InToken {}
