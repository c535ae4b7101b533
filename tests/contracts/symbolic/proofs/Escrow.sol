// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// What contracts/Escrow.vy offers, as Solidity says it.

struct Terms {
    address buyer;
    address seller;
    address payout;
    address arbiter;
    address token;
    uint128 amount;
    uint40 shipBy;
    uint32 review;
    uint32 ruling;
    uint16 arbiterBps;
    uint16 lapseBps;
    bytes32 payees;
    bytes32 order;
}

struct Payee {
    address to;
    uint16 bps;
}

struct Order {
    Terms terms;
    Payee[] payees;
}

interface Escrow {
    function fund(Terms calldata terms, Payee[] calldata payees) external payable;
    function fundMany(Order[] calldata orders) external payable;
    function fundWithPermit(Terms calldata terms, Payee[] calldata payees, uint256 expiry, uint8 v, bytes32 r, bytes32 s) external;
    function fundWithAuthorization(Terms calldata terms, Payee[] calldata payees, uint256 validAfter, uint256 validBefore, bytes calldata signature) external;
    function deliver(Terms calldata terms, uint40 expiry, bytes calldata signature) external;
    function dispute(Terms calldata terms, address by, uint40 expiry, bytes calldata signature) external;
    function release(Terms calldata terms, Payee[] calldata payees) external;
    function releaseMany(Order[] calldata orders) external;
    function settle(Terms calldata terms, uint128 toBuyer, uint128 toSeller, uint40 expiry, bytes calldata buyerSig, bytes calldata sellerSig, Payee[] calldata payees) external;
    function timeout(Terms calldata terms, Payee[] calldata payees) external;
    function rule(Terms calldata terms, uint128 toSeller, Payee[] calldata payees) external;
    function withdraw(address token, address who, address to) external;
    function idOf(Terms calldata terms) external view returns (bytes32);
    function pots(bytes32 id) external view returns (uint128 held, uint40 since, uint40 until, uint8 state);
    function claims(address token, address who) external view returns (uint256);
}
