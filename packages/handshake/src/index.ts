export { computeAccept, createKey, isValidKey, RFC_MAGIC_KEY } from './accept.js';
export { basicAuthorization } from './authorization.js';
export {
  HandshakeFailure,
  type HandshakeFailureCode,
  type HandshakeFailureDetail,
  HeaderError,
  type HeaderErrorCode,
} from './errors.js';
export { type Extension, type ExtensionParam, formatExtensions, parseExtensions } from './extensions.js';
export {
  type HeadLimits,
  type RequestHead,
  RequestHeadParser,
  type ResponseHead,
  ResponseHeadParser,
} from './head.js';
export { HeaderMap, type HeaderRecord } from './headers.js';
export { isHost, isHostAllowed } from './hosts.js';
export {
  type Agreement,
  acceptExtensions,
  answerExtensions,
  type ExtensionAnswer,
  type ExtensionSupport,
  type Negotiated,
  offerExtensions,
  settingsOf,
} from './negotiated.js';
export { isOrigin, isOriginAllowed, type OriginPolicy } from './origin.js';
export { selectProtocol } from './protocols.js';
export {
  buildRequest,
  checkRequest,
  type RequestOffer,
  type RequestOptions,
  type RequestRefusal,
} from './request.js';
export {
  buildRefusal,
  buildRefusalHead,
  buildResponse,
  checkResponse,
  type ResponseExpectation,
  type ResponseOptions,
  type ResponseResult,
} from './response.js';
export { normalizePath, parseTarget, type RequestTarget } from './target.js';
export { hasToken, isToken } from './tokens.js';
