export type { Break, BreakKind } from './break.js';
export { type Conditions, type ConditionsChange, calm } from './conditions.js';
export { type Direction, type End, ProxiedLink } from './link.js';
export { PeerListener, type PeerTarget, TcpPeer, type TcpPeerOptions } from './tcp-peer.js';
export { type ProxyTarget, TcpProxy, type TcpProxyOptions } from './tcp-proxy.js';
