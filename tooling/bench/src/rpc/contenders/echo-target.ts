import { RpcTarget } from 'capnweb';

/** What a server of capnweb offers. */
export class EchoTarget extends RpcTarget {
  echo(text: string): string {
    return text;
  }
}
