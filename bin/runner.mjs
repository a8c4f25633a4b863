#!/usr/bin/env node
// What runner.cjs was called before. npx keeps a link to it for a folder in which it ran once, whatever is cloned there since.
import './runner.cjs';
