// Time that passes: how long the outage is, how long the service takes for an answer, and between two questions.
'use strict';

// pause(MS): a promise that is kept after that time.
exports.pause = (ms) => new Promise((done) => setTimeout(done, ms));
