import { create, createFileRegistry } from '@bufbuild/protobuf';
import type { GenService } from '@bufbuild/protobuf/codegenv2';
import {
  FileDescriptorProtoSchema,
  file_google_protobuf_wrappers,
  type StringValueSchema,
} from '@bufbuild/protobuf/wkt';

type Kind = 'unary' | 'client_streaming' | 'server_streaming' | 'bidi_streaming';

interface Method<K extends Kind> {
  methodKind: K;
  input: typeof StringValueSchema;
  output: typeof StringValueSchema;
}

/** A service with a method of each kind, as a code generator would describe it. */
export type TalkService = GenService<{
  say: Method<'unary'>;
  collect: Method<'client_streaming'>;
  count: Method<'server_streaming'>;
  converse: Method<'bidi_streaming'>;
}>;

const inputType = '.google.protobuf.StringValue';
const outputType = inputType;

const file = create(FileDescriptorProtoSchema, {
  name: 'talk.proto',
  package: 'talk',
  syntax: 'proto3',
  dependency: ['google/protobuf/wrappers.proto'],
  service: [
    {
      name: 'Talk',
      method: [
        { name: 'Say', inputType, outputType },
        { name: 'Collect', inputType, outputType, clientStreaming: true },
        { name: 'Count', inputType, outputType, serverStreaming: true },
        { name: 'Converse', inputType, outputType, clientStreaming: true, serverStreaming: true },
      ],
    },
  ],
});

/** The service `talk.Talk`. */
export const Talk: TalkService = createFileRegistry(file, () => file_google_protobuf_wrappers).getService(
  'talk.Talk',
) as TalkService;
