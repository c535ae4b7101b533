// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// What the prover does for a proof beyond the chain's own rules: only what is used here.

interface Vm {
    function addr(uint256 key) external pure returns (address);
    function assume(bool condition) external pure;
    function chainId(uint256 id) external;
    function deal(address who, uint256 balance) external;
    function envBytes(string calldata name) external view returns (bytes memory);
    function load(address who, bytes32 slot) external view returns (bytes32);
    function prank(address caller) external;
    function store(address who, bytes32 slot, bytes32 word) external;
    function sign(uint256 key, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function warp(uint256 time) external;
}

interface Svm {
    function createAddress(string calldata name) external pure returns (address);
    function createBool(string calldata name) external pure returns (bool);
    function createBytes(uint256 length, string calldata name) external pure returns (bytes memory);
    function createBytes32(string calldata name) external pure returns (bytes32);
    function createUint(uint256 bits, string calldata name) external pure returns (uint256);
    function enableSymbolicStorage(address who) external;
}

Vm constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
Svm constant svm = Svm(0xF3993A62377BCd56AE39D773740A5390411E8BC9);

// `&&` and `||` without a jump: each jump would double the paths.

function both(bool a, bool b) pure returns (bool c) {
    assembly { c := and(a, b) }
}

function either(bool a, bool b) pure returns (bool c) {
    assembly { c := or(a, b) }
}

function implies(bool a, bool b) pure returns (bool c) {
    assembly { c := or(iszero(a), b) }
}

// Sums that wrap, without the jump that a check would be.

function plus(uint256 a, uint256 b) pure returns (uint256 c) {
    assembly { c := add(a, b) }
}

function minus(uint256 a, uint256 b) pure returns (uint256 c) {
    assembly { c := sub(a, b) }
}

// The prover takes the product and the quotient of two unknowns for functions it knows nothing of but that the same
// arguments give the same value, so these must be the very instructions of the contract, in its order.

function product(uint256 a, uint256 b) pure returns (uint256 c) {
    assembly { c := mul(a, b) }
}

function quotient(uint256 a, uint256 b) pure returns (uint256 c) {
    assembly { c := div(a, b) }
}

function only(bool condition, uint256 amount) pure returns (uint256 c) {
    assembly { c := and(sub(0, condition), amount) }
}
