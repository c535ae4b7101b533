// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// What contracts/Campaign.vy offers, as Solidity says it.

struct Terms {
    address creator;
    address payout;
    address token;
    uint112 goal;
    uint40 until;
    uint16 stopBps;
    bytes32 tranches;
    bytes32 about;
}

struct Tranche {
    uint40 due;
    uint16 bps;
}

struct Authorization {
    address backer;
    uint112 amount;
    uint256 validAfter;
    uint256 validBefore;
    bytes32 order;
    bytes signature;
}

interface Campaign {
    function open(Terms calldata terms, Tranche[] calldata tranches, bytes calldata signature) external;
    function pledge(Terms calldata terms, uint112 amount, bytes32 order) external payable;
    function pledgeWithAuthorizations(Terms calldata terms, Authorization[] calldata authorizations) external;
    function object(Terms calldata terms, Tranche[] calldata tranches, address backer, bool objects, uint40 expiry, bytes calldata signature) external;
    function cancel(Terms calldata terms, uint40 expiry, bytes calldata signature) external;
    function collect(Terms calldata terms, Tranche[] calldata tranches) external;
    function refund(Terms calldata terms, address[] calldata backers) external;
    function withdraw(address token, address who, address to) external;
    function idOf(Terms calldata terms) external view returns (bytes32);
}
