// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {both, either, implies, minus, only, plus, product, quotient, svm, vm} from "./Cheats.sol";
import {Order, Payee, Terms} from "./Escrow.sol";
import {Flow, InCoin, InToken, Ledger} from "./Ledger.sol";
import {DISPUTED, Pot, Split, WHOLE} from "./World.sol";

// No money is made or lost: whoever calls, and whoever refuses, each account ends with what the table "Where the money
// goes" of the specification gives it, as balance or as claim, and the order's word says what is left. For all terms, lists
// of 0 to 2 payees, states, callers, times and storages; accounts may play several parts.
abstract contract Money is Ledger {
    function check_release(Terms memory terms, Payee[] memory payees, address caller, uint40 time) public {
        (bytes32 id, Pot memory pot, Watched memory watched) = _begin(terms, payees, time);
        vm.assume(_affordable(payees, _list(), pot.held));
        (bool done,) = _call(caller, 0, abi.encodeCall(escrow.release, (terms, payees)));
        vm.assume(done);
        _pay(terms, payees, Flow(0, pot.held, 0));
        assert(both(_matches(watched), both(_word(id) == 0, caller == terms.buyer)));
    }

    function check_timeout(Terms memory terms, Payee[] memory payees, address caller, uint40 time) public {
        (bytes32 id, Pot memory pot, Watched memory watched) = _begin(terms, payees, time);
        (uint256[] memory first, uint256 toSeller) = _lapsed(terms, pot);
        vm.assume(_affordable(payees, first, toSeller));
        (bool done,) = _call(caller, 0, abi.encodeCall(escrow.timeout, (terms, payees)));
        vm.assume(done);
        _pay(terms, payees, Flow(minus(pot.held, toSeller), toSeller, 0));
        assert(both(_matches(watched), both(_word(id) == 0, time >= pot.until)));
    }

    // What is left stays an order that lives.
    /// @custom:halmos --default-array-lengths 0,1
    function check_settle(Terms memory terms, Payee[] memory payees, Split memory split, address caller, uint40 time) public {
        (bytes32 id, Pot memory pot, Watched memory watched) = _begin(terms, payees, time);
        uint256 low = _word(id) & (2**96 - 1);
        vm.assume(implies(plus(split.toBuyer, split.toSeller) <= pot.held, _affordable(payees, _list(split.toBuyer), split.toSeller)));
        bytes memory data = _settle(terms, split, svm.createBytes(65, "buyerSig"), svm.createBytes(65, "sellerSig"), payees);
        (bool done,) = _call(caller, 0, data);
        vm.assume(done);
        _pay(terms, payees, Flow(split.toBuyer, split.toSeller, 0));
        uint256 left = minus(minus(pot.held, split.toBuyer), split.toSeller);
        assert(both(_matches(watched), _word(id) == only(left != 0, (left << 96) | low)));
        assert(either(left == 0, _lives(terms, _pot(id), time)));
    }

    // Two orders in one call, the first with up to one payee, the second without.
    /// @custom:halmos --default-array-lengths 0,1
    function check_releaseMany(Terms memory one, Terms memory two, Payee[] memory payees, address caller, uint40 time) public {
        (bytes32 first, Pot memory pot, Watched memory watched) = _begin(one, payees, time);
        two.token = _currency();
        (bytes32 second, Pot memory next) = _live(two, time);
        vm.assume(plus(pot.held, next.held) <= _balance(address(escrow)));
        Order[] memory orders = new Order[](2);
        orders[0] = Order(one, payees);
        orders[1] = Order(two, new Payee[](0));
        vm.assume(_affordable(payees, _list(), pot.held));
        // the second after all of the first
        vm.assume(next.held <= minus(_balance(address(escrow)), pot.held));
        (bool done,) = _call(caller, 0, abi.encodeCall(escrow.releaseMany, (orders)));
        vm.assume(done);
        _pay(one, payees, Flow(0, pot.held, 0));
        _pay(two, new Payee[](0), Flow(0, next.held, 0));
        assert(both(caller == one.buyer, caller == two.buyer));
        assert(both(_matches(watched), both(first != second, (_word(first) | _word(second)) == 0)));
    }

    // What is owed goes to its owner, or where its owner says.
    function check_withdraw(address caller, address owner, address to) public {
        uint256 owed = escrow.claims(_currency(), owner);
        Watched memory watched = _watch(owed);
        (bool done,) = _call(caller, 0, abi.encodeCall(escrow.withdraw, (_currency(), owner, to)));
        vm.assume(done);
        _fetched(owner);
        _push(to, owed);
        assert(both(_matches(watched), either(caller == owner, to == owner)));
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
abstract contract Rulings is Ledger {
    function check_rule(Terms memory terms, Payee[] memory payees, uint128 toSeller, address caller, uint40 time) public {
        terms.token = _currency();
        (bytes32 id, Pot memory pot) = _live(terms, time);
        _checked(terms, payees);
        Watched memory watched = _watch(pot.held);
        Flow memory flow = _ruling(terms, payees, pot, toSeller);
        (bool done,) = _call(caller, 0, abi.encodeCall(escrow.rule, (terms, toSeller, payees)));
        vm.assume(done);
        assert(both(caller == terms.arbiter, both(pot.state >= DISPUTED, time < pot.until)));
        _pay(terms, payees, flow);
        assert(plus(flow.toBuyer, plus(flow.toSeller, flow.toArbiter)) == pot.held);
        assert(both(_matches(watched), _word(id) == 0));
    }

    function _ruling(Terms memory terms, Payee[] memory payees, Pot memory pot, uint256 toSeller) private view returns (Flow memory) {
        (uint256[] memory first, uint256 share) = _ruled(terms, pot, toSeller);
        vm.assume(_affordable(payees, first, share));
        uint256 fee = quotient(product(pot.held, terms.arbiterBps), WHOLE);
        return Flow(minus(minus(pot.held, fee), share), share, fee);
    }
}

contract RulingsInCoin is Rulings, InCoin {}

contract RulingsInToken is Rulings, InToken {}
