// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {both, either, vm} from "./Cheats.sol";
import {Ledger, Payer} from "./Ledger.sol";

// What is owed goes to its owner, or where its owner says.
abstract contract Owed is Ledger {
    function check_withdraw(address caller, address owner, address to) public {
        uint256 owed = _owed(owner);
        Watched memory watched = _watch(owed);
        _succeeds(caller, abi.encodeCall(Payer.withdraw, (_currency(), owner, to)));
        _fetched(owner);
        _push(to, owed);
        assert(both(_matches(watched), either(caller == owner, to == owner)));
    }
}

// What couldn't be pushed can be fetched as soon as its receiver takes it.
abstract contract Fetchable is Ledger {
    function check_withdraw(address caller, address owner, address to) public {
        uint256 owed = _owed(owner);
        vm.assume(owed != 0);
        vm.assume(either(caller == owner, to == owner));
        vm.assume(both(to != address(0), to != subject));
        vm.assume(!_refuses(to));
        _fill(owed);
        (bool done,) = _call(caller, 0, abi.encodeCall(Payer.withdraw, (_currency(), owner, to)));
        assert(done);
        assert(_owed(owner) == 0);
    }
}
