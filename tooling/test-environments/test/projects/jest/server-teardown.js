export default () => globalThis.stopServer();
