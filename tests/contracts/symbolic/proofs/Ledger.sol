// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Moody, WithToken} from "./Actors.sol";
import {both, implies, minus, plus, svm, vm} from "./Cheats.sol";
import {Proof} from "./Proof.sol";

interface Payer {
    function claims(address token, address who) external view returns (uint256);
    function withdraw(address token, address who, address to) external;
}

// The reference: what each account should have, and be owed, of one currency.
abstract contract Ledger is Proof {
    mapping(address => uint256) private owned;
    mapping(address => uint256) private owed;

    // Any account at all but the contract, any currency but that one, and what it is owed in that.
    struct Watched {
        address who;
        address other;
        uint256 claim;
    }

    // Zero for coin.
    function _currency() internal view virtual returns (address);

    function _balance(address who) internal view virtual returns (uint256);

    // Whether `who` refuses what is sent to it, always the same in one call.
    function _refuses(address who) internal view virtual returns (bool);

    // The contract owns at least `amount`, and anything more that belongs to others.
    function _fill(uint256 amount) internal virtual;

    // The contract owns far more than it pays in one call. That no call fails where it owns just that is proven by the exits.
    function _enrich() internal virtual;

    // More than is held in one order or campaign, or owed to an account.
    function _most() internal pure virtual returns (uint256);

    function _owed(address who) internal view returns (uint256) {
        return Payer(subject).claims(_currency(), who);
    }

    function _watch(uint256 held) internal returns (Watched memory watched) {
        _enrich();
        vm.assume(held < _most());
        watched = Watched(svm.createAddress("who"), svm.createAddress("other"), 0);
        vm.assume(both(watched.who != subject, watched.other != _currency()));
        watched.claim = Payer(subject).claims(watched.other, watched.who);
        owned[watched.who] = _balance(watched.who);
        owed[watched.who] = _owed(watched.who);
        owned[subject] = _balance(subject);
    }

    function _matches(Watched memory watched) internal view returns (bool right) {
        right = _balance(watched.who) == owned[watched.who];
        right = both(right, _owed(watched.who) == owed[watched.who]);
        right = both(right, _balance(subject) == owned[subject]);
        right = both(right, Payer(subject).claims(watched.other, watched.who) == watched.claim);
    }

    // With jumps: by now the contract has taken them all, and sums of what was paid are easier to compare than of what may be.
    function _push(address to, uint256 amount) internal {
        if (amount == 0) return;
        if (_refuses(to)) {
            owed[to] = plus(owed[to], amount);
        } else {
            owned[subject] = minus(owned[subject], amount);
            owned[to] = plus(owned[to], amount);
        }
    }

    // No claim is near the highest word: there isn't as much of any currency. So all payments can be added to any of them, if they
    // are parts of a whole.
    function _fits(address who, uint256[] memory paid, bool whole) internal view {
        uint256 claim = _owed(who);
        vm.assume(both(claim < 2**250, implies(whole, _addUp(claim, _balance(subject), paid))));
    }

    function _fetched(address owner) internal {
        owed[owner] = 0;
    }
}

// Receivers are accounts without code, or one contract that refuses when it likes.
abstract contract InCoin is Ledger {
    Moody moody;

    constructor() {
        moody = new Moody();
        svm.enableSymbolicStorage(address(moody));
    }

    function _currency() internal pure override returns (address) {
        return address(0);
    }

    function _fill(uint256 amount) internal override {
        vm.deal(subject, amount + svm.createUint(96, "more"));
    }

    function _enrich() internal override {
        vm.deal(subject, 2**104 + svm.createUint(96, "more"));
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

abstract contract InToken is Ledger, WithToken {
    function _currency() internal view override returns (address) {
        return address(token);
    }

    function _fill(uint256 amount) internal view override {
        vm.assume(token.balanceOf(subject) >= amount);
    }

    function _enrich() internal view override {
        vm.assume(token.balanceOf(subject) >= 2**132);
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
