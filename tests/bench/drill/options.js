// The command line of the drill's programs.
'use strict';

// options(WORDS, DEFAULTS): DEFAULTS with what WORDS say: --name value. All values are numbers.
exports.options = (words, defaults) => {
  const values = { ...defaults };
  for (let i = 0; i < words.length; i += 2) {
    const name = words[i].replace(/^--/, '');
    const value = Number(words[i + 1]);
    if (!(name in defaults) || Number.isNaN(value)) throw new Error(`not understood: ${words[i]} ${words[i + 1]}`);
    values[name] = value;
  }
  return values;
};
