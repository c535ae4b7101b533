// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {either, svm, vm} from "./Cheats.sol";

// Takes coin or refuses it.
contract Moody {
    bool public refuses;

    receive() external payable {
        require(!refuses, "moody");
    }
}

// An ERC-20 with an honest ledger and otherwise free: whatever it holds, whenever it refuses and how, what it takes on the
// way. It moves what it says it moves, or nothing; it can't call back (see Callbacks.t.sol for that).
contract Token {
    mapping(address => uint256) public balanceOf;
    bytes32 public authorized; // the one authorization that somebody has signed
    mapping(address => bool) public refuses; // to send to these
    bool silent; // says nothing where the standard wants true, as USDT does, and reverts where it wants false

    function transfer(address to, uint256 amount) external {
        if (refuses[to]) _refuse();
        if (balanceOf[msg.sender] < amount) _refuse();
        _move(msg.sender, to, amount, 0);
        _agree();
    }

    function transferFrom(address from, address to, uint256 amount) external {
        if (either(svm.createBool("refuses"), balanceOf[from] < amount)) _refuse();
        _move(from, to, amount, svm.createUint(256, "fee"));
        _agree();
    }

    function permit(address, address, uint256, uint256, uint8, bytes32, bytes32) external pure {
        require(svm.createBool("permits"));
    }

    function receiveWithAuthorization(address from, address to, uint256 amount, uint256 validAfter, uint256 validBefore, bytes32 nonce, uint8, bytes32, bytes32) external {
        _authorized(from, to, amount, validAfter, validBefore, nonce);
    }

    function receiveWithAuthorization(address from, address to, uint256 amount, uint256 validAfter, uint256 validBefore, bytes32 nonce, bytes calldata) external {
        _authorized(from, to, amount, validAfter, validBefore, nonce);
    }

    function _authorized(address from, address to, uint256 amount, uint256 validAfter, uint256 validBefore, bytes32 nonce) private {
        require(msg.sender == to, "not the payee");
        require(authorized == keccak256(abi.encode(from, to, amount, validAfter, validBefore, nonce)), "not authorized");
        require(balanceOf[from] >= amount, "not enough");
        _move(from, to, amount, svm.createUint(256, "fee"));
    }

    function _refuse() private view {
        if (silent) revert();
        assembly {
            mstore(0, 0)
            return(0, 32)
        }
    }

    function _agree() private view {
        if (silent) return;
        assembly {
            mstore(0, 1)
            return(0, 32)
        }
    }

    function _move(address from, address to, uint256 amount, uint256 fee) private {
        unchecked {
            vm.assume(fee <= amount);
            balanceOf[from] -= amount;
            // nobody's balance can overflow: the sum of all of them doesn't
            vm.assume(balanceOf[to] + amount >= amount);
            balanceOf[to] += amount - fee;
        }
    }
}

// One such token to look at, which nobody knows anything about.
abstract contract WithToken {
    Token token;

    constructor() {
        token = new Token();
        svm.enableSymbolicStorage(address(token));
    }
}

// A contract wallet that has signed exactly one digest; no other.
contract Wallet {
    bytes32 public signed;

    function isValidSignature(bytes32 digest, bytes calldata) external view returns (bytes4) {
        return digest == signed ? bytes4(0x1626ba7e) : bytes4(0);
    }
}

// Calls whoever pays it back when it is paid.
contract Returner {
    address payer;
    bytes call;
    bool public got;

    function prepare(address where, bytes calldata what) external {
        payer = where;
        call = what;
    }

    receive() external payable {
        (got,) = payer.call(call);
    }
}
