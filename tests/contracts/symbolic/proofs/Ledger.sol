// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Moody, Token} from "./Actors.sol";
import {both, either, implies, minus, plus, product, quotient, svm, vm} from "./Cheats.sol";
import {Payee, Terms} from "./Escrow.sol";
import {CONTESTED, DELIVERED, Pot, WHOLE, World} from "./World.sol";

// What goes where when an order is paid.
struct Flow {
    uint256 toBuyer;
    uint256 toSeller;
    uint256 toArbiter;
}

abstract contract Ledger is World {
    // The reference: what each account should have, and be owed, of the order's currency.
    mapping(address => uint256) private owned;
    mapping(address => uint256) private owed;

    // Any account at all but the escrow, any currency but the order's, and what it is owed in that.
    struct Watched {
        address who;
        address other;
        uint256 claim;
    }

    function setUp() public override {
        super.setUp();
        _issue();
    }

    function _issue() internal virtual;

    // Zero for coin.
    function _currency() internal view virtual returns (address);

    function _balance(address who) internal view virtual returns (uint256);

    // Whether `who` refuses what is sent to it, always the same in one call.
    function _refuses(address who) internal view virtual returns (bool);

    // The escrow owns at least `amount`, and anything more that belongs to others.
    function _fill(uint256 amount) internal virtual;

    // The escrow owns far more than any order holds. That it pays as well where it owns just that is proven in Exits.t.sol.
    function _enrich() internal virtual;

    // More than an order can hold, or an account be owed.
    function _most() internal pure virtual returns (uint256);

    function _watch(uint256 held) internal returns (Watched memory watched) {
        _enrich();
        vm.assume(held < _most());
        watched = Watched(svm.createAddress("who"), svm.createAddress("other"), 0);
        vm.assume(both(watched.who != address(escrow), watched.other != _currency()));
        watched.claim = escrow.claims(watched.other, watched.who);
        owned[watched.who] = _balance(watched.who);
        owed[watched.who] = escrow.claims(_currency(), watched.who);
        owned[address(escrow)] = _balance(address(escrow));
    }

    function _matches(Watched memory watched) internal view returns (bool right) {
        right = _balance(watched.who) == owned[watched.who];
        right = both(right, escrow.claims(_currency(), watched.who) == owed[watched.who]);
        right = both(right, _balance(address(escrow)) == owned[address(escrow)]);
        right = both(right, escrow.claims(watched.other, watched.who) == watched.claim);
    }

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

    // With jumps: by now the contract has taken them all, and sums of what was paid are easier to compare than of what may be.
    function _push(address to, uint256 amount) internal {
        if (amount == 0) return;
        if (_refuses(to)) {
            owed[to] = plus(owed[to], amount);
        } else {
            owned[address(escrow)] = minus(owned[address(escrow)], amount);
            owned[to] = plus(owned[to], amount);
        }
    }

    function _fetched(address owner) internal {
        owed[owner] = 0;
    }

    // The list was looked at when funding: see Funding.t.sol.
    function _checked(Terms memory terms, Payee[] memory payees) internal view {
        vm.assume(implies(_shown(terms, payees), _accepted(terms, payees)));
    }
}

// Receivers are accounts without code, or one contract that refuses when it likes.
abstract contract InCoin is Ledger {
    Moody moody;

    function _issue() internal override {
        moody = new Moody();
        svm.enableSymbolicStorage(address(moody));
    }

    function _currency() internal pure override returns (address) {
        return address(0);
    }

    function _fill(uint256 amount) internal override {
        vm.deal(address(escrow), amount + svm.createUint(96, "more"));
    }

    function _enrich() internal override {
        vm.deal(address(escrow), 2**104 + svm.createUint(96, "more"));
    }

    // No chain has a thousandth of that.
    function _most() internal pure override returns (uint256) {
        return 2**100;
    }

    function _balance(address who) internal view override returns (uint256) {
        return who.balance;
    }

    function _refuses(address who) internal view override returns (bool) {
        return who == address(moody) && moody.refuses();
    }
}

abstract contract InToken is Ledger {
    Token token;

    function _issue() internal override {
        token = new Token();
        svm.enableSymbolicStorage(address(token));
    }

    function _currency() internal view override returns (address) {
        return address(token);
    }

    function _fill(uint256 amount) internal view override {
        vm.assume(token.balanceOf(address(escrow)) >= amount);
    }

    function _enrich() internal view override {
        vm.assume(token.balanceOf(address(escrow)) >= 2**132);
    }

    function _most() internal pure override returns (uint256) {
        return 2**128;
    }

    function _balance(address who) internal view override returns (uint256) {
        return token.balanceOf(who);
    }

    function _refuses(address who) internal view override returns (bool) {
        return token.refuses(who);
    }
}
