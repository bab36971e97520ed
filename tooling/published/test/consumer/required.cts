import webson = require('webson');

const { MessageType, serve } = webson;

export async function run(): Promise<string> {
  const server = await serve({ host: '127.0.0.1' }, (connection) => {
    connection.onMessage(MessageType.Text, (message, adapter) => adapter.dispatch(message.type, message.text()));
  });
  await server.close();
  return server.url;
}

// @ts-expect-error a number is no URL
void webson.dial(1);
