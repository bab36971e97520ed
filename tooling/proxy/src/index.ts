export { type Conditions, type ConditionsChange, calm } from './conditions.js';
export { type Direction, type End, ProxiedLink } from './link.js';
export { type ProxyTarget, TcpProxy, type TcpProxyOptions } from './tcp-proxy.js';
