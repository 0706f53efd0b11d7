// One HTTP call over connections that are kept. All contenders' workers ask the service with it.
'use strict';

const http = require('http');

// client(PORT, CONNECTIONS): a function (METHOD, PATH, BODY?) that gives {status, body}.
// BODY is sent as JSON. `body` is the answer's JSON, or null when it has none.
exports.client = (port, connections) => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  return (method, path, body) => new Promise((resolve, reject) => {
    const text = body === undefined ? '' : JSON.stringify(body);
    const headers = text ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } : {};
    const request = http.request({ host: '127.0.0.1', port, method, path, agent, headers }, (answer) => {
      const pieces = [];
      answer.on('data', (piece) => pieces.push(piece));
      answer.on('error', reject);
      answer.on('end', () => {
        const json = Buffer.concat(pieces).toString();
        resolve({ status: answer.statusCode, body: json ? JSON.parse(json) : null });
      });
    });
    request.on('error', reject);
    request.end(text);
  });
};
